"""One volume from its content: papers, torrents and entries. Pure: no audio is opened, nothing is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tenuto.formats.digests import digests_of
from tenuto.formats.manifest import Sum, write_sums
from tenuto.formats.paths import tree_order
from tenuto.formats.rights_table import write_rights
from tenuto.formats.torrent import DEFAULT_LIMITS, Assembled, Limits, TorrentFile, assemble
from tenuto.formats.volume import INDEX, PLAYLIST, README, RIGHTS, SUMS, VolumeContent, volume_name
from tenuto.formats.volume_index import write_index
from tenuto.formats.volume_texts import write_playlist, write_readme
from tenuto.model.edition import VolumeEntry, VolumeSummary
from tenuto.model.objects import ObjectDigests
from tenuto.model.rights import Cleared


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


def build_volume(
    content: VolumeContent,
    *,
    trackers: Sequence[str] = (),
    web_seeds: Sequence[str] = (),
    limits: Limits = DEFAULT_LIMITS,
) -> Volume:
    """Every byte of it follows from `content`. `TypeError` if one of its rows isn't cleared."""
    if not all(isinstance(item.cleared, Cleared) for item in content.items):
        raise TypeError("a volume takes only Cleared items")
    index = write_index(content)
    name = volume_name(content.archive, content.band, content.number, index)
    papers = _papers(content, name, index)
    audio = [TorrentFile(item.path, item.cleared.subject.digests) for item in content.items]
    files = audio + [TorrentFile((paper,), papers[paper].digests) for paper in papers]
    torrents = assemble(name, files, trackers=trackers, web_seeds=web_seeds, limits=limits)
    return Volume(
        summary=_summary(content, name, files, torrents),
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
    content: VolumeContent, name: str, files: Sequence[TorrentFile], torrents: Assembled
) -> VolumeSummary:
    return VolumeSummary(
        name=name,
        band=content.band,
        recordings=len(content.items),
        files=len(files),
        bytes=sum(file.digests.length for file in files),
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
