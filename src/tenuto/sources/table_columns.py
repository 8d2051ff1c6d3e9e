"""From runs of a table's rows to blocks of source rows, column by column, as a mapping says."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tenuto.formats.harvest import Block
from tenuto.formats.harvest_columns import EVIDENCE, IDENTIFIER, ROWS_SCHEMA
from tenuto.formats.mapping import LOCATION_PARTS, NUMBER_FIELDS, TEXT_FIELDS, Column, TableMapping
from tenuto.model.errors import BadInputError, ConfigurationError
from tenuto.model.ids import SourceName
from tenuto.model.rights import EvidenceKind
from tenuto.model.source import Access, RejectedRow, Scheme
from tenuto.sources.table_fields import Cells, Convert, Faults, Field, converters, key
from tenuto.sources.table_files import RAW_LIMIT, Run

_KEYLESS: Final = "a key column is empty, so the row doesn't say what it is about"
_IDENTIFIERS: Final = {"isrc": Scheme.ISRC, "mbid": Scheme.MBID, "barcode": Scheme.BARCODE}
_COLUMNS: Final = {
    **{name: name for name in (*TEXT_FIELDS, *NUMBER_FIELDS, "artist_key", "release_key")},
    "duration": "duration_ms",
    "listens": "listens_count",
    "listener": "listens_listener",
    "location": "location_uri",
    **{name: f"features_{name}" for name in ("explicit", "key", "mode", "tempo")},
    **{name: name for name in LOCATION_PARTS},
}
"""Fields whose values fill one column of the rows as they are."""


class BlockBuilder:
    """Makes blocks of one table. `columns` names the cells, those of a joined table included."""

    def __init__(self, source: SourceName, table: TableMapping, columns: list[str], origin: str) -> None:
        self._source, self._table, self.origin = source, table, origin
        made = partial(key, fold=table.fold_key, whole=table.whole_keys)
        convert = made if table.fold_key or table.whole_keys else None
        self._keys = [Field((column,), convert, columns, origin, default="") for column in table.key]
        self._fields = {
            name: self._field(name, make, columns, origin)
            for name, make in converters(table).items()
            if name in table.columns or name in table.constants
        }
        self._evidence_origin = _evidence_origin(table, origin)
        self.window = table.listens_window

    def _field(self, name: str, convert: Convert, columns: list[str], origin: str) -> Field:
        table = self._table
        default: object = "" if name in TEXT_FIELDS else None
        try:
            default = convert(table.constants[name]) if name in table.constants else default
        except BadInputError as error:
            raise ConfigurationError(f"constant {error}", where=origin, remedy="Mend the mapping") from error
        return Field(
            table.columns.get(name, ()),
            convert,
            columns,
            origin,
            nulls=table.null_values,
            default=default,
            together=name == "genre",
        )

    def days(self, cells: Cells) -> set[date]:
        """The days of listening that can be read."""
        field = self._fields.get("listens_time")
        return set(field.values(cells, Faults())) - {None} if field else set()

    def block(self, first: int, run: Run, cells: Cells) -> Block:
        """`first` is the ordinal of the run's first row."""
        faults = Faults()
        found = {name: field.values(cells, faults) for name, field in self._fields.items()}
        keys = self._joined_keys(cells, faults)
        rows = self._batch(first, run, keys, found)
        if not faults.found:
            return Block(rows)
        kept = np.ones(len(run), np.bool_)
        kept[list(faults.found)] = False
        rejects = (self._reject(first, run, *fault) for fault in sorted(faults.found.items()))
        return Block(rows.filter(pa.array(kept)), tuple(rejects))

    def _reject(self, first: int, run: Run, place: int, what: str) -> RejectedRow:
        where, raw = f"{self.origin}:{run.numbers[place]}", run.raws[place].as_py()[:RAW_LIMIT]
        return RejectedRow(self._source, first + place, where, f"{what}; mend the row or the mapping", raw)

    def _joined_keys(self, cells: Cells, faults: Faults) -> Sequence[str]:
        parts = [field.values(cells, faults) for field in self._keys]
        for part in parts:
            if not all(map(str.strip, part)):
                faults.add(part, {text: _KEYLESS for text in part if not text.strip()})
        return parts[0] if len(parts) == 1 else list(map("\n".join, zip(*parts, strict=True)))

    def _batch(
        self, first: int, run: Run, keys: Sequence[str], found: dict[str, Sequence[Any]]
    ) -> pa.RecordBatch:
        length = len(run)
        columns = {
            "source": _same(self._source, length),
            "ordinal": pa.array(np.arange(first, first + length)),
            "entity": _same(self._table.entity, length),
            "key": pa.array(keys, pa.string()),
            "raw": run.raws,
            "identifiers": self._identifiers(found, length),
            "evidence": self._evidence(found, length),
        }
        for name in _COLUMNS.keys() & found.keys():
            column = _COLUMNS[name]
            columns[column] = pa.array(found[name], ROWS_SCHEMA.field(column).type)
        self._complete(columns, length)
        whole = [columns[name] if name in columns else _unknown(name, length) for name in ROWS_SCHEMA.names]
        return pa.RecordBatch.from_arrays(whole, schema=ROWS_SCHEMA)

    def _complete(self, columns: dict[str, pa.Array], length: int) -> None:
        """What a row has only together with a count of listens, or with a location."""
        if (count := columns.get("listens_count")) is not None:
            listener = columns.get("listens_listener", pa.nulls(length, pa.string()))
            columns["listens_listener"] = _where(count, pc.fill_null(listener, ""))
            columns["listens_unit"] = _where(count, _same(self._table.listens_unit, length))
            columns["listens_window"] = _where(count, _same(self.window, length))
        else:
            columns.pop("listens_listener", None)
        uri = columns.get("location_uri", pa.nulls(length, pa.string()))
        columns["location_access"] = _where(uri, _same(Access.REMOTE, length))
        for name in LOCATION_PARTS & columns.keys():
            columns[name] = _where(uri, columns[name])

    def _identifiers(self, found: dict[str, Sequence[Any]], length: int) -> pa.Array:
        slots = [
            [_same(scheme, length), pa.array(found[name], pa.string())]
            for name, scheme in _IDENTIFIERS.items()
            if name in found
        ]
        return _lists(IDENTIFIER, slots, length, known_by=1)

    def _evidence(self, found: dict[str, Sequence[Any]], length: int) -> pa.Array:
        if "evidence" not in found:
            return _lists(EVIDENCE, [], length, known_by=1)
        statement = pa.array([text or None for text in found["evidence"]], pa.string())
        holder = pa.array(found.get("holder", [""] * length), pa.string()).fill_null("")
        kind, origin = _same(EvidenceKind.TABLE, length), _same(self._evidence_origin, length)
        return _lists(EVIDENCE, [[kind, statement, origin, holder]], length, known_by=1)


