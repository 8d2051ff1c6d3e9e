"""Reads tables as runs of rows of text cells, faults included, in their order: JSON Lines and Parquet."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import rfc8785

from tenuto.formats.text import canonical
from tenuto.model.errors import BadInputError, NotFoundError
from tenuto.model.ports import Reporter
from tenuto.sources.dumps import Overlong, Stream, lines, open_dump, printable

ROWS_PER_RUN: Final = 2048
"""Small enough to stay in the processor's cache while columns are made of them."""

RAW_LIMIT: Final = 10_000
"""Characters of a rejected row that are kept."""

LINE_LIMIT: Final = 2**20
"""Bytes (of CSV: characters) of a line, or of a run of rows. More is no row but an attack on memory."""


@dataclass(frozen=True, slots=True)
class Run:
    """Some rows, one after the other."""

    numbers: Sequence[int]
    """The lines where they begin, or for Parquet their rows, from 1."""
    rows: Sequence[Sequence[str]]
    """Cells in the order of the table's columns."""
    raws: pa.Array
    """Strings: the rows as canonical JSON."""

    def __len__(self) -> int:
        return len(self.numbers)

    def behind(self, rows: int) -> "Run":
        """What is left without its first rows."""
        return self if rows <= 0 else Run(self.numbers[rows:], self.rows[rows:], self.raws[rows:])


@dataclass(frozen=True, slots=True)
class Broken:
    """One row (or line) that can't be read."""

    number: int
    what: str
    raw: str

    def __len__(self) -> int:
        return 1

    def behind(self, rows: int) -> "Broken":
        """Itself: who asks for what is behind it has passed it over."""
        del rows
        return self


@dataclass(frozen=True, slots=True)
class Table:
    """An open file: its columns, and its rows, which can be iterated once."""

    columns: list[str]
    runs: Iterator[Run | Broken]


def need(path: Path) -> Path:
    """`path`. `NotFoundError` where no file is."""
    if not path.is_file():
        raise NotFoundError(
            "no such table", where=str(path), remedy="Check the folder and the mapping's `files`"
        )
    return path


@contextmanager
def open_named(path: Path, format_name: str, wanted: list[str], reporter: Reporter) -> Iterator[Table]:
    """JSON Lines or Parquet, whose rows name their cells; `wanted` are the columns to take."""
    with open_dump(need(path), reporter) as stream:
        rows = _json_lines(stream) if format_name == "jsonl" else _parquet_rows(path)
        yield Table(wanted, _runs(rows, wanted))


_JSON: Final = {str, int, float, bool, type(None)}
"""Types of values that are written as they are."""

_Named = tuple[int, dict[str, object] | Broken]


def _json_lines(stream: Stream) -> Iterator[_Named]:
    number = 0
    try:
        for number, line in lines(stream, limit=LINE_LIMIT):
            if isinstance(line, Overlong) or line.strip():
                yield number, _json_object(number, line)
    except BadInputError as error:
        yield number + 1, Broken(number + 1, str(error), "")


def _json_object(number: int, line: bytes | Overlong) -> dict[str, object] | Broken:
    if isinstance(line, Overlong):
        return Broken(number, f"a line of {line.length} bytes, more than any row has", printable(line))
    try:
        found = msgspec.json.decode(line, type=dict[str, object])
        if _may_repeat_names(line, found):
            json.loads(line, object_pairs_hook=_unrepeated)
    except (ValueError, RecursionError) as error:
        return Broken(number, f"not a JSON object ({error}); mend the line", printable(line))
    return found


def _may_repeat_names(line: bytes, found: dict[str, object]) -> bool:
    """A repeated name leaves fewer colons when what was read is written again; so may an escaped colon."""
    return b"\\u003" in line or line.count(b":") != msgspec.json.encode(found).count(b":")


def _unrepeated(members: list[tuple[str, object]]) -> dict[str, object]:
    """RFC 8259 leaves open which of two members with one name counts; here neither may be lost."""
    found = dict(members)
    if len(found) < len(members):
        raise ValueError("a name stands twice in one object")
    return found


def _parquet_rows(path: Path) -> Iterator[_Named]:
    number = 0
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=ROWS_PER_RUN):
                for values in batch.to_pylist():
                    number += 1
                    yield number, values
    except (pa.ArrowException, OSError) as error:
        yield number + 1, Broken(number + 1, f"the file can't be read from here on ({error})", "")


def _runs(rows: Iterator[_Named], wanted: list[str]) -> Iterator[Run | Broken]:
    numbers, cells, raws, length = list[int](), list[list[str]](), list[str](), 0
    for number, values in rows:
        row = values if isinstance(values, Broken) else _row(number, values, wanted)
        if not isinstance(row, Broken):
            numbers.append(number)
            cells.append(row[0])
            raws.append(row[1])
            length += len(row[1])
        if numbers and (isinstance(row, Broken) or len(numbers) == ROWS_PER_RUN or length > LINE_LIMIT):
            yield Run(numbers, cells, pa.array(raws, pa.string()))
            numbers, cells, raws, length = [], [], [], 0
        if isinstance(row, Broken):
            yield row
    if numbers:
        yield Run(numbers, cells, pa.array(raws, pa.string()))


def _row(number: int, values: dict[str, object], wanted: list[str]) -> tuple[list[str], str] | Broken:
    """(cells, raw)."""
    try:
        plain = {name: value if type(value) in _JSON else _plain(value) for name, value in values.items()}
        cells, raw = [_text(plain.get(name)) for name in wanted], canonical(plain)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError) as error:
        raw = repr(values)[:RAW_LIMIT].encode("utf-8", "backslashreplace").decode()
        return Broken(number, f"no canonical JSON can hold it ({error})", raw[:RAW_LIMIT])
    if any("\0" in cell for cell in cells):
        return Broken(number, "NUL characters; mend the line", raw[:RAW_LIMIT])
    return cells, raw


def _plain(value: object) -> object:
    """JSON's types as they are; times and the like as text, bytes as hexadecimal digits."""
    if type(value) in _JSON:
        return value
    if isinstance(value, dict):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value.hex() if isinstance(value, bytes) else str(value)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return str(value) if type(value) is int else canonical({"": value})[4:-1]
