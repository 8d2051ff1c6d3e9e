"""Editions: what is published."""

from dataclasses import dataclass

from tenuto.model.audio import Characterisation
from tenuto.model.catalogue import RecordingSummary
from tenuto.model.ids import EditionId, RecordingId, Sha256, SnapshotId
from tenuto.model.objects import Holding, ObjectDigests
from tenuto.model.plan import Tier
from tenuto.model.source import Identifier


@dataclass(frozen=True, slots=True)
class Publishable:
    """All that a volume says of one recording. Publishing takes only `Cleared[Publishable]`."""

    recording: RecordingSummary
    identifiers: tuple[Identifier, ...]
    holding: Holding
    digests: ObjectDigests
    characterisation: Characterisation


@dataclass(frozen=True, slots=True)
class VolumeEntry:
    """One file of a volume, in torrent order. `recording` is None for the volume's own papers."""

    path: str
    """Relative to the volume's folder, `/` between components."""
    object: Sha256
    length: int
    recording: RecordingId | None


@dataclass(frozen=True, slots=True)
class VolumeSummary:
    """One torrent, and its v1-only twin unless it is v2-only."""

    name: str
    """Also the torrent's name and the folder's."""
    band: tuple[int, int]
    """Lowest and highest popularity at its packing, both inclusive."""
    number: int
    """Within its band, from 1; a volume keeps it for good."""
    revision: int
    """1 when it is first packed, one more whenever it is published again without something."""
    replaces: str | None
    """The name of the revision before, as long as that one was published."""
    recordings: int
    files: int
    bytes: int
    synthetic_listens: bool
    """Whether some were drawn from a law when it was packed."""
    infohash_v1: str | None
    """SHA-1 of the hybrid's info dictionary, 40 hexadecimal digits; None: it is v2-only."""
    infohash_v2: str
    """SHA-256 of the info dictionary with version 2 in it, 64 hexadecimal digits (BEP 52)."""
    infohash_twin: str | None
    """SHA-1 of the v1-only twin's info dictionary; None: it has none."""
    magnet: str
    magnet_twin: str | None

    @property
    def infohashes(self) -> tuple[str, ...]:
        """As trackers and peers know its torrents: 40 hexadecimal digits each, of v2 the first 40."""
        found = (self.infohash_v1, self.infohash_v2[:40], self.infohash_twin)
        return tuple(each for each in found if each)


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A recording that was published and may not be any more: mirrors drop the object."""

    recording: RecordingId
    object: Sha256
    reason: str
    """Why rights refuse it now (`RefusalReason`)."""
    since: EditionId
    """The first edition without it."""


@dataclass(frozen=True, slots=True)
class EditionSummary:
    """One publication."""

    id: EditionId
    parent: EditionId | None
    """The edition whose volumes it takes over."""
    published: str
    """ISO 8601 date: the day from which its signatures count."""
    snapshot: SnapshotId
    volumes: tuple[VolumeSummary, ...]
    recordings: int
    bytes: int
    synthetic_listens: bool
    refused: dict[str, int]
    """Held but dark, by reason."""
    numbers: dict[str, int]
    """The last number given to a volume, by band folder: none is given twice."""


@dataclass(frozen=True, slots=True)
class PublishedPlace:
    """Where in an edition a recording stands."""

    edition: EditionId
    volume: str
    path: str
    file_index: int
    offset: int
    """Bytes from the start of the torrent's payload, padding included."""
    length: int
    tier: Tier
    object: Sha256
    pieces_root: str
