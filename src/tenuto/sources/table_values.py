"""From a cell's text to a value of the row (docs/formats/mapping.md, clauses 9 to 15)."""

import ast
import math
import re
from datetime import UTC, date, datetime
from typing import Final

import msgspec

from tenuto.formats.text import canonical, clean
from tenuto.model.errors import BadInputError
from tenuto.model.source import Mode

_WHOLE: Final = re.compile(r"\s*(\d{1,9})(?:\.0*)?\s*(?:/.*)?", re.ASCII)
_WHOLE_KEY: Final = re.compile(r"(\d+)\.0+", re.ASCII)
_YEAR: Final = re.compile(r"\s*([12]\d{3})(?:\.0*|-\d.*)?\s*", re.ASCII)
_SLASHED: Final = re.compile(r"\s*(?:\d{1,2}/){1,2}([12]\d{3})(?:\s.*)?", re.ASCII)
_CLOCK: Final = re.compile(r"(?:(\d{1,4}):)?(\d{1,4}):(\d{1,2}(?:\.\d+)?)", re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_EPOCH: Final = re.compile(r"\d{9,10}", re.ASCII)
_URL: Final = re.compile(r"[Hh][Tt]{2}[Pp][Ss]?://[^\s\x00-\x1f]+")
_MBID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TRUE: Final = frozenset({"1", "true", "t", "yes", "y", "explicit"})
_FALSE: Final = frozenset({"0", "false", "f", "no", "n", "clean", "not explicit"})
_MODES: Final = {
    **dict.fromkeys(("1", "major", "maj"), Mode.MAJOR),
    **dict.fromkeys(("0", "minor", "min", "m"), Mode.MINOR),
}
_NATURAL: Final = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11, "h": 11}
_ACCIDENTAL: Final = {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1}
_LONGEST_MS: Final = 10**12
_LONGEST_LITERAL: Final = 2**16


def whole(name: str, text: str) -> int | None:
    """A whole number; `3/12` counts as 3, and 0 as unknown."""
    if text.isascii() and text.isdecimal() and len(text) < 10:
        return int(text) or None
    match = _WHOLE.fullmatch(text)
    if match is None:
        raise BadInputError(f"{name}: {text[:40]!r} is not a whole number")
    return int(match[1]) or None


def length(text: str) -> int | None:
    """Bytes; 0 is unknown."""
    digits = text.strip().removesuffix(".0")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 16):
        raise BadInputError(f"location_length: {text[:40]!r} is not a number of bytes")
    return int(digits) or None


def whole_key(text: str) -> str:
    """`7.0` as `7`: how tables are written whose keys went through floating-point numbers."""
    match = _WHOLE_KEY.fullmatch(text)
    return match[1] if match else text


def year(text: str) -> int | None:
    """Four digits: alone, at the head of an ISO date or at the end of one with slashes; 0 is unknown."""
    if text == "0":
        return None
    match = _YEAR.fullmatch(text) or _SLASHED.fullmatch(text)
    if match is None:
        raise BadInputError(f"year: {text[:40]!r} is not a year")
    return int(match[1])


