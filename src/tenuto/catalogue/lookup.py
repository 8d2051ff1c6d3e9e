"""Single rows of core tables, straight from their parts: a footer and one row group each, no index.

Where the snapshot has later generations, `latest` says which of them to look at (tenuto.catalogue.latest).
"""

import threading
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tenuto.catalogue.latest import LatestOpener, latest_name
from tenuto.catalogue.stream import newest_first
from tenuto.formats.snapshot import Part, PartKind, Snapshot
from tenuto.formats.tables import TABLES, Table

Value = int | str | bytes
Opener = Callable[[Table, Part], pq.ParquetFile]
_File = tuple[pq.ParquetFile, threading.Lock]

_KEPT: Final = 96
"""Files whose footers are kept: what a reader comes back to, within what a process may open."""

_READERS: Final = 4
"""Threads for what is read at the same time: Arrow decodes without Python's lock."""

_TABLES: Final = {table.name: table for table in TABLES}


class PartReader:
    """Finds rows of one snapshot, by the last column of a key or by `id`. Safe to share between threads.

    Without `latest`, it looks at each later generation in turn.
    """

    def __init__(self, snapshot: Snapshot, opener: Opener, latest: LatestOpener | None = None) -> None:
        self._snapshot, self._opener, self._latest = snapshot, opener, latest
        self._files: OrderedDict[str, _File] = OrderedDict()
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(_READERS)  # starts none before it has work

    def begin(self, table_name: str, column: str, value: Value, **where: str) -> Future[list[dict[str, Any]]]:
        """`rows`, found while the caller asks for others."""
        return self._threads.submit(self.rows, table_name, column, value, **where)

    def rows(self, table_name: str, column: str, value: Value, **where: str) -> list[dict[str, Any]]:
        """The live rows with `value`, in the table's order; `where` narrows by further columns.

        A `value` of bytes is an id (16 bytes).
        """
        table = _TABLES[table_name]
        later = self._later_number(table, column, value)
        if later is not None:
            return self.rows(table_name, table.key[-1], later, **where)
        # What isn't of the key doesn't say where a key's rows stand: it narrows what was found.
        keyed = {name: wanted for name, wanted in where.items() if name in table.key}
        for generation in self._generations(table, column, value, keyed):
            found = [
                each for part in generation for each in self._matching(table, part, column, value, keyed)
            ]
            at = generation[0].generation
            if found or (at and self._removed(table, generation, column, value, keyed)):
                if column not in table.key:
                    found = [row for row in found if not self._is_replaced(table, at, row)]
                return [row for row in found if all(row[name] == wanted for name, wanted in where.items())]
        return []

    def _generations(
        self, table: Table, column: str, value: Value, where: dict[str, str]
    ) -> Iterator[list[Part]]:
        """The parts of the generations to look at, the newest first."""
        generations = newest_first(self._snapshot.parts[table.name])
        if self._latest is None or not self._has_later(table):
            yield from generations
            return
        holding = {0}
        if column in table.key:
            holding |= {row["generation"] for row in self._latest_rows(table, column, value, where)}
        yield from (each for each in generations if each[0].generation in holding)

    def _later_number(self, table: Table, column: str, value: Value) -> int | None:
        """By what isn't of the key: the number that later generations have with it."""
        if self._latest is None or column in table.key or not self._has_later(table):
            return None
        found = self._latest_rows(table, column, value, {})
        return found[0]["number"] if found else None

    def _has_later(self, table: Table) -> bool:
        return any(part.generation for part in self._snapshot.parts[table.name])

    def _latest_rows(
        self, table: Table, column: str, value: Value, where: dict[str, str]
    ) -> list[dict[str, Any]]:
        """What `latest` has of the value."""
        assert self._latest is not None
        name = latest_name(table, column)
        file, lock = self._open(name, partial(self._latest, name))
        with lock:
            groups = _groups(file, column, value, in_order=True)
            rows = file.read_row_groups(groups, use_threads=False)
        found: list[dict[str, Any]] = rows.filter(_mask(rows, column, value, where)).to_pylist()
        return found

    def _matching(
        self, table: Table, part: Part, column: str, value: Value, where: dict[str, str]
    ) -> list[dict[str, Any]]:
        if part.kind is PartKind.REMOVALS or not _within(part, column, value):
            return []
        if not all(_within(part, name, wanted) for name, wanted in where.items() if name in part.ranges):
            return []
        file, lock = self._part(table, part)
        with lock:
            groups = _groups(file, column, value, in_order=_in_order(table, part, column))
            # Most recordings have no rows in most tables, nor in later generations: one column says so.
            rare = table.key[0] == "recording" or (part.generation and self._latest is None)
            if not groups or (rare and not _has(file, groups, column, value)):
                return []
            rows = file.read_row_groups(groups, use_threads=False)
        found: list[dict[str, Any]] = rows.filter(_mask(rows, column, value, where)).to_pylist()
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
            file, lock = self._part(table, part)
            with lock:
                groups = _groups(file, column, value, in_order=_in_order(table, part, column))
                keys = file.read_row_groups(groups, columns=list(table.key))
            if pc.any(_mask(keys, column, value, where)).as_py():
                return True
        return False

    def _is_replaced(self, table: Table, generation: int, row: dict[str, Any]) -> bool:
        """A row that was found by another column than its key: do newer parts say else of the key?"""
        key = table.key[-1]
        newer = [part for part in self._snapshot.parts[table.name] if part.generation > generation]
        if self._latest is not None and newer:
            return bool(self._latest_rows(table, key, row[key], {}))
        for part in newer:
            if _within(part, key, row[key]):
                file, lock = self._part(table, part)
                with lock:
                    groups = _groups(file, key, row[key], in_order=_in_order(table, part, key))
                    if groups and _has(file, groups, key, row[key]):
                        return True
        return False

    def _part(self, table: Table, part: Part) -> _File:
        return self._open(f"{table.name}/{part.file_name}", partial(self._opener, table, part))

    def _open(self, name: str, opener: Callable[[], pq.ParquetFile]) -> _File:
        """The file and its lock: one thread at a time reads a file."""
        with self._lock:
            if name in self._files:
                self._files.move_to_end(name)
                return self._files[name]
            while len(self._files) >= _KEPT:
                self._files.popitem(last=False)  # not closed: another thread may be reading it
            found = self._files[name] = (opener(), threading.Lock())
            return found


