"""Mapping files: how the columns of somebody's table become source rows (docs/formats/mapping.md)."""

from dataclasses import dataclass, field
from typing import Final

import msgspec

from tenuto.formats.toml import read_toml
from tenuto.model.errors import ConfigurationError
from tenuto.model.source import Entity

TEXT_FIELDS: Final = ("title", "artist", "release", "release_artist", "genre", "label")
NUMBER_FIELDS: Final = ("disc_number", "track_number", "year")
OTHER_FIELDS: Final = (
    *("artist_key", "release_key", "duration", "isrc", "mbid", "barcode", "evidence", "holder"),
    *("listens", "listens_time", "listener", "explicit", "key", "mode", "tempo"),
    "location",
)
LOCATION_PARTS: Final = frozenset(
    f"location_{part}" for part in ("length", "sha256", "sha1", "md5", "media_type")
)
FIELDS: Final = frozenset((*TEXT_FIELDS, *NUMBER_FIELDS, *OTHER_FIELDS)) | LOCATION_PARTS
"""What a column can be mapped to."""

FORMATS: Final = ("csv", "tsv", "jsonl", "parquet")
COMPRESSIONS: Final = ("gz", "bz2", "xz", "zst")
"""Endings of compressed files, behind that of the format."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column by name, and where its cells hold JSON the place in it (RFC 6901; empty: the whole cell)."""

    name: str
    pointer: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Column":
        """`name` or `name#/pointer`."""
        name, mark, pointer = text.partition("#/")
        steps = pointer.split("/") if mark else []
        return cls(name, tuple(step.replace("~1", "/").replace("~0", "~") for step in steps))


@dataclass(frozen=True, slots=True)
class Join:
    """A second table whose cells are addressed as `<name>.<column>`; it must fit in memory."""

    file: str
    name: str
    on: str
    """The column of the main table."""
    key: str
    """The column of the joined table; its first row of a value counts."""


@dataclass(frozen=True, slots=True)
class TableMapping:
    """One table of a source."""

    files: tuple[str, ...]
    format: str
    key: tuple[Column, ...]
    columns: dict[str, tuple[Column, ...]]
    """Of several columns the first known cell counts; genres are put together."""
    entity: Entity = Entity.RECORDING
    constants: dict[str, str] = field(default_factory=dict)
    encoding: str = "utf-8"
    fold_key: bool = False
    whole_keys: bool = False
    duration_unit: str = "s"
    genre_separator: str = ""
    listens_unit: str = "plays"
    listens_window: str = ""
    location_prefix: str = ""
    null_values: frozenset[str] = frozenset()
    join: Join | None = None


@dataclass(frozen=True, slots=True)
class Mapping:
    """A source made of tables. `text` is the file itself: a source's settings carry it."""

    tables: tuple[TableMapping, ...]
    text: str
    licence: str = ""
    attribution: str = ""
    keys_are_recordings: bool = True


class _JoinForm(msgspec.Struct, forbid_unknown_fields=True):
    file: str
    name: str
    on: str
    key: str


class _TableForm(msgspec.Struct, forbid_unknown_fields=True):
    files: list[str]
    key: list[str]
    columns: dict[str, str | list[str]]
    format: str = ""
    entity: Entity = Entity.RECORDING
    constants: dict[str, str] = {}
    encoding: str = "utf-8"
    fold_key: bool = False
    whole_keys: bool = False
    duration_unit: str = "s"
    genre_separator: str = ""
    listens_unit: str = "plays"
    listens_window: str = ""
    location_prefix: str = ""
    null_values: list[str] = []
    join: _JoinForm | None = None


class _MappingForm(msgspec.Struct, forbid_unknown_fields=True):
    version: int
    table: list[_TableForm]
    licence: str = ""
    attribution: str = ""
    keys_are_recordings: bool = True


def parse(text: str, where: str) -> Mapping:
    """`ConfigurationError` (with `where`) for anything that the format page doesn't allow."""
    try:
        form = msgspec.convert(read_toml(text.encode()), _MappingForm)
    except ValueError as error:
        raise _wrong(str(error), where) from error
    if form.version != 1 or not form.table:
        raise _wrong("`version = 1` or a `[[table]]` is missing", where)
    tables = tuple(_table(each, f"{where}, table {number}") for number, each in enumerate(form.table, 1))
    return Mapping(tables, text, form.licence, form.attribution, form.keys_are_recordings)


def _table(form: _TableForm, where: str) -> TableMapping:
    if not form.files or not form.key or [] in form.columns.values():
        raise _wrong("`files`, `key` and each of `columns` must name something", where)
    named = form.columns.keys() | form.constants.keys()
    unknown = sorted(named - FIELDS)
    if unknown:
        raise _wrong(f"no such field: {', '.join(unknown)}", where)
    if ("barcode" in named and form.entity is not Entity.RELEASE) or (
        "isrc" in named and form.entity in {Entity.RELEASE, Entity.ARTIST}
    ):
        raise _wrong("`barcode` goes with releases, `isrc` with recordings and listens", where)
    if form.duration_unit not in {"s", "ms"}:
        raise _wrong("`duration_unit` must be s or ms", where)
    if form.location_prefix and not form.location_prefix.startswith(("http://", "https://")):
        raise _wrong("`location_prefix` must be an http or https URL", where)
    return TableMapping(
        tuple(_inside(name, where) for name in form.files),
        _format(form, where),
        tuple(map(Column.parse, form.key)),
        {name: _columns(named) for name, named in form.columns.items()},
        form.entity,
        form.constants,
        form.encoding,
        form.fold_key,
        form.whole_keys,
        form.duration_unit,
        form.genre_separator,
        form.listens_unit,
        form.listens_window,
        form.location_prefix,
        frozenset(form.null_values),
        _join(form.join, where),
    )


def _columns(named: str | list[str]) -> tuple[Column, ...]:
    return tuple(map(Column.parse, [named] if isinstance(named, str) else named))


def _join(form: _JoinForm | None, where: str) -> Join | None:
    return Join(_inside(form.file, where), form.name, form.on, form.key) if form else None


def _inside(name: str, where: str) -> str:
    """A mapping may come from a stranger: it names files beside the table, not files of the machine."""
    if name.startswith("/") or ".." in name.split("/"):
        raise _wrong(f"{name}: files must be inside the source's folder", where)
    return name


def _format(form: _TableForm, where: str) -> str:
    chosen = form.format or format_of(form.files[0])
    if chosen not in FORMATS:
        raise _wrong(f"`format` must be one of {', '.join(FORMATS)}", where)
    return chosen


def format_of(file: str) -> str:
    """What a file's name says of its format: its ending, without that of a compression."""
    stem, _, last = file.lower().rpartition(".")
    if last in COMPRESSIONS:
        last = stem.rpartition(".")[2]
    return {"ndjson": "jsonl"}.get(last, last)


def _wrong(what: str, where: str) -> ConfigurationError:
    return ConfigurationError(what, where=where, remedy="See docs/formats/mapping.md")
