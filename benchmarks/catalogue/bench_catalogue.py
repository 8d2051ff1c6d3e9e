"""Building, keeping and reading a catalogue, beside the same rows in SQLite with three indexes.

python -m benchmarks.catalogue.bench_catalogue [--size ROWS]
"""

import sqlite3
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median

import pyarrow.parquet as pq

from benchmarks.catalogue.synthetic import synthetic_harvests
from benchmarks.report import Measured, measure, megabytes, ratio, seconds, show, size_option
from tenuto.catalogue import Harvest, Merging, build, build_derived, current, open_current
from tenuto.model.ids import SnapshotId
from tenuto.testing.source import Silence

_COLUMNS = (
    *(
        "key",
        "title",
        "artist",
        "release",
        "release_key",
        "release_artist",
        "disc_number",
        "track_number",
        "year",
    ),
    *("duration_ms", "genre", "label", "isrc", "listens_count", "location_uri", "location_length", "licence"),
)
_REPEATS = 21
_ISRC = "US0000000005"

LOOK_UPS = {
    "one recording by id": "SELECT * FROM recordings WHERE key = ?",
    "one recording by ISRC": "SELECT * FROM recordings WHERE isrc = ?",
    "20 most heard, title begins 'bancer'": (
        "SELECT * FROM recordings WHERE title LIKE 'bancer%' ORDER BY listens_count DESC LIMIT 20"
    ),
    "20 most heard, title begins 'ban'": (
        "SELECT * FROM recordings WHERE title LIKE 'ban%' ORDER BY listens_count DESC LIMIT 20"
    ),
    "20 most heard with a word 'difforg'": (
        "SELECT * FROM recordings WHERE title LIKE '%difforg%' ORDER BY listens_count DESC LIMIT 20"
    ),
    "up to 100,000 in rank order": "SELECT * FROM recordings ORDER BY listens_count DESC LIMIT 100000",
}
"""The peer's statements. Tenuto's search finds words anywhere in title, artist and release."""
_ONCE = "up to 100,000 in rank order"


def tenuto_build(root: Path, harvest: Harvest) -> SnapshotId:
    return build(root, [harvest], None, Silence(), merging=Merging(matching=False))


def tenuto_derive(root: Path) -> int:
    """Bytes of the rank order, the search index and the roll-ups."""
    snapshot = current(root)
    assert snapshot is not None
    build_derived(root, snapshot, Silence())
    folder = root / "catalogue" / "derived" / snapshot
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def peer_build(root: Path, rows: Sequence[Path]) -> int:
    """Loads the harvest's rows, then indexes them; bytes of the database."""
    path = root / "peer.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute(f"CREATE TABLE recordings ({', '.join(_COLUMNS)})")
        marks = ", ".join("?" * len(_COLUMNS))
        for batch in (each for path in rows for each in pq.ParquetFile(path).iter_batches(20_000)):
            connection.executemany(
                f"INSERT INTO recordings VALUES ({marks})", map(_peer_row, batch.to_pylist())
            )
        connection.execute("CREATE INDEX by_key ON recordings (key)")
        connection.execute("CREATE INDEX by_isrc ON recordings (isrc)")
        connection.execute("CREATE INDEX by_title ON recordings (title COLLATE NOCASE)")
        connection.commit()
    return path.stat().st_size


def _peer_row(row: dict[str, object]) -> list[object]:
    named, evidence = row["identifiers"], row["evidence"]
    assert isinstance(named, list)
    assert isinstance(evidence, list)
    told = {
        "isrc": named[0]["value"] if named else None,
        "licence": evidence[0]["statement"] if evidence else None,
    }
    return [told[column] if column in told else row[column] for column in _COLUMNS]


def tenuto_reads(root: Path) -> dict[str, float]:
    catalogue = open_current(root)
    known = catalogue.show(_ISRC).summary.id
    calls: tuple[Callable[[], object], ...] = (
        partial(catalogue.show, known),
        partial(catalogue.show, _ISRC),
        partial(catalogue.find, "bancer"),
        partial(catalogue.find, "ban"),
        partial(catalogue.find, "difforg"),
        lambda: sum(1 for _ in islice(catalogue.ranked(), 100_000)),
    )
    return {name: _median(name, call) for name, call in zip(LOOK_UPS, calls, strict=True)}


def peer_reads(root: Path) -> dict[str, float]:
    with closing(sqlite3.connect(root / "peer.sqlite")) as connection:
        ((key,),) = connection.execute("SELECT key FROM recordings WHERE isrc = ? LIMIT 1", [_ISRC])

        def read(statement: str) -> object:
            given = [_ISRC] if "isrc =" in statement else [key] if "key =" in statement else []
            return connection.execute(statement, given).fetchall()

        return {name: _median(name, partial(read, statement)) for name, statement in LOOK_UPS.items()}


def _median(name: str, call: Callable[[], object]) -> float:
    """Processor seconds, files in the page cache; the first call isn't counted where there are several."""
    times = []
    for _ in range(1 if name == _ONCE else _REPEATS + 1):
        began = time.process_time()
        call()
        times.append(time.process_time() - began)
    return median(times[1:] or times)


def report_build(
    rows: int,
    sizes: tuple[int, int, int],
    ours: tuple[Measured[SnapshotId], Measured[int]],
    peer: Measured[int],
) -> None:
    core, serving, theirs = sizes
    built, derived = ours
    both, peak = built.cpu + derived.cpu, max(built.peak_bytes, derived.peak_bytes)
    parts = (
        ("Tenuto: merge, identify, rank (published)", built.cpu, core, built.peak_bytes),
        ("Tenuto: rank order, search, roll-ups (local)", derived.cpu, serving, derived.peak_bytes),
        ("Tenuto: both", both, core + serving, peak),
        ("SQLite: load, three indexes", peer.cpu, theirs, peer.peak_bytes),
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
    )


def report_reads(rows: int, ours: dict[str, float], peer: dict[str, float]) -> None:
    show(
        f"catalogue: {rows:,} rows, reading (processor time, median of {_REPEATS}; the last one once)",
        ("what", "Tenuto ms", "SQLite ms", "÷ Tenuto"),
        [
            [name, f"{ours[name] * 1e3:.3f}", f"{peer[name] * 1e3:.3f}", ratio(peer[name], ours[name])]
            for name in LOOK_UPS
        ],
    )


def published_bytes(root: Path, snapshot: SnapshotId) -> int:
    folders = (root / "catalogue" / "core", root / "catalogue" / snapshot)
    return sum(path.stat().st_size for folder in folders for path in folder.rglob("*") if path.is_file())


def main(arguments: Sequence[str] | None = None) -> None:
    rows = size_option(__doc__, "rows", 200_000, arguments)
    with tempfile.TemporaryDirectory(prefix="tenuto-bench-") as name:
        root = Path(name)
        (harvest,) = [each for each in synthetic_harvests(root / "harvests", rows) if each.name == "bulk"]
        built, derived = measure(partial(tenuto_build, root, harvest)), measure(partial(tenuto_derive, root))
        peer = measure(partial(peer_build, root, harvest.rows))
        sizes = (published_bytes(root, built.result), derived.result, peer.result)
        report_build(rows, sizes, (built, derived), peer)
        report_reads(rows, *(measure(partial(call, root)).result for call in (tenuto_reads, peer_reads)))


if __name__ == "__main__":
    main()
