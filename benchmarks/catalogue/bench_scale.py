"""A whole catalogue at growing sizes: build, rank, look-ups from the disk and over HTTP, a day's delta.

python -m benchmarks.catalogue.bench_scale [--sizes N,N…] [--folder DIR] [--memory 6GB] [--indexed N]
    [--builds N]

The largest size fills about 150 bytes a recording of DIR (harvest, scratch space and snapshot together).
"""

import argparse
import os
import random
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median, quantiles

from benchmarks.catalogue.daily import change, daily, report_daily
from benchmarks.catalogue.generations import Left, left_by, report_left
from benchmarks.catalogue.ranges import Requests, by_name, over_http
from benchmarks.catalogue.synthetic import synthetic_harvests
from benchmarks.report import Measured, machine, measure, megabytes, show
from tenuto.catalogue import (
    Merging,
    Resources,
    SnapshotCatalogue,
    build,
    build_derived,
    current,
    open_current,
)
from tenuto.catalogue.harvests import Harvest
from tenuto.catalogue.lookup import PartReader, local_opener
from tenuto.catalogue.snapshots import load
from tenuto.formats.snapshot import Part, Snapshot
from tenuto.model.ids import RecordingId
from tenuto.testing.source import Silence

LOOK_UPS = 200
COLD = 20


@dataclass(frozen=True, slots=True)
class Run:
    """One size."""

    recordings: int
    harvested_bytes: int
    core: Measured[str]
    derived: Measured[None]
    peak_disk: int
    snapshot: Snapshot
    derived_bytes: int


def build_core(root: Path, harvests: list[Harvest], memory: str) -> str:
    """The ranked snapshot: parts, identifiers, listens, popularity and rank order; without the matcher."""
    resources = Resources(memory_limit=memory)
    return build(root, harvests, None, Silence(), merging=Merging(matching=False), resources=resources)


def build_rest(root: Path, memory: str, indexed: int) -> None:
    """Roll-ups, and the search index of the most heard."""
    snapshot = current(root)
    assert snapshot is not None
    build_derived(root, snapshot, Silence(), resources=Resources(memory_limit=memory), indexed=indexed)


def run_size(folder: Path, recordings: int, memory: str, indexed: int) -> Run:
    root = folder / "archive"
    shutil.rmtree(root, ignore_errors=True)
    harvests = synthetic_harvests(folder / "harvests", recordings)
    with _watched(root) as peak:
        core = measure(partial(build_core, root, harvests, memory))
        derived = measure(partial(build_rest, root, memory, indexed))
    snapshot = current(root)
    assert snapshot is not None
    harvested = sum(path.stat().st_size for harvest in harvests for path in harvest.rows)
    rest = _bytes_under(root / "catalogue" / "derived")
    return Run(recordings, harvested, core, derived, peak[0], load(root, snapshot), rest)


@contextmanager
def _watched(folder: Path) -> Iterator[list[int]]:
    """The most bytes that were under `folder` at any time, looked at twice a second."""
    peak, over = [0], threading.Event()

    def watch() -> None:
        while not over.wait(0.5):
            peak[0] = max(peak[0], _bytes_under(folder))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        over.set()
        watcher.join()


