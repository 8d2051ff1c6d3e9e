"""One volume from its content: papers, torrents and entries. Pure: no audio is opened, nothing is written."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tenuto.formats.digests import digests_of
from tenuto.formats.manifest import Sum, write_sums
from tenuto.formats.paths import tree_order
from tenuto.formats.rights_table import write_rights
from tenuto.formats.torrent import DEFAULT_LIMITS, Assembled, Beside, Kind, Limits, TorrentFile, assemble
from tenuto.formats.volume import (
    INDEX,
    PLAYLIST,
    README,
    RIGHTS,
    SUMS,
    VolumeContent,
    volume_name,
    volume_series,
)
from tenuto.formats.volume_index import write_index
from tenuto.formats.volume_texts import write_playlist, write_readme
from tenuto.model.edition import VolumeEntry, VolumeSummary
from tenuto.model.errors import ConfigurationError
from tenuto.model.objects import ObjectDigests
from tenuto.model.rights import Cleared
from tenuto.publish.pack import DEFAULT_BANDS


@dataclass(frozen=True, slots=True)
class Layout:
    """The operator's choices for volumes. `archive` names them: letters, digits and hyphens."""

    archive: str
    bands: Sequence[tuple[int, int]] = DEFAULT_BANDS
    kind: Kind = Kind.HYBRID
    limits: Limits = DEFAULT_LIMITS
    trackers: Sequence[str] = ()
    web_seeds: Sequence[str] = ()

    def __post_init__(self) -> None:
        if not re.fullmatch("[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?", self.archive):
            raise ConfigurationError(
                f"{self.archive!r} can't name volumes", remedy="Use at most 40 of a-z, 0-9 and inner hyphens"
            )


@dataclass(frozen=True, slots=True)
class Paper:
    """One of the volume's own files."""

    data: bytes
    digests: ObjectDigests


@dataclass(frozen=True, slots=True)
class Volume:
    """Ready to be written."""

    summary: VolumeSummary
    papers: Mapping[str, Paper]
    """By file name."""
    torrents: Assembled
    entries: tuple[VolumeEntry, ...]
    """In torrent order."""


def build_volume(content: VolumeContent, layout: Layout, *, replaced: VolumeSummary | None = None) -> Volume:
    """Every byte of it follows from the arguments. `TypeError` if one of its rows isn't cleared.

    `replaced`: the revision before, named to clients as a torrent with the same bytes (BEP 38).
    """
    if not all(isinstance(item.cleared, Cleared) for item in content.items):
        raise TypeError("a volume takes only Cleared items")
    index = write_index(content)
    name = volume_name(content, index)
    papers = _papers(content, name, index)
    audio = [TorrentFile(item.path, item.cleared.subject.digests) for item in content.items]
    files = audio + [TorrentFile((paper,), papers[paper].digests) for paper in papers]
    beside = Beside(
        layout.trackers,
        layout.web_seeds,
        similar=[each for each in (replaced.infohash_v1, replaced.infohash_twin) if each] if replaced else (),
        collections=[volume_series(content.archive, content.band, content.number)],
    )
    torrents = assemble(name, files, kind=layout.kind, beside=beside, limits=layout.limits)
    return Volume(
        summary=_summary(content, name, files, torrents, replaced),
        papers=papers,
        torrents=torrents,
        entries=_entries(content, files),
    )


def _papers(content: VolumeContent, name: str, index: bytes) -> dict[str, Paper]:
    """`SHA256SUMS` last, since it speaks of all the others."""
    written = {
        INDEX: index,
        RIGHTS: write_rights(content),
        PLAYLIST: write_playlist(content),
        README: write_readme(content, name),
    }
    papers = {paper: Paper(data, digests_of(data)) for paper, data in written.items()}
    paths = {item.path: item.cleared.subject.digests.sha256 for item in content.items}
    paths |= {(paper,): papers[paper].digests.sha256 for paper in papers}
    sums = write_sums(Sum("/".join(path), paths[path]) for path in sorted(paths, key=tree_order))
    return papers | {SUMS: Paper(sums, digests_of(sums))}


def _summary(
    content: VolumeContent,
    name: str,
    files: Sequence[TorrentFile],
    torrents: Assembled,
    replaced: VolumeSummary | None,
) -> VolumeSummary:
    return VolumeSummary(
        name=name,
        band=content.band,
        number=content.number,
        revision=content.revision,
        replaces=replaced.name if replaced else None,
        recordings=len(content.items),
        files=len(files),
        bytes=sum(file.digests.length for file in files),
        synthetic_listens=content.synthetic,
        infohash_v1=torrents.infohash_v1,
        infohash_v2=torrents.infohash_v2,
        infohash_twin=torrents.infohash_twin,
        magnet=torrents.magnet,
        magnet_twin=torrents.magnet_twin,
    )


def _entries(content: VolumeContent, files: Sequence[TorrentFile]) -> tuple[VolumeEntry, ...]:
    recordings = {item.path: item.cleared.subject.recording.id for item in content.items}
    return tuple(
        VolumeEntry("/".join(f.path), f.digests.sha256, f.digests.length, recordings.get(f.path))
        for f in sorted(files, key=lambda file: tree_order(file.path))
    )
