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
    *("release_key", "duration", "isrc", "mbid", "listens", "listens_time", "evidence", "holder"),
    *("location", "location_length", "location_sha256", "location_media_type"),
)
FIELDS: Final = frozenset((*TEXT_FIELDS, *NUMBER_FIELDS, *OTHER_FIELDS))
"""What a column can be mapped to."""

FORMATS: Final = ("csv", "tsv", "jsonl", "parquet")


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
    columns: dict[str, Column]
    entity: Entity = Entity.RECORDING
    constants: dict[str, str] = field(default_factory=dict)
    encoding: str = "utf-8"
    fold_key: bool = False
    duration_unit: str = "s"
    listens_unit: str = "plays"
    listens_window: str = ""
    null_values: frozenset[str] = frozenset()
    join: Join | None = None


@dataclass(frozen=True, slots=True)
class Mapping:
    """A source made of tables. `text` is the file itself: a source's settings carry it."""

    tables: tuple[TableMapping, ...]
    text: str
    licence: str = ""
    attribution: str = ""


class _JoinForm(msgspec.Struct, forbid_unknown_fields=True):
    file: str
    name: str
    on: str
    key: str


class _TableForm(msgspec.Struct, forbid_unknown_fields=True):
    files: list[str]
    key: list[str]
    columns: dict[str, str]
    format: str = ""
    entity: Entity = Entity.RECORDING
    constants: dict[str, str] = {}
    encoding: str = "utf-8"
    fold_key: bool = False
    duration_unit: str = "s"
    listens_unit: str = "plays"
    listens_window: str = ""
    null_values: list[str] = []
    join: _JoinForm | None = None


class _MappingForm(msgspec.Struct, forbid_unknown_fields=True):
    version: int
    table: list[_TableForm]
    licence: str = ""
    attribution: str = ""


def parse(text: str, where: str) -> Mapping:
    """`ConfigurationError` (with `where`) for anything that the format page doesn't allow."""
    try:
        form = msgspec.convert(read_toml(text.encode()), _MappingForm)
    except ValueError as error:
        raise _wrong(str(error), where) from error
    if form.version != 1 or not form.table:
        raise _wrong("`version = 1` or a `[[table]]` is missing", where)
    tables = tuple(_table(each, f"{where}, table {number}") for number, each in enumerate(form.table, 1))
    return Mapping(tables, text, form.licence, form.attribution)


def _table(form: _TableForm, where: str) -> TableMapping:
    if not form.files or not form.key:
        raise _wrong("`files` and `key` must name something", where)
    unknown = sorted((form.columns.keys() | form.constants.keys()) - FIELDS)
    if unknown:
        raise _wrong(f"no such field: {', '.join(unknown)}", where)
    if form.duration_unit not in {"s", "ms"}:
        raise _wrong("`duration_unit` must be s or ms", where)
    return TableMapping(
        tuple(_inside(name, where) for name in form.files),
        _format(form, where),
        tuple(map(Column.parse, form.key)),
        {name: Column.parse(column) for name, column in form.columns.items()},
        form.entity,
        form.constants,
        form.encoding,
        form.fold_key,
        form.duration_unit,
        form.listens_unit,
        form.listens_window,
        frozenset(form.null_values),
        _join(form.join, where),
    )


def _join(form: _JoinForm | None, where: str) -> Join | None:
    return Join(_inside(form.file, where), form.name, form.on, form.key) if form else None


def _inside(name: str, where: str) -> str:
    """A mapping may come from a stranger: it names files beside the table, not files of the machine."""
    if name.startswith("/") or ".." in name.split("/"):
        raise _wrong(f"{name}: files must be inside the source's folder", where)
    return name


def _format(form: _TableForm, where: str) -> str:
    extensions = {"ndjson": "jsonl"}
    last = form.files[0].rpartition(".")[2].lower()
    chosen = form.format or extensions.get(last, last)
    if chosen not in FORMATS:
        raise _wrong(f"`format` must be one of {', '.join(FORMATS)}", where)
    return chosen


def _wrong(what: str, where: str) -> ConfigurationError:
    return ConfigurationError(what, where=where, remedy="See docs/formats/mapping.md")