def number(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise BadInputError(f"{name}: {text[:40]!r} is not a number from 0 up")
    return value


def milliseconds(unit: int, text: str) -> int | None:
    """Of `m:ss` or `h:mm:ss`, or of a number of `unit` milliseconds; 0 is unknown."""
    if ":" in text and (clock := _CLOCK.fullmatch(text.strip())):
        minutes = 60 * int(clock[1] or 0) + int(clock[2])
        value = 1000 * (60 * minutes + float(clock[3]))
    else:
        value = unit * number("duration", text)
    if value > _LONGEST_MS:
        raise BadInputError(f"duration: {text[:40]!r} is too long")
    return round(value) or None


def day(text: str) -> date:
    """Of an ISO date or time, or of seconds since 1970 (UTC)."""
    try:
        if match := _DAY.match(text):
            return date.fromisoformat(match[0])
        if _EPOCH.fullmatch(text):
            return datetime.fromtimestamp(int(text), UTC).date()
    except ValueError:
        pass
    raise BadInputError(f"listens_time: {text[:40]!r} is neither an ISO time nor seconds since 1970")


def genres(separator: str, text: str) -> str:
    """Between `; `, each once. An array of PostgreSQL's (`{pop,"hip hop"}`) comes without its marks."""
    if text.startswith("{") and text.endswith("}"):
        text = text[1:-1].replace('"', "")
    if separator:
        text = text.replace(separator, ";")
    return "; ".join(dict.fromkeys(genre for part in text.split(";") if (genre := clean(part))))


def mbid(text: str) -> str | None:
    value = text.strip().lower()
    return value if _MBID.fullmatch(value) else None


def url(prefix: str, text: str) -> str | None:
    """An http or https URL; what is none stands behind `prefix`."""
    if _URL.fullmatch(text):
        return text
    found = text.strip()
    if not found:
        return None
    if prefix and not _URL.fullmatch(found):
        found = prefix + found
    found = found.replace(" ", "%20")
    if not _URL.fullmatch(found):
        raise BadInputError(f"location: {found[:80]!r} is not an http or https URL")
    return found


def digest(name: str, digits: int, text: str) -> str:
    value = text.strip().lower()
    if len(value) != digits or not set(value) <= set("0123456789abcdef"):
        raise BadInputError(f"{name}: {value[:80]!r} hasn't {digits} hexadecimal digits")
    return value


def truth(name: str, text: str) -> bool:
    word = text.strip().lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise BadInputError(f"{name}: {text[:40]!r} is neither true nor false")


def pitch_class(text: str) -> int | None:
    """0 (C) to 11 (B), or a name: `C#`, `Eb`, `F♯`. -1 is unknown, as where a program found no key."""
    name = text.strip().lower().removesuffix(".0")
    if name == "-1":
        return None
    if name.isascii() and name.isdecimal() and int(name[:9]) < 12:
        return int(name)
    natural, accidental = _NATURAL.get(name[:1]), _ACCIDENTAL.get(name[1:])
    if natural is None or accidental is None:
        raise BadInputError(f"key: {text[:40]!r} is neither 0 to 11 nor a note's name")
    return (natural + accidental) % 12


def mode(text: str) -> str:
    found = _MODES.get(text.strip().lower().removesuffix(".0"))
    if found is None:
        raise BadInputError(f"mode: {text[:40]!r} is neither major (1) nor minor (0)")
    return found


def tempo(text: str) -> float | None:
    """Beats a minute; 0 is unknown."""
    value = number("tempo", text)
    if value >= 10_000:
        raise BadInputError(f"tempo: {text[:40]!r} is too fast")
    return value or None


def inside(steps: tuple[str, ...], cell: str) -> str:
    """What a cell of JSON holds at a pointer (RFC 6901; `*`: at each place of a list, between `; `)."""
    try:
        return _at(_parsed(cell), steps)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise BadInputError(f"a cell that should hold JSON doesn't ({error})") from error


def _parsed(cell: str) -> object:
    """JSON, or the same in Python's notation, as data frames of lists are written to CSV."""
    try:
        return msgspec.json.decode(cell)
    except msgspec.DecodeError:
        if len(cell) > _LONGEST_LITERAL:
            raise
        return ast.literal_eval(cell)


def _is_place(step: str, length: int) -> bool:
    return step.isascii() and step.isdecimal() and int(step[:10]) < length


def _at(value: object, steps: tuple[str, ...]) -> str:
    for place, step in enumerate(steps):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list | tuple) and step == "*":
            found = (_at(each, steps[place + 1 :]) for each in value)
            return "; ".join(filter(None, found))
        elif isinstance(value, list | tuple) and _is_place(step, len(value)):
            value = value[int(step)]
        else:
            return ""
    if value is None:
        return ""
    return value if isinstance(value, str) else canonical({"": value})[4:-1]
