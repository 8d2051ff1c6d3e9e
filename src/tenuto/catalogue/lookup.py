"""Single rows of core tables, straight from their parts: a footer and one row group each, no index."""

import threading
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tenuto.catalogue.stream import newest_first
from tenuto.formats.snapshot import Part, PartKind, Snapshot
from tenuto.formats.tables import TABLES, Table

Value = int | str | bytes
Opener = Callable[[Table, Part], pq.ParquetFile]

_KEPT: Final = 96
"""Files whose footers are kept: what a reader comes back to, within what a process may open."""

_TABLES: Final = {table.name: table for table in TABLES}


class PartReader:
    """Finds rows of one snapshot by a column in `Table.ranges`. Safe to share between threads."""

    def __init__(self, snapshot: Snapshot, opener: Opener) -> None:
        self._snapshot, self._opener = snapshot, opener
        self._files: OrderedDict[str, pq.ParquetFile] = OrderedDict()
        self._lock = threading.Lock()

    def rows(self, table_name: str, column: str, value: Value, **where: str) -> list[dict[str, Any]]:
        """The live rows with `value`, in the table's order; `where` narrows by further columns.

        A `value` of bytes is an id (16 bytes).
        """
        table = _TABLES[table_name]
        # What isn't of the key doesn't say where a key's rows stand: it narrows what was found.
        keyed = {name: wanted for name, wanted in where.items() if name in table.key}
        for generation in newest_first(self._snapshot.parts[table_name]):
            found = [
                each for part in generation for each in self._matching(table, part, column, value, keyed)
            ]
            if found or (generation[0].generation and self._removed(table, generation, column, value, keyed)):
                live = found if column in table.key else [row for row in found if self._is_live(table, row)]
                return [row for row in live if all(row[name] == wanted for name, wanted in where.items())]
        return []

    def _matching(
        self, table: Table, part: Part, column: str, value: Value, where: dict[str, str]
    ) -> list[dict[str, Any]]:
        if part.kind is PartKind.REMOVALS or not _within(part, column, value):
            return []
        if not all(_within(part, name, wanted) for name, wanted in where.items() if name in part.ranges):
            return []
        with self._lock:
            file = self._open(table, part)
            groups = _groups(file, column, value)
            if not groups:
                return []
            rows = file.read_row_groups(groups, use_threads=False)
        mask = _equal(rows.column(column), value)
        for name, wanted in where.items():
            mask = pc.and_(mask, pc.equal(rows.column(name), wanted))
        found: list[dict[str, Any]] = rows.filter(mask).to_pylist()
        return found

    def _removed(
        self, table: Table, generation: Sequence[Part], column: str, value: Value, where: dict[str, str]
    ) -> bool:
        """Whether a later generation takes the key away without giving it rows."""
        if column not in table.key:
            return False
        parts = [
            part for part in generation if part.kind is PartKind.REMOVALS and _within(part, column, value)
        ]
        for part in parts:
            with self._lock:
                file = self._open(table, part)
                groups = _groups(file, column, value)
                keys = file.read_row_groups(groups, columns=list(table.key))
            mask = _equal(keys.column(column), value)
            for name, wanted in where.items():
                mask = pc.and_(mask, pc.equal(keys.column(name), wanted))
            if pc.any(mask).as_py():
                return True
        return False

    def _is_live(self, table: Table, row: dict[str, Any]) -> bool:
        """A row that was found by another column than its key: is it still what its key stands for?"""
        key = table.key[-1]
        return any(now == row for now in self.rows(table.name, key, row[key]))

    def _open(self, table: Table, part: Part) -> pq.ParquetFile:
        name = f"{table.name}/{part.file_name}"
        if name in self._files:
            self._files.move_to_end(name)
            return self._files[name]
        while len(self._files) >= _KEPT:
            self._files.popitem(last=False)[1].close()
        file = self._files[name] = self._opener(table, part)
        return file


def local_opener(folder: Path) -> Opener:
    """Opens parts under `catalogue/core`, memory-mapped."""
    return lambda table, part: pq.ParquetFile(folder / table.name / part.file_name, memory_map=True)


def _within(part: Part, column: str, value: Value) -> bool:
    if column not in part.ranges:
        return False
    low, high = part.ranges[column]
    plain = _text(value) if isinstance(value, bytes) else value
    return low <= plain <= high  # type: ignore[operator]  # both are numbers, or both are texts


def _groups(file: pq.ParquetFile, column: str, value: Value) -> list[int]:
    """Row groups that can hold the value. Where they are in order, neighbours of where it would stand."""
    metadata = file.metadata
    place = metadata.schema.names.index(column)
    bounds = [metadata.row_group(group).column(place).statistics for group in range(metadata.num_row_groups)]
    wanted = value.encode() if isinstance(value, str) and isinstance(bounds[0].min, bytes) else value
    lows, highs = [each.min for each in bounds], [each.max for each in bounds]
    if lows == sorted(lows) and highs == sorted(highs):
        return list(range(bisect_left(highs, wanted), bisect_right(lows, wanted)))
    return [group for group, low in enumerate(lows) if low <= wanted <= highs[group]]


def _equal(column: pa.ChunkedArray, value: Value) -> pa.ChunkedArray:
    """UUIDs are compared as bytes: Arrow can't compare its own type for them."""
    plain = column.cast(pa.binary(16)) if isinstance(value, bytes) else column
    return pc.equal(plain, pa.scalar(value, type=plain.type))


def _text(identity: bytes) -> str:
    digits = identity.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
