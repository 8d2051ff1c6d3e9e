"""`discogs_YYYYMMDD_CHECKSUM.txt`: the SHA-256 of each dump of a month, as `sha256sum -c` reads it."""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from blake3 import blake3

from tenuto.model.errors import FixityError
from tenuto.model.ports import Reporter

_LINE: Final = re.compile(r"([0-9a-fA-F]{64}) [ *](\S+)")
_SIZE_LIMIT: Final = 2**16
_CHUNK: Final = 2**20


def content_version(paths: Iterable[Path]) -> str:
    """A digest over the published checksums of `paths`, or over the bytes of those that have none."""
    digest = blake3()
    for path in paths:
        published = _published(path)
        digest.update(f"{path.name}\0{published}\0".encode())
        if not published:
            digest.update(blake3().update_mmap(path).digest())
    return f"blake3:{digest.hexdigest()}"


def check(path: Path, reporter: Reporter) -> None:
    """`FixityError` when the file isn't what the checksums beside it say. Without checksums all is well."""
    published = _published(path)
    if not published:
        return
    reporter.phase(f"check {path.name}", total_bytes=path.stat().st_size)
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while data := file.read(_CHUNK):
            digest.update(data)
            reporter.advance(0, done_bytes=len(data))
    if digest.hexdigest() != published:
        raise FixityError(
            "its SHA-256 isn't the one that Discogs published",
            where=path.name,
            remedy="Download it again; to read what there is all the same, move the CHECKSUM file away",
        )


def _published(path: Path) -> str:
    """The SHA-256 that stands in the month's checksums; empty without."""
    month = path.name.split("_")[1]
    beside = path.with_name(f"discogs_{month}_CHECKSUM.txt")
    if not beside.is_file():
        return ""
    with beside.open("rb") as file:
        text = file.read(_SIZE_LIMIT).decode("utf-8", "replace")
    found = {match[2]: match[1].lower() for line in text.splitlines() if (match := _LINE.match(line))}
    return found.get(path.name, "")
