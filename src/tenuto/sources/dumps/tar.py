"""Members of a tar archive by their exact names, streamed. Nothing is ever extracted to a path.

Headers are POSIX.1-2001 (ustar, pax) and GNU tar. Links, devices, folders and sparse files are no data
and are passed over; one that bears a wanted name is an error, and so is a name that comes twice.
"""

from collections.abc import Container, Iterator
from tarfile import BLOCKSIZE, NUL, HeaderError, TarInfo
from typing import Final

from tenuto.model.errors import BadInputError
from tenuto.sources.dumps.unpack import CHUNK, Stream

_REGULAR: Final = {b"0", NUL, b"7"}
_WITHOUT_DATA: Final = {b"1", b"2", b"3", b"4", b"5", b"6"}
_LONG_NAME, _PAX = b"L", b"x"

_EXTENSION_LIMIT: Final = 2**16
"""Bytes of a long name or a pax header: more is an attack on memory."""


class Member:
    """One member's bytes, a `Stream`; good until the next member is asked for."""

    def __init__(self, archive: Stream, name: str, size: int) -> None:
        self._archive, self._left, self.size = archive, size, size
        self.where = f"{archive.where}: {name}"

    def read(self, size: int = CHUNK, /) -> bytes:
        if not self._left:
            return b""
        data = self._archive.read(min(size, self._left))
        if not data:
            raise _cut(self.where)
        self._left -= len(data)
        return data

    def skip(self) -> None:
        """Passes over what is left, and over the padding to the next header."""
        self._left += -self.size % BLOCKSIZE
        while self.read():
            pass


def members(archive: Stream, names: Container[str]) -> Iterator[tuple[str, Member]]:
    """The regular files whose names are in `names`, in the archive's order. `BadInputError` at damage."""
    seen = set[str]()
    for name, kind, size in _headers(archive):
        member = Member(archive, name, 0 if kind in _WITHOUT_DATA else size)
        if name in names:
            if kind not in _REGULAR or name in seen:
                what = "comes a second time" if name in seen else "is a link or the like, not a file"
                raise BadInputError(f"{name} {what}", where=archive.where, remedy="Fetch the dump again")
            seen.add(name)
            yield name, member
        member.skip()


def _headers(archive: Stream) -> Iterator[tuple[str, bytes, int]]:
    """(name, type, size) of each member; its data must be read before the next is asked for."""
    special: dict[str, str] = {}
    while (block := _exactly(archive, BLOCKSIZE)) != NUL * BLOCKSIZE:
        try:
            info = TarInfo.frombuf(block, "utf-8", "surrogateescape")
        except HeaderError as error:
            raise BadInputError(f"not a tar header ({error})", where=archive.where) from error
        if info.type in {_LONG_NAME, _PAX}:
            special |= _special(archive, info)
            continue
        name = special.get("path", info.name).removeprefix("./")
        size = special.get("size", "")
        yield name, info.type, int(size) if size.isdecimal() else info.size
        special = {}


def _special(archive: Stream, info: TarInfo) -> dict[str, str]:
    """What a header before the header says of the member."""
    if info.size > _EXTENSION_LIMIT:
        raise BadInputError(f"a tar header of {info.size} bytes", where=archive.where)
    body = _exactly(archive, info.size + -info.size % BLOCKSIZE)[: info.size]
    text = body.decode("utf-8", "surrogateescape")
    return {"path": text.rstrip(NUL.decode())} if info.type == _LONG_NAME else dict(_pax_records(text))


def _pax_records(text: str) -> Iterator[tuple[str, str]]:
    """Records of the form `length keyword=value\\n`; values that hold line feeds aren't those we need."""
    for record in text.split("\n"):
        keyword, equals, value = record.partition(" ")[2].partition("=")
        if equals:
            yield keyword, value


def _exactly(archive: Stream, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = archive.read(size - len(data))
        if not more:
            raise _cut(archive.where)
        data += more
    return data


def _cut(where: str) -> BadInputError:
    return BadInputError(
        "the archive ends too early", where=where, remedy="All before that was read; fetch the dump again"
    )
