"""Cuts a Discogs dump into its releases, masters or artists, each of which is then XML of its own.

An XML parser must stop for good at the first fault (XML 1.0, section 1.2), and Discogs' dumps have held
characters that XML forbids. So the bytes are cut at the end tags first: a fault costs its own element only,
no document type ever reaches the parser, and memory is bounded by one element.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element, ParseError, fromstring

from tenuto.model.errors import ConfigurationError

LIMIT: Final = 8 * 2**20
"""Bytes of one element: far more than any release has, far less than a machine's memory."""

_HEAD_LIMIT: Final = 1024
_RAW_LIMIT: Final = 10_000


@dataclass(frozen=True, slots=True)
class Kind:
    """One of a dump's files: the name of its root, and how the root's children begin and end."""

    name: str
    opening: bytes
    closing: bytes


ARTISTS: Final = Kind("artists", b"<artist>", b"</artist>")
MASTERS: Final = Kind("masters", b"<master ", b"</master>")
RELEASES: Final = Kind("releases", b"<release ", b"</release>")


@dataclass(frozen=True, slots=True)
class Faulty:
    """An element that can't be read, or bytes that belong to none. `raw` is where it begins."""

    what: str
    raw: str


def elements(chunks: Iterable[bytes], kind: Kind, *, limit: int = LIMIT) -> Iterator[Element | Faulty]:
    """The children of the root in their order, faults included.

    Raises `ConfigurationError` when the bytes don't begin like such a dump, or declare a document type.
    """
    cutter = _Cutter(kind, limit)
    for chunk in _body(iter(chunks), kind):
        for piece in cutter.feed(chunk):
            yield _parse(piece) if isinstance(piece, bytes) else piece
    yield from cutter.close()


def _body(chunks: Iterator[bytes], kind: Kind) -> Iterator[bytes]:
    """What stands behind the root's start tag."""
    head = b""
    while len(head) < _HEAD_LIMIT and (chunk := next(chunks, b"")):
        head += chunk
    match = re.match(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>)?\s*<%s>" % kind.name.encode(), head)
    if match is None:
        shown = head[:60].decode("utf-8", "backslashreplace")
        raise ConfigurationError(
            f"a dump of {kind.name} begins with <{kind.name}>, this with {shown!r}",
            remedy="Download it again; one with a document type isn't Discogs' and is never read",
        )
    yield head[match.end() :]
    yield from chunks


class _Cutter:
    """Cuts behind end tags. A second beginning inside a piece shows that the first has lost its end."""

    def __init__(self, kind: Kind, limit: int) -> None:
        self._kind, self._limit = kind, limit
        self._data, self._searched = bytearray(), 0
        self._swallowing = False
        """The beginning of an element beyond the limit was reported; the rest of it goes by."""

    def feed(self, chunk: bytes) -> Iterator[bytes | Faulty]:
        data, closing, done = self._data, self._kind.closing, 0
        data += chunk
        while (end := data.find(closing, max(done, self._searched))) >= 0:
            end += len(closing)
            yield from self._piece(bytes(data[done:end]))
            done = end
        del data[:done]
        if len(data) > self._limit:
            yield from self._overflow()
        self._searched = max(0, len(data) - len(closing))

    def close(self) -> Iterator[Faulty]:
        if f"</{self._kind.name}>".encode() not in self._data:
            yield _faulty(self._data, f"the file ends before </{self._kind.name}>: it was cut")

    def _piece(self, piece: bytes) -> Iterator[bytes | Faulty]:
        begin = piece.rfind(self._kind.opening)
        before = piece if begin < 0 else piece[:begin]
        if before and not before.isspace() and not self._swallowing:
            yield _faulty(before, "an element without its beginning or its end")
        self._swallowing = False
        if begin >= 0:
            yield piece[begin:]

    def _overflow(self) -> Iterator[Faulty]:
        data, opening = self._data, self._kind.opening
        begin = data.rfind(opening)
        another = begin > data.find(opening)
        if not self._swallowing:
            yield _faulty(data, f"an element longer than {self._limit} bytes")
        self._swallowing = not another
        del data[: begin if another else len(data) - len(self._kind.closing)]


def _parse(piece: bytes) -> Element | Faulty:
    """No document type can stand inside an element, so there are no entities that could expand or fetch."""
    try:
        return fromstring(piece)  # noqa: S314 -- as above
    except (ParseError, ValueError) as error:
        return _faulty(piece, f"not XML ({error})")


def _faulty(data: bytes | bytearray, what: str) -> Faulty:
    text = bytes(data[:_RAW_LIMIT]).decode("utf-8", "backslashreplace").replace("\0", "\\x00")
    return Faulty(what, text[:_RAW_LIMIT])
