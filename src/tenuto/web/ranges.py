"""One byte range of a representation, as RFC 9110, section 14, has it. Pure."""

import re
from dataclasses import dataclass
from typing import Final

_SINGLE: Final = re.compile(r"bytes=\s*(?:(\d{1,19})-(\d{0,19})|-(\d{1,19}))\s*", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Slice:
    """Bytes `start` up to, not including, `stop`. Never empty."""

    start: int
    stop: int

    def content_range(self, length: int) -> str:
        """The `Content-Range` of a 206."""
        return f"bytes {self.start}-{self.stop - 1}/{length}"


@dataclass(frozen=True, slots=True)
class Unsatisfiable:
    """A valid range that shares no byte with the representation: 416."""


def requested(header: str | None, length: int) -> Slice | Unsatisfiable | None:
    """What a `Range` field asks of `length` bytes. None: the whole, with 200.

    A field that is malformed, names another unit or several ranges is ignored, as section 14.2 allows.
    """
    found = _SINGLE.fullmatch(header) if header else None
    if found is None:
        return None
    first, last, suffix = found.groups()
    if suffix is not None:
        return Slice(max(0, length - int(suffix)), length) if int(suffix) and length else Unsatisfiable()
    start = int(first)
    stop = min(int(last) + 1, length) if last else length
    if last and int(last) < start:
        return None
    return Slice(start, stop) if start < length else Unsatisfiable()


def still_applies(if_range: str | None, etag: str) -> bool:
    """Whether `Range` counts. Only a strong, equal entity tag does (section 13.1.5); dates never match,
    because no `Last-Modified` is sent."""
    return if_range is None or if_range.strip() == etag


def unchanged(if_none_match: str | None, etag: str) -> bool:
    """Whether the client's copy is current (section 13.1.2, weak comparison)."""
    if if_none_match is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return "*" in tags or etag in tags
