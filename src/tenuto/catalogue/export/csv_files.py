"""Tables as CSV (RFC 4180): UTF-8, a header, CRLF. Texts are quoted: an empty one isn't a missing one."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from tenuto.catalogue.export.parquet_files import schema_of
from tenuto.formats.tables import Table

_FORMULA: Final = "^[=+\\-@\t\r]"
"""What spreadsheets take for the beginning of a formula (OWASP, CSV Injection)."""


def write_csv(batches: Iterable[pa.RecordBatch], table: Table, folder: Path, *, raw: bool) -> tuple[str, int]:
    """Writes `<table>.csv`; gives its name and rows.

    Unless `raw`, an apostrophe goes before a text that a spreadsheet would run as a formula.
    """
    name, rows = f"{table.name}.csv", 0
    text = pa.schema([(f.name, pa.string() if f.type == pa.uuid() else f.type) for f in schema_of(table)])
    options = csv.WriteOptions(eol="\r\n", quoting_style="needed")
    with csv.CSVWriter(folder / name, text, write_options=options) as writer:
        for batch in batches:
            shown = batch if raw else _guarded(batch)
            writer.write_batch(shown.cast(text))
            rows += len(batch)
    return name, rows


def _guarded(batch: pa.RecordBatch) -> pa.RecordBatch:
    columns = [_without_formulas(c) if c.type == pa.string() else c for c in batch.columns]
    return pa.RecordBatch.from_arrays(columns, batch.schema.names)


def _without_formulas(texts: pa.Array) -> pa.Array:
    formulas = pc.match_substring_regex(texts, _FORMULA)
    return pc.if_else(formulas, pc.binary_join_element_wise("'", texts, ""), texts)
