"""Thousands of volumes in one seeder: when it is ready, and what it takes.

python -m benchmarks.swarm.bench_seed [--size VOLUMES]

An edition of hybrids with their twins, beside adding all of it to libtorrent before anything else, which is
what a seeder does that isn't told more. *Ready* is measured by another process, a libtorrent client that asks
the seeder for a file again and again from the start, until it has it: out of a volume chosen at random, and
out of the last one. Then the same number of files in fewer and larger volumes, and with little memory.

The files are sparse but for the first of each volume, which is fetched: a seeder reads nothing else.
"""

import multiprocessing
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from random import Random

from tests.publish.archive import synthetic_digests

from benchmarks.report import Measured, measure, megabytes, ratio, seconds, show, size_option
from tenuto.app.archive import init, open_archive
from tenuto.app.seeding import ArchiveOffer
from tenuto.formats.digests import digests_of, merkle_root
from tenuto.formats.edition import read_files, write_edition, write_files
from tenuto.formats.torrent import TorrentFile, assemble
from tenuto.model.edition import EditionSummary, VolumeEntry, VolumeSummary
from tenuto.model.ids import EditionId, SnapshotId
from tenuto.model.objects import BLOCK_LENGTH, PIECE_LENGTH, ObjectDigests
from tenuto.pointers import write_pointer
from tenuto.swarm.get import Expected, get
from tenuto.swarm.seeded import State
from tenuto.swarm.seeder import Seeder, SeederSettings

LENGTH = 3_500_000
EDITION = EditionId("e0001")
SEED = 7
PATIENCE = 3600.0
AMPLE, LITTLE = 10**12, 50 * 10**6


@dataclass(frozen=True, slots=True)
class Seeded:
    """Seconds from the start: two fetches from without, and everything that memory allows loaded."""

    chosen: float
    last: float
    loaded: float
    torrents: int
    waiting: int


def make_edition(root: Path, volumes: int, files: int) -> None:
    """An archive with one edition; all volumes have the same objects under names of their own."""
    init(root, "bench")
    papers = root / "editions" / EDITION / "volumes"
    papers.mkdir(parents=True)
    objects = [_object(root, number) for number in range(files)]
    summaries = tuple(_volume(papers, number, objects) for number in range(1, volumes + 1))
    recordings, size = volumes * files, sum(volume.bytes for volume in summaries)
    edition = EditionSummary(
        *(EDITION, None, "2026-01-01", SnapshotId("0" * 16), summaries, recordings, size, False, {}, {})
    )
    (papers.parent / "edition.json").write_bytes(write_edition(edition))
    write_pointer(root / "editions", EDITION)


