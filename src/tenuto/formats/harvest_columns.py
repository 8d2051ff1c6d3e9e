"""The columns of a harvest's rows (docs/formats/harvest.md): from `SourceRow` to Arrow and back."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import pyarrow as pa

from tenuto.model.ids import SourceName
from tenuto.model.rights import Evidence, EvidenceKind
from tenuto.model.source import (
    Access,
    Entity,
    Features,
    Identifier,
    Listens,
    Location,
    Mode,
    Scheme,
    SourceRow,
)

IDENTIFIER: Final = pa.struct([("scheme", pa.string()), ("value", pa.string())])
EVIDENCE: Final = pa.struct([(name, pa.string()) for name in ("kind", "statement", "origin", "holder")])

ROWS_SCHEMA: Final = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("ordinal", pa.int64(), nullable=False),
        pa.field("entity", pa.string(), nullable=False),
        pa.field("key", pa.string(), nullable=False),
        pa.field("raw", pa.string(), nullable=False),
        pa.field("title", pa.string(), nullable=False),
        pa.field("artist", pa.string(), nullable=False),
        pa.field("artist_key", pa.string()),
        pa.field("release", pa.string(), nullable=False),
        pa.field("release_key", pa.string()),
        pa.field("release_artist", pa.string(), nullable=False),
        pa.field("disc_number", pa.int32()),
        pa.field("track_number", pa.int32()),
        pa.field("year", pa.int32()),
        pa.field("duration_ms", pa.int64()),
        pa.field("genre", pa.string(), nullable=False),
        pa.field("label", pa.string(), nullable=False),
        pa.field("identifiers", pa.list_(IDENTIFIER), nullable=False),
        pa.field("listens_count", pa.float64()),
        pa.field("listens_unit", pa.string()),
        pa.field("listens_window", pa.string()),
        pa.field("listens_listener", pa.string()),
        pa.field("listens_listeners", pa.int64()),
        pa.field("listens_squares", pa.float64()),
        pa.field("evidence", pa.list_(EVIDENCE), nullable=False),
        pa.field("location_uri", pa.string()),
        pa.field("location_access", pa.string()),
        pa.field("location_length", pa.int64()),
        pa.field("location_sha256", pa.string()),
        pa.field("location_media_type", pa.string()),
        pa.field("location_sha1", pa.string()),
        pa.field("location_md5", pa.string()),
        pa.field("features_explicit", pa.bool_()),
        pa.field("features_key", pa.int8()),
        pa.field("features_mode", pa.string()),
        pa.field("features_tempo", pa.float32()),
    ]
)
"""One row a `SourceRow`. `listens_*` and `location_*` are null together when the row has none."""

_PLAIN: Final = (
    *("source", "ordinal", "entity", "key", "raw", "title", "artist", "artist_key"),
    *("release", "release_key"),
    *("release_artist", "disc_number", "track_number", "year", "duration_ms", "genre", "label"),
)
"""Columns that hold a field of the row as it is."""

_PARTS: Final = {
    "listens": ("count", "unit", "window", "listener", "listeners", "squares"),
    "location": ("uri", "access", "length", "sha256", "media_type", "sha1", "md5"),
    "features": ("explicit", "key", "mode", "tempo"),
}
"""Fields of the row that are spread over columns of their own."""


def leaves(schema: pa.Schema) -> list[str]:
    """The columns' paths as Parquet names them: those of lists of structs by their members."""
    return [
        path
        for field in schema
        for path in (
            [f"{field.name}.list.element.{member.name}" for member in field.type.value_type]
            if pa.types.is_list(field.type)
            else [field.name]
        )
    ]


def batch_of(rows: Sequence[SourceRow]) -> pa.RecordBatch:
    """The rows as columns. Quickest with some thousand rows: they are still in the processor's cache."""
    columns: dict[str, list[object]] = {name: [getattr(row, name) for row in rows] for name in _PLAIN}
    columns["identifiers"] = [
        [{"scheme": each.scheme, "value": each.value} for each in row.identifiers] for row in rows
    ]
    columns["evidence"] = [[_evidence_struct(each) for each in row.evidence] for row in rows]
    for whole, names in _PARTS.items():
        for name in names:
            columns[f"{whole}_{name}"] = [_part(getattr(row, whole), name) for row in rows]
    return pa.RecordBatch.from_pydict({name: columns[name] for name in ROWS_SCHEMA.names}, schema=ROWS_SCHEMA)


def rows_of(batch: pa.RecordBatch) -> Iterator[SourceRow]:
    """What `batch_of` was given, row by row."""
    columns = batch.to_pydict()
    names = list(columns)
    for values in zip(*columns.values(), strict=True):
        yield _row(dict(zip(names, values, strict=True)))


def evidence_of(structs: list[dict[str, str]]) -> tuple[Evidence, ...]:
    """A cell of the column `evidence`."""
    return tuple(
        Evidence(EvidenceKind(each["kind"]), each["statement"], each["origin"], each["holder"])
        for each in structs
    )


def _part(whole: Listens | Location | Features | None, name: str) -> object:
    return None if whole is None else getattr(whole, name)


def _evidence_struct(evidence: Evidence) -> dict[str, str]:
    return {
        "kind": evidence.kind,
        "statement": evidence.statement,
        "origin": evidence.origin,
        "holder": evidence.holder,
    }


def _row(cells: dict[str, Any]) -> SourceRow:
    plain = {name: cells[name] for name in _PLAIN}
    plain |= {"source": SourceName(cells["source"]), "entity": Entity(cells["entity"])}
    return SourceRow(
        **plain,
        identifiers=tuple(Identifier(Scheme(each["scheme"]), each["value"]) for each in cells["identifiers"]),
        listens=_listens(cells),
        evidence=evidence_of(cells["evidence"]),
        location=_location(cells),
        features=_features(cells),
    )


def _listens(cells: dict[str, Any]) -> Listens | None:
    if cells["listens_count"] is None:
        return None
    return Listens(*(cells[f"listens_{name}"] for name in _PARTS["listens"]))


def _location(cells: dict[str, Any]) -> Location | None:
    if cells["location_uri"] is None:
        return None
    uri, access, *rest = (cells[f"location_{name}"] for name in _PARTS["location"])
    return Location(uri, Access(access), *rest)


def _features(cells: dict[str, Any]) -> Features | None:
    explicit, key, mode, tempo = (cells[f"features_{name}"] for name in _PARTS["features"])
    if (explicit, key, mode, tempo) == (None, None, None, None):
        return None
    return Features(explicit, key, None if mode is None else Mode(mode), tempo)