def _bytes_under(folder: Path) -> int:
    """Scratch files and folders come and go while this looks: `os.walk` passes over what is gone."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                total += (Path(parent) / name).stat().st_size
    return total


def look_ups(root: Path) -> dict[str, list[float]]:
    """Wall seconds of single look-ups in a fresh process, each of another row, the files not in memory."""
    snapshot = current(root)
    assert snapshot is not None
    titles, isrcs = measure(partial(_drawn, root)).result
    _drop_from_memory(root / "catalogue")
    catalogue = open_current(root)
    parts = PartReader(load(root, snapshot), local_opener(root / "catalogue" / "core"))
    # By turns, each kind with rows of its own: what one has read, another would find in memory.
    calls: dict[str, Sequence[Callable[[], object]]] = {
        "id to recording": [partial(catalogue.resolve, identity) for identity in titles],
        "ISRC to recording": [partial(by_name, f"isrc:{isrc}", parts) for isrc in isrcs[::2]],
        "ISRC to all that is known": [partial(catalogue.show, isrc) for isrc in isrcs[1::2]],
    }
    draw = random.Random(7)
    words = [draw.choice(title.split()) for title in titles.values()]
    calls["prefix"] = [partial(catalogue.find, word[: draw.randint(1, len(word))]) for word in words]
    times = {name: [_timed(call) for call in each] for name, each in calls.items()}
    return times | {"statistics": [_cold_statistics(root, catalogue) for _ in range(COLD)]}


def _cold_statistics(root: Path, catalogue: SnapshotCatalogue) -> float:
    """Wall seconds of one reading, nothing derived being in memory that no process has mapped."""
    _drop_from_memory(root / "catalogue" / "derived")
    return _timed(catalogue.statistics)


def _drawn(root: Path) -> tuple[dict[RecordingId, str], list[str]]:
    """Ids with their titles, and ISRCs of other recordings."""
    snapshot = current(root)
    assert snapshot is not None
    draw, base = random.Random(5), load(root, snapshot)
    parts = PartReader(base, local_opener(root / "catalogue" / "core"))
    numbers = draw.sample(range(base.counts["recordings"]), 3 * LOOK_UPS)
    found = [parts.rows("recordings", "number", number)[0] for number in numbers[:LOOK_UPS]]
    named = [
        row["value"]
        for number in numbers[LOOK_UPS:]
        for row in parts.rows("identifiers", "number", number, entity="recording")
        if row["scheme"] == "isrc"
    ]
    return {RecordingId(str(row["id"])): row["title"] for row in found}, named


def _drop_from_memory(folder: Path) -> None:
    """Asks the kernel to forget the files' pages (posix_fadvise(2)); what a process maps stays.

    First all is written that waits for it: a read behind the writes of a build says nothing of the read.
    """
    os.sync()
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def more_builds(root: Path, memory: str, last: int) -> Iterator[Left]:
    """What the snapshots from the second to the `last` leave, of which the second is there."""
    yield measure(partial(left_by, root, 2, None)).result
    for number in range(3, last + 1):
        before = current(root)
        assert before is not None
        run = measure(partial(change, root, before, memory, number))
        yield measure(partial(left_by, root, number, run.wall)).result


def report_growth(runs: Sequence[Run]) -> None:
    rows = [
        [
            f"{run.recordings:,}",
            f"{run.core.wall:,.0f}",
            f"{run.core.cpu:,.0f}",
            f"{run.core.cpu / run.recordings * 1e6:.1f}",
            megabytes(run.core.peak_bytes),
            f"{run.peak_disk / 1e9:.2f}",
            f"{run.harvested_bytes / 1e9:.2f}",
            f"{run.derived.cpu:,.0f}",
            megabytes(run.derived.peak_bytes),
        ]
        for run in runs
    ]
    show(
        "catalogue: growth (build of a ranked snapshot; then roll-ups and search index)",
        (
            *("recordings", "build s", "CPU s", "CPU s/M", "peak MB", "disk peak GB", "harvest GB"),
            *("derive CPU s", "peak MB"),
        ),
        rows,
        machine(),
        "The disk's peak counts scratch space, parts and derived files, not the harvest.",
    )


def rows_of(parts: Sequence[Part]) -> int:
    return sum(part.rows for part in parts)


def report_sizes(run: Run) -> None:
    recordings = run.snapshot.counts["recordings"]
    rows = [
        [name, f"{rows_of(parts):,}", megabytes(size), f"{size / max(1, rows_of(parts)):.2f}",
         f"{size / recordings:.2f}"]
        for name, parts in run.snapshot.parts.items()
        if (size := sum(part.bytes for part in parts))
    ]  # fmt: skip
    popularity = run.snapshot.popularity
    rows.append(["popularity", f"{popularity.rows:,}", megabytes(popularity.bytes),
                 *[f"{popularity.bytes / popularity.rows:.2f}"] * 2])  # fmt: skip
    total = sum(part.bytes for parts in run.snapshot.parts.values() for part in parts) + popularity.bytes
    rows.append(["all published", "", megabytes(total), "", f"{total / recordings:.2f}"])
    rows.append(
        ["derived (local)", "", megabytes(run.derived_bytes), "", f"{run.derived_bytes / recordings:.2f}"]
    )
    show(
        f"catalogue: bytes on disk at {recordings:,} recordings",
        ("table", "rows", "MB", "B a row", "B a recording"),
        rows,
    )


def report_look_ups(recordings: int, times: dict[str, list[float]], requests: dict[str, Requests]) -> None:
    rows = [
        [name, f"{median(each) * 1e3:.2f}", f"{quantiles(each, n=20)[-1] * 1e3:.2f}", str(len(each))]
        for name, each in times.items()
    ]
    show(f"catalogue: look-ups at {recordings:,} (wall ms, one process)", ("what", "p50", "p95", "n"), rows)
    show(
        "the same parts over HTTP ranges (nothing cached, one connection)",
        ("what", "most requests", "median", "median kB"),
        [
            [name, str(max(each.counts)), f"{median(each.counts):.0f}", f"{median(each.bytes) / 1e3:,.0f}"]
            for name, each in requests.items()
        ],
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", default="100000,400000", help="recordings, separated by commas")
    parser.add_argument("--folder", type=Path, help="where to work; default: a temporary folder")
    parser.add_argument("--memory", default="2GB", help="DuckDB's limit")
    parser.add_argument("--indexed", type=int, default=2_000_000, help="the most heard, for search")
    parser.add_argument("--builds", type=int, default=4, help="as many, each on the one before")
    given = parser.parse_args(arguments)
    sizes = [int(float(size)) for size in given.sizes.split(",")]
    with tempfile.TemporaryDirectory(prefix="tenuto-bench-", dir=given.folder) as name:
        folder, runs = Path(name), []
        for size in sizes:
            shutil.rmtree(folder / "harvests", ignore_errors=True)
            runs.append(run_size(folder, size, given.memory, given.indexed))
            report_growth(runs)
        report_sizes(runs[-1])
        times = measure(partial(look_ups, folder / "archive")).result
        report_look_ups(sizes[-1], times, measure(partial(over_http, folder / "archive")).result)
        report_daily(daily(folder / "archive", given.memory, given.indexed), runs[-1].core)
        left = list(more_builds(folder / "archive", given.memory, given.builds))
        report_left(f"catalogue: builds on each other, {sizes[-1]:,} recordings", left)


if __name__ == "__main__":
    main()
