"""Reads CSV and TSV: quick where each line is a row, line by line where something is odd."""

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice, repeat
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from tenuto.formats.text import utf16_order
from tenuto.model.errors import BadInputError, ConfigurationError
from tenuto.model.ports import Reporter
from tenuto.sources.dumps import Stream, open_dump
from tenuto.sources.table_files import LINE_LIMIT, RAW_LIMIT, ROWS_PER_RUN, Broken, Run, Table, need

if TYPE_CHECKING:
    from _csv import Reader  # the type has no public name

_LINES_PER_ROW: Final = 1_000
"""A stray quote swallows no more: what it swallowed is read again."""


@contextmanager
def open_text(path: Path, format_name: str, encoding: str, reporter: Reporter) -> Iterator[Table]:
    """Raises `NotFoundError` without the file, `ConfigurationError` when its head can't be read."""
    with open_dump(need(path), reporter) as stream:
        try:
            text = io.TextIOWrapper(io.BufferedReader(_Bytes(stream)), encoding, "surrogateescape", "")
        except LookupError as error:
            raise ConfigurationError(
                str(error), where=str(path), remedy="Mend the mapping's `encoding`"
            ) from error
        rows = _Rows(_Lines(text), format_name, path)
        yield Table(rows.header, rows.runs())


