"""Lines of a stream, however long they are, and what can be shown of broken ones."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tenuto.model.errors import BadInputError
from tenuto.sources.dumps.unpack import Stream

LINE_LIMIT: Final = 2**26
"""Bytes of a line that are held: more than a release of thousands of tracks takes with all relations."""

_RAW_LIMIT: Final = 10_000
"""Characters of a broken row that are kept."""


@dataclass(frozen=True, slots=True)
class Overlong:
    """A line beyond the limit, which was passed over without being held."""

    head: bytes
    length: int


def lines(stream: Stream, *, limit: int = LINE_LIMIT) -> Iterator[tuple[int, bytes | Overlong]]:
    """(number from 1, line without its line feed). What stands after the last line feed is a line too,
    unless it is empty. Raises `BadInputError` where the stream is damaged; the line cut there is lost."""
    number, pending = 1, _Pending(limit)
    while chunk := stream.read():
        first, *others = chunk.split(b"\n")
        pending.add(first)
        for piece in others:
            yield number, pending.take()
            number += 1
            pending.add(piece)
    if last := pending.take():
        yield number, last


class _Pending:
    """The beginning of a line whose end wasn't met yet; beyond the limit it is only counted."""

    def __init__(self, limit: int) -> None:
        self._limit, self._length, self._pieces = limit, 0, list[bytes]()

    def add(self, piece: bytes) -> None:
        self._length += len(piece)
        if self._length <= self._limit:
            self._pieces.append(piece)
        else:
            self._pieces = [b"".join([*self._pieces, piece])[:_RAW_LIMIT]]

    def take(self) -> bytes | Overlong:
        line = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        length, self._length, self._pieces = self._length, 0, []
        return line if length <= self._limit else Overlong(line, length)


def whole(line: bytes | Overlong) -> bytes:
    """The line. `BadInputError` when it was too long to be held."""
    if isinstance(line, Overlong):
        raise BadInputError(f"a line of {line.length} bytes, more than any row has")
    return line


def strict_text(line: bytes) -> str:
    """The line as text. `BadInputError` for bytes that aren't UTF-8, and for NUL."""
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        raise BadInputError(f"not UTF-8 at byte {error.start} of the line") from error
    if "\0" in text:
        raise BadInputError(f"a NUL character at byte {line.index(0)} of the line")
    return text


def printable(line: bytes | Overlong) -> str:
    """As much of a broken line as a reject keeps."""
    data = line.head if isinstance(line, Overlong) else line[:_RAW_LIMIT]
    return data.decode("utf-8", "backslashreplace")[:_RAW_LIMIT]