def _object(root: Path, number: int) -> ObjectDigests:
    """The first is real, the others are holes of their length."""
    data = Random(SEED).randbytes(LENGTH) if number == 0 else None
    digests = digests_of(data) if data else _digests(number)
    path = open_archive(root).local_store().path(digests.sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(data or b"")
        file.truncate(digests.length)
    return digests


@cache
def _digests(number: int) -> ObjectDigests:
    """With a piece layer that hashes to its root: libtorrent checks it."""
    made = synthetic_digests(number, LENGTH + number)
    zero_piece = merkle_root(bytes(32) * (PIECE_LENGTH // BLOCK_LENGTH))
    return replace(made, pieces_root=merkle_root(made.piece_layer, zero_piece))


def _volume(papers: Path, number: int, objects: Sequence[ObjectDigests]) -> VolumeSummary:
    name = f"bench-080-100-{number:05}-r1"
    paths = [f"080-100/artist-{i // 10:04}/title-{i:05}.{number:05}.ogg" for i in range(len(objects))]
    files = list(zip(paths, objects, strict=True))
    made = assemble(name, [TorrentFile(tuple(path.split("/")), digests) for path, digests in files])
    assert made.twin is not None  # it is a hybrid
    entries = [VolumeEntry(path, digests.sha256, digests.length, None) for path, digests in files]
    (papers / f"{name}.torrent").write_bytes(made.hybrid)
    (papers / f"{name}.v1.torrent").write_bytes(made.twin)
    (papers / f"{name}.files.json").write_bytes(write_files(entries))
    return VolumeSummary(
        *(name, (80, 100), number, 1, None, len(files), len(files), sum(e.length for e in entries), False),
        *(made.infohash_v1, made.infohash_v2, made.infohash_twin, made.magnet, made.magnet_twin),
    )


def seed(root: Path, memory: int, *, at_once: bool) -> Seeded:
    """Seeds until two clients have their file and everything is loaded that memory allows."""
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as clients:
        for warm in [clients.submit(time.sleep, 2) for _ in range(2)]:
            warm.result()  # both have started, and wait
        began = time.monotonic()
        edition, volumes = ArchiveOffer(open_archive(root)).volumes()
        with Seeder(SeederSettings(memory=memory)) as seeder:
            wanted = (Random(SEED).choice(edition.volumes), edition.volumes[-1])
            asked = [clients.submit(fetch, root, volume.name, seeder.port) for volume in wanted]
            if at_once:
                for volume in volumes:
                    seeder.add(volume)
            else:
                seeder.follow(volumes)
            loaded = _work(seeder, asked)
            waiting = seeder.status().states[State.WAITING]
        chosen, last = (future.result() - began for future in asked)
        return Seeded(chosen, last, loaded - began, len(volumes), waiting)


def _work(seeder: Seeder, asked: Sequence["Future[float]"]) -> float:
    """Returns when nothing more was to be loaded."""
    loaded = waiting = None
    while loaded is None or not all(future.done() for future in asked):
        seeder.work(0.5)
        now = seeder.status().states[State.WAITING]
        if loaded is None and now in (0, waiting):
            loaded = time.monotonic()
        waiting = now
    return loaded


def fetch(root: Path, volume: str, port: int) -> float:
    """Another process: when it had the volume's first file. It calls the seeder once a second."""
    papers = root / "editions" / EDITION / "volumes"
    entry = read_files((papers / f"{volume}.files.json").read_bytes())[0]
    with tempfile.TemporaryDirectory(prefix="tenuto-bench-") as name:
        get(
            (papers / f"{volume}.torrent").read_bytes(),
            file=entry.path,
            expected=Expected(entry.object, entry.length),
            destination=Path(name) / "file",
            peers=[("127.0.0.1", port)],
            timeout=PATIENCE,
        )
    return time.monotonic()


def cells(run: Measured[Seeded]) -> list[str]:
    found = run.result
    times = [seconds(each) for each in (found.chosen, found.last, found.loaded, run.cpu)]
    return [*times, f"{found.torrents - found.waiting:,}", megabytes(run.peak_bytes)]


def main(arguments: Sequence[str] | None = None) -> None:
    size = size_option(__doc__, "volumes of 20 files", 1000, arguments)
    rows = []
    for volumes, files in ((size, 20), (size // 10, 200), (size // 100, 2000), (size // 500, 10_000)):
        with tempfile.TemporaryDirectory(prefix="tenuto-bench-") as name:
            root = Path(name) / "archive"
            print(f"making {volumes} volumes of {files} files", file=sys.stderr)
            make_edition(root, volumes, files)
            ours, all_first = (measure(partial(seed, root, AMPLE, at_once=first)) for first in (False, True))
            little = measure(partial(seed, root, LITTLE, at_once=False))
        what = f"{volumes:,} x {files:,}"
        rows += [
            [f"{what}: Tenuto", *cells(ours), ""],
            [f"{what}: Tenuto, {megabytes(LITTLE)} MB allowed", *cells(little), ""],
            [f"{what}: all first", *cells(all_first), ratio(all_first.result.last, ours.result.last)],
        ]
    columns = ("volumes x files", "chosen: s", "last: s", "loaded: s", "processor s", "torrents loaded")
    show("seeding: ready", rows=rows, columns=(*columns, "peak MB", "last ÷ Tenuto's"))


if __name__ == "__main__":
    main()
