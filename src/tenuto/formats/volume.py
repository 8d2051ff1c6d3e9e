"""What a volume says of itself: its name, its items and its papers (docs/formats/volume.md)."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from tenuto.formats.names import band_folder
from tenuto.formats.paths import PathParts
from tenuto.formats.torrent import Placed
from tenuto.model.catalogue import ListensBasis
from tenuto.model.edition import Publishable
from tenuto.model.rights import Cleared

INDEX: Final = "index.parquet"
SUMS: Final = "SHA256SUMS"
RIGHTS: Final = "rights.csv"
README: Final = "README.txt"
PLAYLIST: Final = "playlist.m3u8"
PAPERS: Final = (README, SUMS, INDEX, PLAYLIST, RIGHTS)
"""In torrent order. All begin with a letter, so all come after the band's folder (clause 3)."""


@dataclass(frozen=True, slots=True)
class VolumeItem:
    """One recording in a volume: cleared, named and placed."""

    path: PathParts
    placed: Placed
    cleared: Cleared[Publishable]


@dataclass(frozen=True, slots=True)
class VolumeContent:
    """All that a volume's papers are written from."""

    archive: str
    band: tuple[int, int]
    number: int
    """1, 2, 3 … within the band."""
    items: tuple[VolumeItem, ...]
    """In the order of the first packing: most heard first."""
    revision: int = 1
    """How often it was published: a recording that has to go costs a new revision."""

    @property
    def synthetic(self) -> bool:
        """Whether some listens are drawn from a law instead of counted."""
        basis = ListensBasis.SYNTHETIC
        return any(item.cleared.subject.recording.popularity.basis is basis for item in self.items)


def volume_series(archive: str, band: tuple[int, int], number: int) -> str:
    """`<archive>-<band>-<number>`: what all revisions of a volume share."""
    return f"{archive}-{band_folder(band)}-{number:04d}"


def volume_name(content: VolumeContent, index: bytes) -> str:
    """`<series>-r<revision>-<tag>`; the tag is 8 digits of the SHA-256 of `index.parquet` (clause 1).

    So a volume that changes gets another name, and its folder never mixes with its ancestor's.
    """
    series = volume_series(content.archive, content.band, content.number)
    return f"{series}-r{content.revision}-{sha256(index).hexdigest()[:8]}"
