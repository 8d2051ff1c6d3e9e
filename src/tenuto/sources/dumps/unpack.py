"""The decompressed bytes of a gzip, bzip2, xz or zstd file, or of a plain one."""

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, Protocol

import pyarrow as pa

from tenuto.model.errors import BadInputError, NotFoundError
from tenuto.model.ports import Reporter

CHUNK: Final = 2**18
"""Bytes that are read at a time."""

_XZ_MEMORY: Final = 2**29
"""What a header may ask for: eight times the dictionary of `xz -9`."""

_TAIL: Final = 512
"""Arrow gives none of a read that meets a cut: near the end of the file it is asked for little."""


class Stream(Protocol):
    """Bytes to be read once, from the first to the last."""

    @property
    def where(self) -> str:
        """The file, and the member in it, for messages."""

    def read(self, size: int = CHUNK, /) -> bytes:
        """Some of the next bytes, `size` at most; none at the end. `BadInputError` at damage."""


@contextmanager
def open_dump(path: Path, reporter: Reporter) -> Iterator["Unpacked"]:
    """Opens a dump for one pass; `reporter` gets the bytes read from the disk. `NotFoundError`."""
    try:
        file = path.open("rb", buffering=0)
    except OSError as error:
        raise NotFoundError(f"no such dump ({error.strerror})", where=str(path)) from error
    with file:
        yield Unpacked(_Counted(file, reporter), path.name)


class Unpacked:
    """A `Stream` over a file whose compression is told by its first bytes."""

    def __init__(self, file: "_Counted", where: str) -> None:
        self.where, self._file = where, file
        head = file.peek(6)
        self._read = next(
            (make(file) for magic, make in _UNPACKERS.items() if head.startswith(magic)), file.read
        )

    def read(self, size: int = CHUNK, /) -> bytes:
        try:
            return self._read(size)
        except (zlib.error, lzma.LZMAError, EOFError, OSError) as error:
            raise BadInputError(
                f"cut or damaged at byte {self._file.position} of the file ({error})",
                where=self.where,
                remedy="All before that was read; fetch the dump again",
            ) from error


class _Counted:
    """A file that reports what was read of it."""

    closed = False

    def __init__(self, file: BinaryIO, reporter: Reporter) -> None:
        self._file, self._reporter, self._peeked = file, reporter, b""
        self.position, self.at_end = 0, False

    def peek(self, size: int) -> bytes:
        self._peeked = self._file.read(size)
        return self._peeked

    def read(self, size: int = CHUNK, /) -> bytes:
        data = self._peeked[:size] or self._file.read(size)
        self._peeked = self._peeked[len(data) :] if self._peeked else b""
        self.position += len(data)
        self.at_end = not data
        self._reporter.advance(0, done_bytes=len(data))
        return data


_Read = Callable[[int], bytes]


class _Engine(Protocol):
    """What the standard library's decompressors of one stream have in common."""

    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class _Gzip:
    """zlib's decompressor as the other two are."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(wbits=31)
        self.needs_input, self.eof, self.unused_data = True, False, b""

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        out = self._zlib.decompress(self._zlib.unconsumed_tail + data, max_length)
        self.eof, self.unused_data = self._zlib.eof, self._zlib.unused_data
        self.needs_input = not self._zlib.unconsumed_tail and len(out) < max_length
        return out


def _streams(file: _Counted, make: Callable[[], _Engine]) -> _Read:
    """Reads one compressed stream after the other, as parallel compressors write them."""
    engine = make()

    def read(size: int) -> bytes:
        nonlocal engine
        while True:
            data = b""
            if engine.eof:
                data = engine.unused_data.lstrip(b"\0") or file.read(CHUNK).lstrip(b"\0")
                if not data:
                    return b""
                engine = make()
            elif engine.needs_input:
                data = file.read(CHUNK)
                if not data:
                    raise EOFError("the end is missing")
            if out := engine.decompress(data, size):
                return out

    return read


def _zstd(file: _Counted) -> _Read:
    stream = pa.CompressedInputStream(pa.PythonFile(file, mode="r"), "zstd")

    def read(size: int) -> bytes:
        data: bytes = stream.read(min(size, _TAIL) if file.at_end else size)
        return data

    return read


_UNPACKERS: Final[dict[bytes, Callable[[_Counted], _Read]]] = {
    b"\x1f\x8b": lambda file: _streams(file, _Gzip),
    b"BZh": lambda file: _streams(file, bz2.BZ2Decompressor),
    b"\xfd7zXZ\0": lambda file: _streams(file, lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, _XZ_MEMORY)),
    b"\x28\xb5\x2f\xfd": _zstd,
}
"""By the magic bytes of RFC 1952, bzip2, the .xz format and RFC 8878."""
