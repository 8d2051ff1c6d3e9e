"""Building, keeping and reading a catalogue, beside the same rows in SQLite, Polars and beets.

python -m benchmarks.catalogue.bench_catalogue [--size ROWS]

Polars and beets take part where they are installed, as by `make bench`; beets at what a household owns.
"""

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median

from benchmarks.catalogue import beets_peer, polars_peer, sqlite_peer
from benchmarks.catalogue.flat import LOOK_UPS
from benchmarks.catalogue.synthetic import synthetic_harvests
from benchmarks.report import Measured, machine, measure, megabytes, ratio, seconds, show, size_option
from tenuto.catalogue import Harvest, Merging, build, build_derived, current, open_current
from tenuto.model.ids import SnapshotId
from tenuto.testing.source import Silence

_REPEATS = 21
_ISRC = "US0000000005"
_ONCE = LOOK_UPS[-1]

Calls = Callable[[Path, str], dict[str, Callable[[], object]]]


def tenuto_build(root: Path, harvest: Harvest) -> SnapshotId:
    return build(root, [harvest], None, Silence(), merging=Merging(matching=False))


def tenuto_derive(root: Path) -> int:
    """Bytes of the rank order, the search index and the roll-ups."""
    snapshot = current(root)
    assert snapshot is not None
    build_derived(root, snapshot, Silence())
    folder = root / "catalogue" / "derived" / snapshot
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def tenuto_calls(root: Path, isrc: str) -> dict[str, Callable[[], object]]:
    catalogue = open_current(root)
    known = catalogue.show(isrc).summary.id
    calls: tuple[Callable[[], object], ...] = (
        *(partial(catalogue.show, known), partial(catalogue.show, isrc)),
        *(partial(catalogue.find, words) for words in ("bancer", "ban", "difforg")),
        lambda: sum(1 for _ in islice(catalogue.ranked(), 100_000)),
    )
    return dict(zip(LOOK_UPS, calls, strict=True))


def read(calls: Calls, root: Path) -> dict[str, float]:
    """Processor seconds of each call, files in the page cache."""
    return {name: _median(name, call) for name, call in calls(root, _ISRC).items()}


def _median(name: str, call: Callable[[], object]) -> float:
    """The first call isn't counted where there are several."""
    times = []
    for _ in range(1 if name == _ONCE else _REPEATS + 1):
        began = time.process_time()
        call()
        times.append(time.process_time() - began)
    return median(times[1:] or times)


def report_build(
    rows: int,
    sizes: tuple[int, int],
    ours: tuple[Measured[SnapshotId], Measured[int]],
    peers: Mapping[str, Measured[int]],
) -> None:
    core, serving = sizes
    built, derived = ours
    both, peak = built.cpu + derived.cpu, max(built.peak_bytes, derived.peak_bytes)
    parts = (
        ("Tenuto: merge, identify, rank (published)", built.cpu, core, built.peak_bytes),
        ("Tenuto: rank order, search, roll-ups (local)", derived.cpu, serving, derived.peak_bytes),
        ("Tenuto: both", both, core + serving, peak),
        *((name, peer.cpu, peer.result, peer.peak_bytes) for name, peer in peers.items()),
    )
    show(
        f"catalogue: {rows:,} rows, building",
        ("what", "processor s", "÷ both", "bytes a row", "÷ both", "peak MB"),
        [
            [
                *(name, seconds(cpu), ratio(cpu, both), f"{size / rows:.0f}", ratio(size, core + serving)),
                megabytes(memory),
            ]
            for name, cpu, size, memory in parts
        ],
        machine(),
    )


def report_reads(rows: int, ours: dict[str, float], peers: Mapping[str, dict[str, float]]) -> None:
    show(
        f"catalogue: {rows:,} rows, reading (processor time, median of {_REPEATS}; the last one once)",
        ("what", "Tenuto ms", *(word for name in peers for word in (f"{name} ms", "÷ Tenuto"))),
        [
            [name, f"{ours[name] * 1e3:.3f}"]
            + [
                word
                for peer in peers.values()
                for word in (f"{peer[name] * 1e3:.3f}", ratio(peer[name], ours[name]))
            ]
            for name in LOOK_UPS
        ],
    )


def published_bytes(root: Path, snapshot: SnapshotId) -> int:
    folders = (root / "catalogue" / "core", root / "catalogue" / snapshot)
    return sum(path.stat().st_size for folder in folders for path in folder.rglob("*") if path.is_file())


def main(arguments: Sequence[str] | None = None) -> None:
    rows = size_option(__doc__, "rows", 200_000, arguments)
    for each in sorted({min(rows, beets_peer.MOST_ROWS), rows}):
        compare(each)


def compare(rows: int) -> None:
    peers = {"SQLite": (sqlite_peer.build, sqlite_peer.calls)}
    if polars_peer.installed():
        peers["Polars"] = (polars_peer.build, polars_peer.calls)
    if beets_peer.installed() and rows <= beets_peer.MOST_ROWS:
        peers["beets"] = (beets_peer.build, beets_peer.calls)
    with tempfile.TemporaryDirectory(prefix="tenuto-bench-") as name:
        root = Path(name)
        (harvest,) = [each for each in synthetic_harvests(root / "harvests", rows) if each.name == "bulk"]
        built, derived = measure(partial(tenuto_build, root, harvest)), measure(partial(tenuto_derive, root))
        sizes = (published_bytes(root, built.result), derived.result)
        described = [path for path in harvest.rows if "-b-" in path.name]
        theirs = {name: measure(partial(build, root, described)) for name, (build, _) in peers.items()}
        report_build(rows, sizes, (built, derived), theirs)
        reads = {name: measure(partial(read, calls, root)).result for name, (_, calls) in peers.items()}
        report_reads(rows, measure(partial(read, tenuto_calls, root)).result, reads)


if __name__ == "__main__":
    main()