def _lists(struct: pa.StructType, slots: list[list[pa.Array]], length: int, *, known_by: int) -> pa.Array:
    """A column of lists of `struct`: a row's list holds its slots whose member `known_by` isn't null.

    A slot has an array a member.
    """
    known = np.zeros((length, len(slots)), np.bool_)
    for number, slot in enumerate(slots):
        known[:, number] = slot[known_by].is_valid()
    offsets = np.zeros(length + 1, np.int32)
    np.cumsum(known.sum(axis=1), out=offsets[1:])
    row, place = np.nonzero(known)
    taken = pa.array(place * length + row)
    empty = [pa.nulls(0, pa.string())] * struct.num_fields
    members = zip(*(slots or [empty]), strict=True)
    arrays = [pa.concat_arrays(list(each)).take(taken) for each in members]
    flat = pa.StructArray.from_arrays(arrays, fields=list(struct))
    return pa.ListArray.from_arrays(pa.array(offsets), flat, type=pa.list_(struct))


def _same(text: str, length: int) -> pa.Array:
    return pa.repeat(pa.scalar(text, pa.string()), length)


def _where(known: pa.Array, column: pa.Array) -> pa.Array:
    """`column` where `known` isn't null."""
    return pc.if_else(known.is_valid(), column, pa.scalar(None, column.type))


def _unknown(name: str, length: int) -> pa.Array:
    field = ROWS_SCHEMA.field(name)
    return pa.nulls(length, field.type) if field.nullable else _same("", length)


def _evidence_origin(table: TableMapping, origin: str) -> str:
    columns = table.columns.get("evidence")
    if not columns:
        return f"{origin}: constant"
    file, names = origin, [_named(column) for column in columns]
    prefix = f"{table.join.name}." if table.join else ""
    if table.join and all(name.startswith(prefix) for name in names):
        file, names = table.join.file, [name.removeprefix(prefix) for name in names]
    return f"{file}: column {' or '.join(names)}"


def _named(column: Column) -> str:
    return f"{column.name}#/{'/'.join(column.pointer)}" if column.pointer else column.name