def local_opener(folder: Path) -> Opener:
    """Opens parts under `catalogue/core`, memory-mapped."""
    return lambda table, part: pq.ParquetFile(folder / table.name / part.file_name, memory_map=True)


def _within(part: Part, column: str, value: Value) -> bool:
    if column not in part.ranges:
        return False
    low, high = part.ranges[column]
    plain = _text(value) if isinstance(value, bytes) else value
    return low <= plain <= high  # type: ignore[operator]  # both are numbers, or both are texts


def _groups(file: pq.ParquetFile, column: str, value: Value, *, in_order: bool) -> list[int]:
    """Row groups that can hold the value. Where the column is in order, the bounds of few groups are read."""
    metadata = file.metadata
    place = metadata.schema.names.index(column)
    groups = range(metadata.num_row_groups)

    def bounds(group: int) -> pq.Statistics:
        return metadata.row_group(group).column(place).statistics

    wanted = value.encode() if isinstance(value, str) and isinstance(bounds(0).min, bytes) else value
    if in_order:
        first = bisect_left(groups, wanted, key=lambda group: bounds(group).max)
        return list(range(first, bisect_right(groups, wanted, key=lambda group: bounds(group).min)))
    return [group for group in groups if (each := bounds(group)).min <= wanted <= each.max]


def _in_order(table: Table, part: Part, column: str) -> bool:
    """Whether the part's rows ascend by the column: by table order what stands before it has one value."""
    if column not in table.order:
        return False
    before = table.order[: table.order.index(column)]
    return all(name in part.ranges and part.ranges[name][0] == part.ranges[name][1] for name in before)


def _has(file: pq.ParquetFile, groups: list[int], column: str, value: Value) -> bool:
    """Whether any row has the value."""
    rows = file.read_row_groups(groups, columns=[column], use_threads=False)
    return bool(pc.any(_equal(rows.column(column), value)).as_py())


def _mask(rows: pa.Table, column: str, value: Value, where: dict[str, str]) -> pa.ChunkedArray:
    mask = _equal(rows.column(column), value)
    for name, wanted in where.items():
        mask = pc.and_(mask, pc.equal(rows.column(name), wanted))
    return mask


def _equal(column: pa.ChunkedArray, value: Value) -> pa.ChunkedArray:
    """UUIDs are compared as bytes: Arrow can't compare its own type for them."""
    plain = column.cast(pa.binary(16)) if isinstance(value, bytes) else column
    return pc.equal(plain, pa.scalar(value, type=plain.type))


def _text(identity: bytes) -> str:
    digits = identity.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
