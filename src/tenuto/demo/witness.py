"""Programs that aren't ours download every volume from our seeder; what they got is compared byte by byte."""

import filecmp
import shutil
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tenuto.app.archive import Archive
from tenuto.app.swarm import seed_volumes
from tenuto.demo.clients import aria2_download, libtorrent_download
from tenuto.demo.tracker import tracker
from tenuto.formats.edition import read_files
from tenuto.model.edition import EditionSummary, VolumeSummary
from tenuto.model.ports import Reporter
from tenuto.swarm.seeder import Seeder, SeederSettings
from tenuto.verify import verify_tree


@dataclass(frozen=True, slots=True)
class Witnessed:
    """One volume, fetched by one independent client."""

    volume: str
    client: str
    bytes: int
    identical: bool
    """Every file is byte for byte the object in the store."""
    sha256sum: bool
    """`sha256sum -c SHA256SUMS` passes in the download."""
    verified: bool
    """`tenuto verify` finds no fault, without any database."""
    again: bool
    """Downloaded by an earlier run, checked again now."""
    infohash: str


def witness(
    archive: Archive, edition: EditionSummary, folder: Path, reporter: Reporter
) -> tuple[Witnessed, ...]:
    """Every volume by aria2 (v1 twin) and by libtorrent in a process of its own (hybrid), on loopback.

    Raises `ConfigurationError` where a program is missing, `NetworkError` where a download doesn't finish.
    """
    root = archive.editions / edition.id
    wanted = [(v, client) for v in edition.volumes for client in ("aria2", "libtorrent")]
    missing = [(v, client) for v, client in wanted if not _place(folder, edition, client, v).is_dir()]
    if missing:
        hashes = [each for v in edition.volumes for each in v.infohashes]
        reporter.phase("download", items=len(missing), total_bytes=sum(v.bytes for v, _ in missing))
        with tracker(hashes) as announce, Seeder(SeederSettings(trackers=(announce,))) as seeder:
            for torrent in seed_volumes(archive, root, edition):
                seeder.add(torrent)
            seeder.announce()
            for volume, client in missing:
                place = _place(folder, edition, client, volume)
                _download((volume, client), root, place.parent, announce=announce, port=seeder.port)
                reporter.advance(done_bytes=volume.bytes)
    return tuple(
        _check(
            archive,
            root,
            (volume, client),
            _place(folder, edition, client, volume),
            reporter,
            again=(volume, client) not in missing,
        )
        for volume, client in wanted
    )


def _place(folder: Path, edition: EditionSummary, client: str, volume: VolumeSummary) -> Path:
    return folder / edition.id / client / volume.name


def _download(
    wanted: tuple[VolumeSummary, str], root: Path, folder: Path, *, announce: str, port: int
) -> None:
    """Into a folder beside, which gives the volume its place when it is whole."""
    volume, client = wanted
    partial = folder / f".{volume.name}.part"
    shutil.rmtree(partial, ignore_errors=True)
    if client == "aria2":
        aria2_download(root / "volumes" / f"{volume.name}.v1.torrent", partial, tracker=announce)
    else:
        libtorrent_download(root / "volumes" / f"{volume.name}.torrent", partial, peer=("127.0.0.1", port))
    (partial / volume.name).rename(folder / volume.name)
    shutil.rmtree(partial)


def _check(
    archive: Archive,
    root: Path,
    wanted: tuple[VolumeSummary, str],
    place: Path,
    reporter: Reporter,
    *,
    again: bool,
) -> Witnessed:
    volume, client = wanted
    store = archive.local_store()
    entries = read_files((root / "volumes" / f"{volume.name}.files.json").read_bytes())
    there = {path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()}
    there = {
        path for path in there if not path.startswith(".pad/")
    }  # aria2 writes pad files (BEP 47) to disk
    identical = there == {entry.path for entry in entries} and all(
        filecmp.cmp(store.path(entry.object), place / entry.path, shallow=False) for entry in entries
    )
    sums = subprocess.run(
        ["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=place, capture_output=True, check=False
    )
    torrent = root / "volumes" / f"{volume.name}{'.v1' if client == 'aria2' else ''}.torrent"
    report = verify_tree(place, torrent=torrent, now=datetime.now(UTC), reporter=reporter)
    return Witnessed(
        volume=volume.name,
        client=client,
        bytes=sum(entry.length for entry in entries),
        identical=identical,
        sha256sum=sums.returncode == 0,
        verified=report.sound,
        again=again,
        infohash=(client == "aria2" and volume.infohash_twin) or volume.infohash_v2,
    )
