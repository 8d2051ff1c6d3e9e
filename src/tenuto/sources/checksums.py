"""Files of checksums that publishers put beside their dumps, as `sha256sum` writes and checks them."""

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


def published(path: Path, beside: str) -> str:
    """The SHA-256 of `path` that stands in the file `beside` it; empty where none does."""
    listing = path.with_name(beside)
    if not listing.is_file():
        return ""
    with listing.open("rb") as file:
        text = file.read(_SIZE_LIMIT).decode("utf-8", "replace")
    found = {match[2]: match[1].lower() for line in text.splitlines() if (match := _LINE.match(line))}
    return found.get(path.name, "")


def check(path: Path, sha256: str, reporter: Reporter) -> None:
    """`FixityError` when the file hasn't this SHA-256. Without one (empty) all is well."""
    if not sha256:
        return
    reporter.phase(f"check {path.name}", total_bytes=path.stat().st_size)
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while data := file.read(_CHUNK):
            digest.update(data)
            reporter.advance(0, done_bytes=len(data))
    if digest.hexdigest() != sha256:
        raise FixityError(
            "its SHA-256 isn't the one that stands beside it",
            where=path.name,
            remedy="Download it again; to read what there is all the same, move the checksums' file away",
        )


def content_version(files: Iterable[tuple[Path, str]]) -> str:
    """A digest over the published checksums of files, or over the bytes of those that have none (empty)."""
    digest = blake3()
    for path, sha256 in files:
        digest.update(f"{path.name}\0{sha256}\0".encode())
        if not sha256:
            digest.update(blake3().update_mmap(path).digest())
    return f"blake3:{digest.hexdigest()}"
