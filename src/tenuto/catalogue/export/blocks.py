"""Batches of any size cut into blocks of one size, so that files don't depend on how rows came."""

from collections.abc import Iterable, Iterator

import pyarrow as pa


def blocks(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.Table]:
    """Tables of exactly `rows` rows, the last one of fewer. Nothing for no rows."""
    waiting: list[pa.RecordBatch] = []
    held = 0
    for batch in batches:
        start = 0
        while held + len(batch) - start >= rows:
            taken = rows - held
            yield pa.Table.from_batches([*waiting, batch.slice(start, taken)])
            start, held, waiting = start + taken, 0, []
        if start < len(batch):
            waiting.append(batch.slice(start))
            held += len(batch) - start
    if held:
        yield pa.Table.from_batches(waiting)