class _Bytes(io.RawIOBase):
    """What Python's decoders read from."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]  # the base's type can't be written
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class _Overlong(str):
    """What stands for a line that is too long to be held: its head, and a character that no row has."""


class _Lines:
    """Lines of a text, of which some can be handed back."""

    def __init__(self, text: TextIO) -> None:
        self._text, self._pending, self.taken, self.number = text, list[str](), list[str](), 0
        self.fault = ""
        """Why the text ended before its end."""

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if len(self.taken) == _LINES_PER_ROW:
            raise csv.Error(f"longer than {_LINES_PER_ROW} lines, so there is a quote too many")
        line = self._pending.pop() if self._pending else self._read()
        if not line:
            raise StopIteration
        self.taken.append(line)
        return line

    @property
    def behind(self) -> bool:
        """Whether lines that were handed back wait."""
        return bool(self._pending)

    def some(self) -> list[str]:
        """The next lines, at most as many as a run has; none at the end."""
        length, read, take = 0, self._read, self.taken.append
        for line in islice(iter(read, ""), ROWS_PER_RUN):
            take(line)
            length += len(line)
            if length > LINE_LIMIT:
                break
        return self.taken

    def next_row(self) -> int:
        """Counts what the last row took; returns the number of the line where the next begins."""
        self.number += len(self.taken)
        self.taken = []
        return self.number + 1

    def hand_back(self, kept: int) -> None:
        """All lines taken but the first `kept`."""
        self._pending.extend(reversed(self.taken[kept:]))
        del self.taken[kept:]

    def _read(self) -> str:
        """Empty at the end. An endless line is passed over without being held."""
        if self.fault:
            return ""
        try:
            line = head = self._text.readline(LINE_LIMIT)
            while len(line) == LINE_LIMIT:
                line = self._text.readline(LINE_LIMIT)
        except (BadInputError, UnicodeError) as error:
            self.fault = f"the file can't be read from here on ({error})"
            return ""
        return head if len(head) < LINE_LIMIT else _Overlong(f"{head[:RAW_LIMIT]}\0\n")


class _Rows:
    """The rows below a header."""

    def __init__(self, lines: _Lines, format_name: str, path: Path) -> None:
        self._lines = lines
        self._options: dict[str, str | int | bool] = {"strict": True}
        if format_name == "tsv":
            self._options = {"delimiter": "\t", "quoting": csv.QUOTE_NONE}
        self._reader = self._read(lines)
        self.header, fault = self._head()
        if fault:
            remedy = "The first line names the columns, each once"
            raise ConfigurationError(fault, where=str(path), remedy=remedy)
        self._raws = _raw_writer(self.header)

    def _head(self) -> tuple[list[str], str]:
        """(names, why they can't be the columns')."""
        try:
            names = next(self._reader, [])
        except csv.Error as error:
            return [], f"no header line ({error})"
        if not names:
            return [], self._lines.fault or "no header line (the first line is blank)"
        names[0] = names[0].removeprefix("\ufeff")
        if len(set(names)) < len(names):
            return [], "two columns have the same name"
        fault = _unsound(names)
        return names, fault and f"no header line ({fault})"

    def runs(self) -> Iterator[Run | Broken]:
        number = self._lines.next_row()
        while some := self._lines.some():
            if run := self._one_a_line(number, some):
                yield run
            else:
                self._lines.hand_back(0)
                yield from self._line_by_line()
            number = self._lines.next_row()
        if self._lines.fault:
            yield Broken(number, self._lines.fault, "")

    def _read(self, lines: Iterator[str] | list[str]) -> "Reader":
        return csv.reader(lines, **self._options)  # type: ignore[arg-type]  # each option has its own type

    def _one_a_line(self, number: int, some: list[str]) -> Run | None:
        """None unless each line is a sound row: as many rows as lines, and no row goes over several."""
        if "\0" in "".join(some):
            return None
        try:
            rows = list(self._read(some))
            if len(rows) == len(some) and set(map(len, rows)) == {len(self.header)}:
                return Run(range(number, number + len(rows)), rows, self._raws(rows))
        except (csv.Error, UnicodeEncodeError):
            pass
        return None

    def _line_by_line(self) -> Iterator[Run | Broken]:
        """What was handed back, to the end of its last row."""
        numbers, rows = list[int](), list[list[str]]()
        while self._lines.behind:
            row = self._row(self._lines.next_row())
            if isinstance(row, Broken):
                if rows:
                    yield Run(numbers, rows, self._raws(rows))
                yield row
                numbers, rows = [], []
            elif row:
                numbers.append(self._lines.number + 1)
                rows.append(row)
        if rows:
            yield Run(numbers, rows, self._raws(rows))

    def _row(self, number: int) -> list[str] | Broken:
        """The next row; empty for a blank line. A fault costs its own line, not those that it swallowed."""
        try:
            cells = next(self._reader, [])
            fault = self._fault(cells)
        except csv.Error as error:
            fault = f"not a row ({error})"
        if any(isinstance(line, _Overlong) for line in self._lines.taken[:1]):
            fault = f"a line longer than {LINE_LIMIT} characters"
        if not fault:
            return cells
        self._lines.hand_back(1)
        return Broken(number, f"{fault}; mend the line", _printable(self._lines.taken[0]))

    def _fault(self, cells: list[str]) -> str:
        if cells and len(cells) != len(self.header):
            return f"{len(cells)} cells where the header has {len(self.header)}"
        return _unsound(cells)


def _unsound(cells: list[str]) -> str:
    """What no cell may hold."""
    text = "".join(cells)
    if "\0" in text:
        return "NUL characters"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "bytes that are not in the table's encoding"
    return ""


def _raw_writer(header: list[str]) -> Callable[[list[list[str]]], pa.Array]:
    """Writes rows as canonical JSON, by the hundreds. Strings are as RFC 8785, section 3.2.2.2, asks.

    `UnicodeEncodeError` where a cell holds bytes outside the encoding.
    """
    names = utf16_order(header)
    in_order = itemgetter(*map(header.index, names)) if len(names) > 1 else tuple
    encoder = msgspec.json.Encoder()

    def write(rows: list[list[str]]) -> pa.Array:
        members = map(zip, repeat(names), map(in_order, rows))
        lines = encoder.encode_lines(list(map(dict, members)))
        return pc.split_pattern(pa.array([lines[:-1]], pa.binary()), b"\n").values.cast(pa.string())

    return write


def _printable(text: str) -> str:
    return text[:RAW_LIMIT].encode("utf-8", "backslashreplace").decode()[:RAW_LIMIT]
