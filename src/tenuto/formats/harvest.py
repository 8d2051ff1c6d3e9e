"""A harvest: `rows-*.parquet`, `rejects.jsonl` and `harvest.json` of one source (docs/formats/harvest.md)."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import rfc8785

from tenuto.model.errors import ConfigurationError
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
    RejectedRow,
    Scheme,
    SourceDescription,
    SourceRow,
)

FORMAT: Final = 2

ROWS_PER_SEGMENT: Final = 1_048_576
"""Rows of each segment but the last: what a harvest that was cut short reads again at most."""

ROWS_PER_GROUP: Final = 32_768
"""Bounds the memory of writer and reader, whatever the number of rows."""

_MEMORY: Final = 10_000
"""Different evidence that is remembered while reading."""

_IDENTIFIERS = pa.list_(pa.struct([("scheme", pa.string()), ("value", pa.string())]))
_EVIDENCE = pa.list_(
    pa.struct(
        [("kind", pa.string()), ("statement", pa.string()), ("origin", pa.string()), ("holder", pa.string())]
    )
)

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
        pa.field("identifiers", _IDENTIFIERS, nullable=False),
        pa.field("listens_count", pa.float64()),
        pa.field("listens_unit", pa.string()),
        pa.field("listens_window", pa.string()),
        pa.field("listens_listener", pa.string()),
        pa.field("listens_listeners", pa.int64()),
        pa.field("listens_squares", pa.float64()),
        pa.field("evidence", _EVIDENCE, nullable=False),
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


def write_rows(path: Path, rows: Iterable[SourceRow]) -> int:
    """Streams `rows` into one segment; returns their number. Equal rows give equal bytes."""
    written = 0
    stream = iter(rows)
    with pq.ParquetWriter(
        path, ROWS_SCHEMA, version="2.6", data_page_version="2.0", compression="zstd", compression_level=3,
        store_schema=False,
    ) as writer:  # fmt: skip
        while chunks := [_table(each) for each in _batches(islice(stream, ROWS_PER_GROUP))]:
            group = pa.concat_tables(chunks)
            writer.write_table(group.combine_chunks(), row_group_size=ROWS_PER_GROUP)
            written += len(group)
    return written


def _batches(rows: Iterator[SourceRow]) -> Iterator[list[SourceRow]]:
    """Small enough that rows are still in the processor's cache when their columns are made."""
    while batch := list(islice(rows, 2048)):
        yield batch


def read_rows(path: Path) -> Iterator[SourceRow]:
    """The rows of a harvest, in their order, streamed."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=ROWS_PER_GROUP // 4):
            columns = batch.to_pydict()
            names = list(columns)
            for values in zip(*columns.values(), strict=True):
                yield _row(dict(zip(names, values, strict=True)))


def read_recordings_evidence(path: Path) -> Iterator[tuple[Evidence, ...]]:
    """The evidence of each recording row (those that speak of listens only are left out), streamed.

    Equal evidence but for its origin and holder comes as one and the same tuple: tables repeat few licences.
    """
    seen: dict[tuple[tuple[str, str], ...], tuple[Evidence, ...]] = {}
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=ROWS_PER_GROUP // 4, columns=["entity", "evidence"]):
            columns = batch.to_pydict()
            for entity, found in zip(columns["entity"], columns["evidence"], strict=True):
                if entity == Entity.RECORDING:
                    key = tuple((each["kind"], each["statement"]) for each in found)
                    if key not in seen and len(seen) < _MEMORY:
                        seen[key] = _evidence(found)
                    yield seen.get(key) or _evidence(found)


def _evidence(structs: list[dict[str, str]]) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(EvidenceKind(each["kind"]), each["statement"], each["origin"], each["holder"])
        for each in structs
    )


def _table(rows: list[SourceRow]) -> pa.Table:
    columns: dict[str, list[object]] = {name: [getattr(row, name) for row in rows] for name in _PLAIN}
    columns["identifiers"] = [
        [{"scheme": each.scheme, "value": each.value} for each in row.identifiers] for row in rows
    ]
    columns["evidence"] = [[_evidence_struct(each) for each in row.evidence] for row in rows]
    for whole, names in _PARTS.items():
        for name in names:
            columns[f"{whole}_{name}"] = [_part(getattr(row, whole), name) for row in rows]
    return pa.table({name: columns[name] for name in ROWS_SCHEMA.names}, schema=ROWS_SCHEMA)


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
        evidence=_evidence(cells["evidence"]),
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


@dataclass(frozen=True, slots=True)
class Segment:
    """One Parquet file of a harvest's rows."""

    name: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class HarvestRecord:
    """What `harvest.json` says: whose rows these are, how many, and in which files."""

    description: SourceDescription
    done: int
    failed: int
    segments: tuple[Segment, ...]
    """In the order of the rows."""
    writer: str = f"pyarrow {pa.__version__}"
    format: int = FORMAT

    @property
    def entered(self) -> int:
        return self.done + self.failed


def write_record(record: HarvestRecord) -> bytes:
    """Canonical JSON."""
    return rfc8785.dumps(asdict(record) | {"entered": record.entered})


def read_record(data: bytes, where: str) -> HarvestRecord:
    """`ConfigurationError` when it isn't one of this format whose counts add up."""
    remedy = "Harvest this source again with --force"
    try:
        members = msgspec.json.decode(data, type=dict[str, Any])
        entered = members.pop("entered")
        record = msgspec.convert(members, HarvestRecord)
    except (msgspec.MsgspecError, KeyError) as error:
        raise ConfigurationError(f"not a harvest record ({error})", where=where, remedy=remedy) from error
    counted = record.done == sum(segment.rows for segment in record.segments)
    if record.format != FORMAT or entered != record.entered or not counted:
        raise ConfigurationError("an unknown format, or counts don't add up", where=where, remedy=remedy)
    return record


def write_reject(reject: RejectedRow) -> str:
    """One line of `rejects.jsonl`, its line feed included."""
    return rfc8785.dumps(asdict(reject)).decode() + "\n"


def read_reject(line: str) -> RejectedRow:
    return msgspec.json.decode(line, type=RejectedRow)
