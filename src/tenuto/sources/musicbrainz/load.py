"""From the members of a PostgreSQL dump to one Parquet file a table, faults set aside."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from tenuto.model.errors import BadInputError
from tenuto.model.ports import Reporter
from tenuto.sources.dumps import Stream, lines, members, open_dump, printable, whole
from tenuto.sources.musicbrainz import copy_text
from tenuto.sources.musicbrainz.schema import NEVER_EMPTY, Kind, Table
from tenuto.sources.musicbrainz.ws2 import MBID

REJECTS: Final = "rejects"
"""The file of what couldn't be read."""

_BATCH: Final = 32_768
_REJECT_SCHEMA: Final = pa.schema(
    [pa.field("where", pa.string()), pa.field("what", pa.string()), pa.field("raw", pa.string())]
)
Reject = tuple[str, str, str]
"""(where, what, raw)."""


def load(paths: Sequence[Path], tables: Mapping[str, Table], folder: Path, reporter: Reporter) -> None:
    """Writes `<table>.parquet` into `folder` for each of `tables`, and `rejects.parquet`; all are durable.

    Raises `BadInputError` when a table is missing without which nothing can be said.
    """
    missing = dict(tables)
    with pq.ParquetWriter(folder / f"{REJECTS}.parquet", _REJECT_SCHEMA) as writer:
        rejects = _Rejects(writer)
        faults = [_load_archive(path, missing, folder, rejects, reporter) for path in paths]
        for name, table in missing.items():
            pq.write_table(table.stored.empty_table(), folder / f"{name}.parquet")
        _check_presence(missing, [fault for fault in faults if fault])
        rejects.flush()
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())


def _check_presence(missing: Mapping[str, Table], faults: Sequence[BadInputError]) -> None:
    """A damaged archive may lack what stood behind the damage, but without recordings there are no rows."""
    absent = [name for name in NEVER_EMPTY if name in missing]
    if faults and "recording" in absent:
        raise faults[0]
    if absent and not faults:
        raise BadInputError(
            f"no table {' nor '.join(absent)} in the dump", remedy="Name mbdump.tar.bz2, or fetch it again"
        )


class _Rejects:
    """Writes them in batches: a dump may be nothing but faults."""

    def __init__(self, writer: pq.ParquetWriter) -> None:
        self._writer, self._waiting = writer, list[Reject]()

    def add(self, where: str, what: str, raw: str = "") -> None:
        self._waiting.append((where, what, raw))
        if len(self._waiting) == _BATCH // 16:
            self.flush()

    def flush(self) -> None:
        self._writer.write_table(_columns(self._waiting, _REJECT_SCHEMA))
        self._waiting.clear()


def _load_archive(
    path: Path, missing: dict[str, Table], folder: Path, rejects: _Rejects, reporter: Reporter
) -> BadInputError | None:
    """Takes what it finds out of `missing`; returns the damage that ended it."""
    try:
        with open_dump(path, reporter) as archive:
            for member_name, member in members(archive, {f"mbdump/{name}" for name in missing}):
                name = member_name.removeprefix("mbdump/")
                table = missing.pop(name)
                rows = _rows(member, _Reader(table), rejects)
                with pq.ParquetWriter(folder / f"{name}.parquet", table.stored) as writer:
                    for batch in _batches(rows):
                        writer.write_table(_columns(batch, table.stored))
    except BadInputError as error:
        rejects.add(error.where, f"{error.what}; {error.remedy or 'fetch the dump again'}")
        return error
    return None


def _columns(rows: Sequence[tuple[object, ...]], schema: pa.Schema) -> pa.Table:
    columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in schema]
    return pa.table(dict(zip(schema.names, columns, strict=True)), schema=schema)


def _rows(member: Stream, reader: "_Reader", rejects: _Rejects) -> Iterator[tuple[object, ...]]:
    for number, line in lines(member):
        if line == copy_text.END_OF_DATA:
            continue
        try:
            yield number, *reader.row(whole(line))
        except BadInputError as error:
            rejects.add(f"{member.where}:{number}", f"{error.what}; mend the line", printable(line))


def _batches(rows: Iterator[tuple[object, ...]]) -> Iterator[list[tuple[object, ...]]]:
    """What was read before damage is given before the damage is raised."""
    batch = []
    try:
        for row in rows:
            batch.append(row)
            if len(batch) == _BATCH:
                yield batch
                batch = []
    except BadInputError:
        yield batch
        raise
    yield batch


class _Reader:
    """Reads the rows of one table."""

    def __init__(self, table: Table) -> None:
        self._table, self._width = table, 0
        self._kept = [(name, table.columns.index(name), _READ[kind]) for name, kind in table.kept.items()]

    def row(self, line: bytes) -> list[object]:
        """The kept cells, and the row as JSON where the table asks for it. `BadInputError`."""
        cells = copy_text.cells(line)
        if len(cells) != self._width:
            self._widen(len(cells))
        kept: list[object] = []
        try:
            for name, place, read in self._kept:  # noqa: B007  the handler says which it was
                kept.append(read(cells[place]))
        except ValueError as error:
            shown = "NULL" if (cell := cells[place]) is None else repr(cell[:40])
            raise BadInputError(f"{name}: {shown} is not {self._table.kept[name].value}") from error
        if self._table.raw:
            kept.append(msgspec.json.encode({name: cells[place] for name, place in self._named}).decode())
        return kept

    def _widen(self, width: int) -> None:
        """The first whole row says how many columns there are: newer servers have more than we know."""
        known = self._table.columns
        if self._width or width < len(known):
            raise BadInputError(f"{width} columns where the table has {self._width or len(known)}")
        self._width = width
        names = [*known, *(f"column_{place + 1}" for place in range(len(known), width))]
        self._named = sorted((name, place) for place, name in enumerate(names))


def _number(cell: str | None) -> int:
    if cell is None or not -(2**31) <= (value := int(cell)) < 2**31:
        raise ValueError
    return value


def _text(cell: str | None) -> str:
    if cell is None:
        raise ValueError
    return cell


def _mbid(cell: str | None) -> str:
    if cell is None or not MBID.fullmatch(cell):
        raise ValueError
    return cell


_READ: Final[dict[Kind, Callable[[str | None], object]]] = {
    Kind.NUMBER: _number,
    Kind.NUMBER_OR_NULL: lambda cell: None if cell is None else _number(cell),
    Kind.TEXT: _text,
    Kind.TEXT_OR_NULL: lambda cell: cell,
    Kind.MBID: _mbid,
}
"""Raises `ValueError`."""
