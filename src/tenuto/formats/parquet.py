"""The settings of every Parquet file in an edition, and a reader that distrusts the file it reads."""

from collections.abc import Iterator
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from tenuto.model.errors import BadInputError

WRITER: Final[dict[str, Any]] = {
    "version": "2.6",
    "data_page_version": "2.0",
    "compression": "zstd",
    "compression_level": 3,
}
"""Fixed, because the bytes depend on them (measured: level 19 costs 17 times the time for 12 %)."""

MAX_GROUP_BYTES: Final = 1 << 30
"""Uncompressed bytes of one row group that a reader takes into memory."""


def checked_batches(
    source: Any,  # noqa: ANN401  a path or an Arrow file, as Parquet's reader takes it
    schema: pa.Schema,
    *,
    batch_rows: int = 4096,
    max_rows: int | None = None,
) -> Iterator[pa.RecordBatch]:
    """The batches of a Parquet file of exactly `schema`. `BadInputError` for anything else.

    A megabyte can hold a milliard equal rows: whoever knows how many may be there says so (`max_rows`).
    """
    try:
        with pq.ParquetFile(source) as file:
            if not file.schema_arrow.equals(schema):
                raise _fault("its columns are others")
            metadata = file.metadata
            groups = range(metadata.num_row_groups)
            if any(metadata.row_group(group).total_byte_size > MAX_GROUP_BYTES for group in groups):
                raise _fault(f"a row group of more than {MAX_GROUP_BYTES} bytes")
            rows = sum(metadata.row_group(group).num_rows for group in groups)
            if max_rows is not None and rows > max_rows:
                raise _fault(f"it has {rows:,} rows, and at most {max_rows:,} may be")
            for batch in file.iter_batches(batch_size=batch_rows):
                batch.validate(full=True)  # or bad UTF-8 would surface in whoever reads the values
                yield batch
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise _fault(str(error).splitlines()[0][:200]) from error


def _fault(what: str) -> BadInputError:
    return BadInputError(f"not the Parquet file it should be: {what}", remedy="Get it again")
