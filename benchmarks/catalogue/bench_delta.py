"""What a scattered change of 0.5 % costs: new bytes, table by table, and time.

python -m benchmarks.catalogue.bench_delta [--size RECORDINGS]
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.catalogue.synthetic import synthetic_harvests
from benchmarks.report import Measured, machine, measure, megabytes, seconds, show, size_option
from tenuto.catalogue import Harvest, build, delta
from tenuto.catalogue.diff import diff
from tenuto.catalogue.snapshots import load
from tenuto.formats.snapshot import Snapshot
from tenuto.model.ids import SnapshotId
from tenuto.testing.source import Silence

ONE_IN = 200

_CHANGED = """
SELECT * EXCLUDE (way, new) REPLACE (
    CASE WHEN way = 0 THEN title || ' (live)' ELSE title END AS title,
    CASE WHEN way = 1 THEN listens_count * 2 + 1 ELSE listens_count END AS listens_count,
    replace(listens_window, '-12-31', '-12-30') AS listens_window,
    CASE WHEN new THEN 'new ' || key ELSE key END AS key,
    ordinal * 2 + new::INT AS ordinal)
FROM (SELECT *, unnest(CASE way WHEN 2 THEN [false, true] WHEN 3 THEN [] ELSE [false] END) AS new
    FROM (SELECT *, CASE WHEN hash(ordinal * 31 + 7) % ? = 0 THEN hash(ordinal * 17 + 3) % 4 END AS way
        FROM read_parquet(?)))
ORDER BY ordinal
"""
"""Of the changed rows a quarter each gets another title, another count, a new row behind it, or goes.
All rows stand at another place than before, and all counts have another period, as a day's have."""


def changed_harvests(harvests: list[Harvest], folder: Path, one_in: int = ONE_IN) -> list[Harvest]:
    """The same harvests with one row in `one_in` changed."""
    folder.mkdir()
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")  # it would go to stdout
        return [
            replace(harvest, version=folder.name, rows=tuple(_changed(connection, harvest, folder, one_in)))
            for harvest in harvests
        ]


def _changed(
    connection: duckdb.DuckDBPyConnection, harvest: Harvest, folder: Path, one_in: int
) -> Iterator[Path]:
    for path in harvest.rows:
        query = f"COPY ({_CHANGED}) TO ? (FORMAT parquet, PARQUET_VERSION V2, COMPRESSION zstd)"
        connection.execute(query, [one_in, str(path), str(folder / path.name)])
        yield folder / path.name


def main(arguments: Sequence[str] | None = None) -> None:
    size = size_option(__doc__, "recordings", 200_000, arguments)
    with tempfile.TemporaryDirectory(prefix="tenuto-bench-") as name:
        root = Path(name)
        harvests = synthetic_harvests(root / "1", size)
        first = measure(partial(built, root, harvests, None))
        again = measure(partial(built, root, changed_harvests(harvests, root / "2"), first.result))
        written = measure(partial(_write, root, first.result, again.result))
        compared = measure(partial(diff, root, first.result, again.result))
        steps: dict[str, Measured[Any]] = {
            "build": first,
            "build on it, changed": again,
            "write the delta": written,
            "diff": compared,
        }
        _report(size, load(root, first.result), load(root, again.result), steps)
        print(f"\n{compared.result}")


def built(root: Path, harvests: list[Harvest], parent: SnapshotId | None) -> SnapshotId:
    """`build` with what it needs for a process of its own."""
    return build(root, harvests, parent, Silence())


def _write(root: Path, base: SnapshotId, target: SnapshotId) -> None:
    delta.write(root, base, target, root / "delta", Silence())


def _report(size: int, before: Snapshot, after: Snapshot, steps: Mapping[str, Measured[Any]]) -> None:
    """Bytes by table: before, new, and the new as a share of what was there."""
    old = {table: sum(part.bytes for part in parts) for table, parts in before.parts.items()}
    new = {
        table: sum(part.bytes for part in parts if part not in before.parts[table])
        for table, parts in after.parts.items()
    }
    old["popularity"], new["popularity"] = before.popularity.bytes, after.popularity.bytes
    old["all"], new["all"] = sum(old.values()), sum(new.values())
    show(
        f"catalogue: {size:,} recordings, one row in {ONE_IN} changed",
        ("table", "bytes", "new bytes", "share"),
        [
            [name, f"{bytes_:,}", f"{new[name]:,}", f"{new[name] / max(bytes_, 1):.2%}"]
            for name, bytes_ in old.items()
        ],
    )
    show(
        "what it takes",
        ("step", "wall s", "CPU s", "peak MB", "of the first build"),
        [
            [
                *(name, f"{each.wall:,.1f}", seconds(each.cpu), megabytes(each.peak_bytes)),
                f"{each.wall / steps['build'].wall:.1%}",
            ]
            for name, each in steps.items()
        ],
        machine(),
    )


if __name__ == "__main__":
    main()
