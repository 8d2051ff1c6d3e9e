"""BagIt 1.0 (RFC 8493): declaration, `bag-info.txt` and manifests. docs/formats/packages.md.

Bags of 0.93 to 0.97 are read too: they differ in nothing that matters here.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from tenuto.model.errors import BadInputError

DECLARATION_FILE: Final = "bagit.txt"
INFO_FILE: Final = "bag-info.txt"
FETCH_FILE: Final = "fetch.txt"
PAYLOAD: Final = "data"
DECLARATION: Final = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"

ALGORITHMS: Final = ("sha512", "sha256", "sha1", "md5")
"""Of manifests that are checked, by their names in file names (RFC 8493, 2.4)."""

_MANIFEST: Final = re.compile(r"(tag)?manifest-([a-z0-9]+)\.txt")
_DECLARED: Final = re.compile(
    r"BagIt-Version: *(\d+)\.(\d+)[ \t]*\r?\n?Tag-File-Character-Encoding: *([A-Za-z0-9_.:-]+)\s*"
)
_LINE: Final = re.compile(r"([0-9A-Fa-f]+)[ \t]+\*?(?:\./)?(.+)")
_MAX_LINE: Final = 64 * 1024
_ENCODED: Final = re.compile("%(0[AaDd]|25)")


@dataclass(frozen=True, slots=True)
class ManifestName:
    """What a manifest's file name says: `manifest-sha256.txt`, `tagmanifest-md5.txt`."""

    of_tags: bool
    algorithm: str


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of a manifest: the file at `path`, from the bag's folder, has this digest (hexadecimal)."""

    path: str
    digest: str


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that can't be read; the others stay good."""

    number: int


def manifest_name(file: str) -> ManifestName | None:
    """None for a file that is no manifest."""
    match = _MANIFEST.fullmatch(file)
    return ManifestName(bool(match[1]), match[2]) if match else None


def write_manifest_line(path: str, digest: str) -> bytes:
    """CR, LF and the percent sign in a path are percent-encoded (2.1.3)."""
    encoded = path.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return f"{digest}  {encoded}\n".encode()


def read_manifest(stream: BinaryIO, encoding: str) -> Iterator[Listed | BadLine]:
    """Line by line, in bounded memory."""
    number = 0
    while line := stream.readline(_MAX_LINE):
        number += 1
        if line.strip():
            yield _listed(line, encoding) or BadLine(number)


def read_declaration(data: bytes) -> str:
    """The encoding of the tag files. `BadInputError` where `bagit.txt` declares no bag that we can read."""
    match = _DECLARED.fullmatch(data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace"))
    if match is None or (int(match[1]), int(match[2])) > (1, 0):
        raise BadInputError("it declares no BagIt version up to 1.0", where=DECLARATION_FILE)
    try:
        "".encode(match[3])
    except LookupError:
        raise BadInputError(f"no such encoding: {match[3]}", where=DECLARATION_FILE) from None
    return match[3]


def write_info(elements: Iterable[tuple[str, str]]) -> bytes:
    """`bag-info.txt`: a label and a value a line. Line breaks in values become spaces."""
    return "".join(f"{label}: {' '.join(value.split())}\n" for label, value in elements).encode()


def _listed(line: bytes, encoding: str) -> Listed | None:
    try:
        match = _LINE.fullmatch(line.decode(encoding).rstrip("\r\n"))
    except UnicodeDecodeError:
        return None
    if match is None or len(line) == _MAX_LINE:
        return None
    path = _ENCODED.sub(lambda found: chr(int(found[1], 16)), match[2])
    return Listed(path, match[1].lower())
