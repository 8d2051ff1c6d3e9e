"""From the cells of a table to source rows, as a mapping says (docs/formats/mapping.md, clauses 8 to 14)."""

import math
import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, Final

import msgspec

from tenuto.formats.mapping import TEXT_FIELDS, Column, TableMapping
from tenuto.formats.text import canonical, clean
from tenuto.model.errors import BadInputError, ConfigurationError
from tenuto.model.ids import Sha256, SourceKey, SourceName
from tenuto.model.rights import Evidence, EvidenceKind
from tenuto.model.source import Access, Identifier, Listens, Location, Scheme, SourceRow

Getter = Callable[[list[str]], str]
Converter = tuple[str, Callable[[str], Any]]

_WHOLE: Final = re.compile(r"\s*(\d{1,9})(?:\.0*)?\s*(?:/.*)?")
_YEAR: Final = re.compile(r"\s*([12]\d{3})(?:\.0*|-\d.*)?\s*")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_EPOCH: Final = re.compile(r"\d{9,10}")
_URL: Final = re.compile(r"https?://[^\s\x00-\x1f]+", re.IGNORECASE)
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_IDENTIFIERS: Final = {
    "isrc": (Scheme.ISRC, re.compile(r"[A-Z]{2}[A-Z0-9]{3}\d{7}")),
    "mbid": (Scheme.MBID, re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")),
}
_LONGEST_MS: Final = 10**12


class RowBuilder:
    """Makes rows of one table. `columns` names the cells, those of a joined table included."""

    def __init__(self, source: SourceName, table: TableMapping, columns: list[str], origin: str) -> None:
        self._source, self._table = source, table
        self._key = [_getter(column, columns, frozenset(), origin) for column in table.key]
        self._fields = {
            name: _getter(column, columns, table.null_values, origin)
            for name, column in table.columns.items()
        }
        converters = _CONVERTERS | {"duration": ("duration_ms", self._duration)}
        self._plain = [(*converters[name], get) for name, get in self._fields.items() if name in converters]
        self._defaults = _constants(table, converters, origin)
        self._compound = [(name, get) for name, get in self._fields.items() if name not in converters]
        self._fixed = {name: text for name, text in table.constants.items() if name not in converters}
        self._parts = [
            part for part in self._all_parts() if part[0] & (table.columns.keys() | table.constants.keys())
        ]
        self._evidence_origin = _evidence_origin(table, origin)
        self.window = table.listens_window

    def build(self, ordinal: int, cells: list[str], raw: str) -> SourceRow:
        """`BadInputError` says which field can't be what the mapping makes of it."""
        fields = self._defaults.copy()
        for name, convert, get in self._plain:
            if text := get(cells):
                fields[name] = convert(text)
        if self._parts:
            found = self._fixed | {name: text for name, get in self._compound if (text := get(cells))}
            for _, name, part in self._parts:
                fields[name] = part(found)
        return SourceRow(self._source, ordinal, self._table.entity, self._key_of(cells), raw, **fields)

    def _all_parts(self) -> list[tuple[set[str], str, Callable[[dict[str, str]], Any]]]:
        """(what a mapping must name, the row's field, how it is made of several cells)."""
        return [
            (set(_IDENTIFIERS), "identifiers", _identifiers),
            ({"listens", "listens_time"}, "listens", self._listens),
            ({"evidence"}, "evidence", self._evidence),
            ({"location"}, "location", _location),
        ]

    def day(self, cells: list[str]) -> date | None:
        """The row's day of listening; None without a column for it or when it isn't a time."""
        get = self._fields.get("listens_time")
        try:
            return _day(get(cells)) if get else None
        except BadInputError:
            return None

    def _key_of(self, cells: list[str]) -> SourceKey:
        parts = [get(cells) for get in self._key]
        if self._table.fold_key:
            parts = [" ".join(unicodedata.normalize("NFC", part.casefold()).split()) for part in parts]
        if not all(map(str.strip, parts)):
            raise BadInputError("a key column is empty, so the row doesn't say what it is about")
        return SourceKey("\n".join(parts))

    def _duration(self, text: str) -> int | None:
        value = _number("duration", text) * (1 if self._table.duration_unit == "ms" else 1000)
        if value > _LONGEST_MS:
            raise BadInputError(f"duration: {text[:40]!r} is too long")
        return round(value) or None

    def _listens(self, found: dict[str, str]) -> Listens | None:
        if time := found.get("listens_time"):
            _day(time)
        count = found.get("listens")
        return Listens(_number("listens", count), self._table.listens_unit, self.window) if count else None

    def _evidence(self, found: dict[str, str]) -> tuple[Evidence, ...]:
        statement = clean(found.get("evidence", ""))
        if not statement:
            return ()
        holder = clean(found.get("holder", ""))
        return (Evidence(EvidenceKind.TABLE, statement, self._evidence_origin, holder),)


def _constants(table: TableMapping, converters: dict[str, Converter], origin: str) -> dict[str, Any]:
    try:
        return {
            converters[name][0]: converters[name][1](text)
            for name, text in table.constants.items()
            if name in converters
        }
    except BadInputError as error:
        raise ConfigurationError(f"constant {error}", where=origin, remedy="Mend the mapping") from error


def _evidence_origin(table: TableMapping, origin: str) -> str:
    column = table.columns.get("evidence")
    if column is None:
        return f"{origin}: constant"
    file, name = origin, column.name
    if table.join and name.startswith(f"{table.join.name}."):
        file, name = table.join.file, name.removeprefix(f"{table.join.name}.")
    return f"{file}: column {'#/'.join((name, '/'.join(column.pointer))) if column.pointer else name}"


def _getter(column: Column, columns: list[str], nulls: frozenset[str], origin: str) -> Getter:
    if column.name not in columns:
        raise ConfigurationError(
            f"no column {column.name!r}",
            where=origin,
            remedy=f"It has: {', '.join(columns)}; mend the mapping",
        )
    place, steps = columns.index(column.name), column.pointer
    if steps:
        return lambda cells: _inside(cells[place], steps, nulls)
    if nulls:
        return lambda cells: "" if cells[place] in nulls else cells[place]
    return lambda cells: cells[place]


def _inside(cell: str, steps: tuple[str, ...], nulls: frozenset[str]) -> str:
    """What a cell of JSON holds at a pointer; empty where it holds nothing there."""
    if not cell or cell in nulls:
        return ""
    try:
        value: object = msgspec.json.decode(cell)
    except msgspec.DecodeError as error:
        raise BadInputError(f"a cell that should hold JSON doesn't ({error})") from error
    for step in steps:
        if isinstance(value, dict):
            value = value.get(step)
        else:
            value = (
                value[int(step)]
                if isinstance(value, list) and step.isdigit() and int(step) < len(value)
                else None
            )
    if value is None:
        return ""
    text = value if isinstance(value, str) else canonical({"": value})[4:-1]
    return "" if text in nulls else text


def _whole(name: str, text: str) -> int | None:
    """A whole number; `3/12` counts as 3, and 0 as unknown."""
    if text.isascii() and text.isdecimal() and len(text) < 10:
        return int(text) or None
    match = _WHOLE.fullmatch(text)
    if match is None:
        raise BadInputError(f"{name}: {text[:40]!r} is not a whole number")
    return int(match[1]) or None


def _year(text: str) -> int | None:
    """Four digits, alone or at the head of an ISO date; 0 counts as unknown."""
    if text == "0":
        return None
    match = _YEAR.fullmatch(text)
    if match is None:
        raise BadInputError(f"year: {text[:40]!r} is not a year")
    return int(match[1])


def _number(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise BadInputError(f"{name}: {text[:40]!r} is not a number from 0 up")
    return value


def _day(text: str) -> date:
    """Of an ISO date or time, or of seconds since 1970 (UTC)."""
    try:
        if match := _DAY.match(text):
            return date.fromisoformat(match[0])
        if _EPOCH.fullmatch(text):
            return datetime.fromtimestamp(int(text), UTC).date()
    except ValueError:
        pass
    raise BadInputError(f"listens_time: {text[:40]!r} is neither an ISO time nor seconds since 1970")


def _identifiers(found: dict[str, str]) -> tuple[Identifier, ...]:
    """One that hasn't its scheme's form is left out: it would merge what is not the same."""
    identifiers = []
    for name, (scheme, form) in _IDENTIFIERS.items():
        text = found.get(name)
        if not text:
            continue
        value = re.sub(r"[\s-]", "", text).upper() if scheme is Scheme.ISRC else text.strip().lower()
        if form.fullmatch(value):
            identifiers.append(Identifier(scheme, value))
    return tuple(identifiers)


def _location(found: dict[str, str]) -> Location | None:
    url = found.get("location", "").strip()
    if " " in url:
        url = url.replace(" ", "%20")
    if not url:
        return None
    if not _URL.fullmatch(url):
        raise BadInputError(f"location: {url[:80]!r} is not an http or https URL")
    digest = found.get("location_sha256", "").strip().lower()
    if digest and not _SHA256.fullmatch(digest):
        raise BadInputError(f"location_sha256: {digest[:80]!r} is not a SHA-256")
    length = found.get("location_length", "")
    kind = clean(found.get("location_media_type", "")) or None
    return Location(
        url,
        Access.REMOTE,
        _whole("location_length", length) if length else None,
        Sha256(digest) if digest else None,
        kind,
    )


_CONVERTERS: Final[dict[str, Converter]] = {
    **{name: (name, clean) for name in TEXT_FIELDS},
    "disc_number": ("disc_number", partial(_whole, "disc_number")),
    "track_number": ("track_number", partial(_whole, "track_number")),
    "year": ("year", _year),
    "release_key": ("release_key", SourceKey),
}
"""From a mapping's field to the row's field and how its text becomes a value."""
