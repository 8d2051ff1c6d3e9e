"""Tables as Parquet: zstd, page version 2, native UUIDs, a new file where one has enough rows."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from tenuto.catalogue.export.blocks import blocks
from tenuto.formats.tables import Table

ROWS_PER_GROUP: Final = 122_880
ROWS_PER_FILE: Final = ROWS_PER_GROUP * 256
"""31 million: some 1.5 GB of recordings."""

_TYPES: Final = {
    "UINTEGER": pa.uint32(),
    "UTINYINT": pa.uint8(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "TINYINT": pa.int8(),
    "DOUBLE": pa.float64(),
    "FLOAT": pa.float32(),
    "BOOLEAN": pa.bool_(),
    "VARCHAR": pa.string(),
    "UUID": pa.uuid(),
}

_REPEATED: Final = {
    *(
        "entity",
        "scheme",
        "source",
        "other_source",
        "method",
        "kind",
        "statement",
        "origin",
        "holder",
        "access",
    ),
    *("media_type", "unit", "period", "mode", "basis", "reason", "genre", "artist", "label", "differs"),
}
"""Texts worth a dictionary. Of the others only what differs from the one before is kept."""


def schema_of(table: Table) -> pa.Schema:
    """The table's columns as Arrow has them."""
    return pa.schema([(name, _TYPES[kind]) for name, kind in table.columns])


def write_parquet(
    batches: Iterable[pa.RecordBatch], table: Table, folder: Path, *, rows_per_file: int = ROWS_PER_FILE
) -> Iterator[tuple[str, int]]:
    """Writes `<table>-<n>.parquet`; gives each file's name and rows when it is finished. One at least."""
    schema, groups = schema_of(table), blocks(batches, min(ROWS_PER_GROUP, rows_per_file))
    group = next(groups, None)
    number = 0
    while number == 0 or group is not None:
        name, rows = f"{table.name}-{number:05}.parquet", 0
        with _writer(folder / name, schema) as writer:
            while group is not None and rows < rows_per_file:
                writer.write_table(_typed(group, schema))
                rows += len(group)
                group = next(groups, None)
        yield name, rows
        number += 1


def _writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    return pq.ParquetWriter(
        path,
        schema,
        version="2.6",
        data_page_version="2.0",
        compression="zstd",
        compression_level=3,
        store_schema=False,
        use_dictionary=[field.name for field in schema if field.name in _REPEATED],
        column_encoding={field.name: encoding for field in schema if (encoding := _encoding(field))},
    )


def _encoding(field: pa.Field) -> str:
    """Of columns without a dictionary; empty for Parquet's own choice."""
    if pa.types.is_integer(field.type):
        return "DELTA_BINARY_PACKED"
    text = field.type == pa.string() and field.name not in _REPEATED
    return "DELTA_BYTE_ARRAY" if text else ""


def _typed(table: pa.Table, schema: pa.Schema) -> pa.Table:
    columns = [_as(column, field.type) for column, field in zip(table.columns, schema, strict=True)]
    return pa.table(columns, schema=schema)


def _as(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    if kind != pa.uuid():
        return column.cast(kind)
    chunks = [pa.ExtensionArray.from_storage(kind, chunk.cast(pa.binary(16))) for chunk in column.chunks]
    return pa.chunked_array(chunks, type=kind)
