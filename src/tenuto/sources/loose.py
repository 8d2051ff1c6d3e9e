"""Values of JSON documents whose makers don't hold to one type: texts, lists of texts, numbers in quotes."""

import re
from typing import Final

import msgspec

from tenuto.formats.text import canonical, clean
from tenuto.model.errors import BadInputError

_WHOLE: Final = re.compile(r"\d{1,15}")
_YEAR: Final = re.compile(r"([12]\d{3})(?!\d)")
_PLACE: Final = re.compile(r"(\d{1,5})(?:\s*/\s*\d*)?")
_SECONDS: Final = re.compile(r"\d{1,9}(?:\.\d+)?")
_CLOCK: Final = re.compile(r"(?:(\d{1,3}):)?(\d{1,4}):(\d{1,2}(?:\.\d+)?)")

_LONGEST_RAW: Final = 2**18
"""Bytes of one record. Decoded, a document takes up to about fifty times its own size."""

_LONGEST_TEXT: Final = 1000
"""Characters of a name or a title; what is longer is cut, and whole in the row's `raw`."""


def record(data: bytes | memoryview | msgspec.Raw) -> dict[str, object]:
    """A JSON object. `BadInputError` where it isn't one, or is too long to be one record."""
    if len(memoryview(data)) > _LONGEST_RAW:
        raise BadInputError(f"a record longer than {_LONGEST_RAW:,} bytes")
    try:
        return msgspec.json.decode(data, type=dict[str, object])
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise BadInputError(f"not a JSON object ({error})") from error


class _Object(msgspec.Struct):
    """Any JSON object; nothing of it is kept."""


def objects(data: bytes | memoryview | msgspec.Raw, most: int) -> list[msgspec.Raw]:
    """The objects of a JSON list, undecoded. `BadInputError` where it is another thing, or one of too many.

    Memory is bounded before anything is made of the list: objects are counted by their braces first.
    """
    if bytes(data).count(b"{") > most:
        raise BadInputError(f"a list of more than {most:,} objects")
    try:
        msgspec.json.decode(data, type=list[_Object])
        return msgspec.json.decode(data, type=list[msgspec.Raw])
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise BadInputError(f"not a list of objects ({error})") from error


def raw(found: dict[str, object]) -> str:
    """The record as canonical JSON. `BadInputError` where I-JSON can't hold it."""
    try:
        return canonical(found)
    except (ValueError, RecursionError) as error:
        raise BadInputError(f"not I-JSON ({error})") from error


def texts(value: object) -> tuple[str, ...]:
    """One text or several, cleaned; numbers and truth values as JSON writes them; nothing else."""
    several = value if isinstance(value, list) else [value]
    plain = (str(each).lower() if isinstance(each, bool) else str(each) for each in several if _plain(each))
    return tuple(text for each in plain if (text := clean(each)))


def short(text: str) -> str:
    """The beginning of a text that is longer than any title."""
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1].rstrip() + "…"


def _plain(value: object) -> bool:
    return isinstance(value, (str, float)) or (isinstance(value, int) and abs(value) < 2**63)


def text(value: object) -> str:
    """The first text, short, or nothing."""
    return short(next(iter(texts(value)), ""))


def whole(value: object) -> int | None:
    """A whole number from 0 up; None where there is none."""
    found = _WHOLE.fullmatch(text(value))
    return int(found[0]) if found else None


def place(value: object) -> int | None:
    """A track's or disc's number, from 1; of `3/12` the 3."""
    found = _PLACE.fullmatch(text(value))
    return int(found[1]) or None if found else None


def year(value: object) -> int | None:
    """Of an ISO 8601 date, or of a year alone."""
    found = _YEAR.match(text(value))
    return int(found[1]) if found else None


def milliseconds(value: object) -> int | None:
    """Of seconds (`243.17`) or of a clock (`4:03`, `1:04:03`); None where it is neither, or nothing."""
    said = text(value)
    if _SECONDS.fullmatch(said):
        return round(float(said) * 1000) or None
    if found := _CLOCK.fullmatch(said):
        minutes = int(found[1] or 0) * 60 + int(found[2])
        return round((minutes * 60 + float(found[3])) * 1000) or None
    return None
