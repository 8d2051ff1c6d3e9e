"""Debian binary packages: the files inside, streamed.

Source: deb(5), ar(5), deb822 package file names (`<package>_<version>_<architecture>.deb`).
"""

import bz2
import gzip
import lzma
import re
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import RawIOBase
from typing import IO, Any, BinaryIO, Final, cast
from urllib.parse import unquote

import pyarrow as pa

from tenuto.model.errors import BadInputError

_GLOBAL_HEADER: Final = b"!<arch>\n"
_HEADER_LENGTH: Final = 60
_REMEDY: Final = "Delete it and let apt fetch it again"
_FILE_NAME: Final = re.compile(
    r"(?P<package>[a-z0-9][a-z0-9+.-]+)_(?P<version>[^_/]+)_(?P<arch>[a-z0-9-]+)\.deb"
)


@dataclass(frozen=True, slots=True)
class PackageName:
    """What the name of a `.deb` says. The epoch's colon is percent-encoded in file names, as apt does."""

    package: str
    version: str
    architecture: str


def parse_name(file_name: str) -> PackageName | None:
    """None when it isn't the name of a binary package."""
    match = _FILE_NAME.fullmatch(file_name)
    return PackageName(match["package"], unquote(match["version"]), match["arch"]) if match else None


def members(file: BinaryIO, where: str) -> Iterator[tuple[tarfile.TarInfo, BinaryIO | None]]:
    """The members of `data.tar`, in order, each with its bytes if it is a regular file.

    A member's bytes must be read before the next is asked for; memory doesn't grow with the package.
    Raises `BadInputError` for anything that isn't a whole package, also while bytes are read.
    """
    with _damage(where):
        name, member = _data_member(file, where)
        tar = tarfile.open(fileobj=_decompressed(name, member, where), mode="r|")  # noqa: SIM115  closed with `file`
    while True:
        with _damage(where):
            info = tar.next()
        if info is None:
            return
        tar.members = []  # type: ignore[attr-defined]  # it would keep every header of the package
        data = tar.extractfile(info) if info.isreg() else None
        yield info, None if data is None else cast("BinaryIO", _Checked(data, where))


def installed_path(member: tarfile.TarInfo) -> bytes:
    """Relative to the root of the system, as the bytes in the package."""
    return member.name.encode("utf-8", "surrogateescape").removeprefix(b"./").lstrip(b"/")


@contextmanager
def _damage(where: str) -> Iterator[None]:
    """What the decoders say of damaged bytes, as our error."""
    try:
        yield
    except (tarfile.TarError, lzma.LZMAError, zlib.error, pa.ArrowException, EOFError, OSError) as error:
        raise BadInputError(f"a damaged package ({error})", where=where, remedy=_REMEDY) from error


class _Checked(RawIOBase):
    """A member's bytes; damage on the way comes out as `BadInputError`."""

    def __init__(self, data: IO[bytes], where: str) -> None:
        self._data, self._where = data, where

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        with _damage(self._where):
            return self._data.read(size)


def _data_member(file: BinaryIO, where: str) -> tuple[str, "_Window"]:
    if file.read(8) != _GLOBAL_HEADER:
        raise BadInputError("not a Debian package", where=where, remedy=_REMEDY)
    position = 8
    while len(header := file.read(_HEADER_LENGTH)) == _HEADER_LENGTH:
        name, digits = header[:16].decode("ascii", "replace").rstrip(" /"), header[48:58].strip()
        if header[58:] != b"`\n" or not digits.isdigit():
            break
        start, length = position + _HEADER_LENGTH, int(digits)
        if name.startswith("data.tar"):
            return name, _Window(file, length)
        position = start + length + length % 2
        file.seek(position)
    raise BadInputError("a package without data", where=where, remedy=_REMEDY)


class _Window(RawIOBase):
    """The next `length` bytes of a file, as a file."""

    def __init__(self, file: BinaryIO, length: int) -> None:
        self._file, self._left = file, length

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # the buffers we get
        data = self._file.read(min(len(buffer), self._left))
        buffer[: len(data)] = data
        self._left -= len(data)
        return len(data)


def _decompressed(name: str, member: _Window, where: str) -> BinaryIO:
    """By the member's own extension; policy allows no other compression in the archive."""
    raw: Any = member
    match name.removeprefix("data.tar"):
        case "":
            opened = raw
        case ".xz":
            opened = lzma.LZMAFile(raw)  # noqa: SIM115  closed with the package
        case ".gz":
            opened = gzip.GzipFile(fileobj=raw)
        case ".bz2":
            opened = bz2.BZ2File(raw)
        case ".zst":
            opened = pa.CompressedInputStream(raw, "zstd")
        case _:
            raise BadInputError(f"{name}: an unknown compression", where=where, remedy="Use a newer Tenuto")
    return cast("BinaryIO", opened)
