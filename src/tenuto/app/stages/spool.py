"""Candidates on disk between the two passes of a plan, in as few bytes as they can be rebuilt from."""

from collections.abc import Callable, Iterator
from typing import IO

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tenuto.fsync import space_or
from tenuto.plan import CandidateBatch, Ints

Buckets = NDArray[np.int32]


class Spool:
    """Batches in the order in which they came. `copies` makes the sizes of access copies from durations."""

    def __init__(self, file: IO[bytes], copies: Callable[[Ints], Ints]) -> None:
        self._file, self._copies = file, copies
        self._writer: pa.RecordBatchStreamWriter | None = None

    def add(self, batch: CandidateBatch, duration: Ints, bucket: Buckets) -> None:
        """One more. `SpaceError` when the disk is full."""
        table = _written(batch, duration, bucket)
        try:
            if self._writer is None:
                options = pa.ipc.IpcWriteOptions(compression="lz4")
                self._writer = pa.ipc.new_stream(self._file, table.schema, options=options)
            self._writer.write_batch(table)
        except OSError as error:
            raise space_or(error, "plans") from error

    def batches(self) -> Iterator[tuple[CandidateBatch, Buckets]]:
        """All of them again, with the bucket of each recording's first step."""
        if self._writer is None:
            return
        self._writer.close()
        self._file.seek(0)
        with pa.ipc.open_stream(self._file) as reader:
            for table in reader:
                yield self._read(table)

    def _read(self, table: pa.RecordBatch) -> tuple[CandidateBatch, Buckets]:
        number, listens, counted, squares, loss, duration, original, pool, must, before, bucket = (
            column.to_numpy() for column in table.columns
        )
        batch = CandidateBatch(
            number=number.astype(np.int64),
            listens=listens.astype(np.float64),
            counted=counted.astype(np.float64),
            squares=squares.astype(np.float64),
            loss=loss.astype(np.float64),
            sizes=np.vstack((self._copies(duration.astype(np.int64)), original)),
            pool=pool,
            must=must.astype(np.bool_),
            before=before,
        )
        return batch, bucket


def _written(batch: CandidateBatch, duration: Ints, bucket: Buckets) -> pa.RecordBatch:
    columns = {
        "number": batch.number.astype(np.uint32),
        "listens": batch.listens.astype(np.float32),
        "counted": batch.counted.astype(np.float32),
        "squares": batch.squares.astype(np.float32),
        "loss": batch.loss.astype(np.float32),
        "duration": duration.astype(np.uint32),
        "original": batch.sizes[3],
        "pool": batch.pool,
        "must": batch.must.astype(np.int8),
        "before": batch.before,
        "bucket": bucket,
    }
    return pa.RecordBatch.from_pydict({name: pa.array(values) for name, values in columns.items()})
