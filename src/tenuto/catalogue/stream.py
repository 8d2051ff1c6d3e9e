"""Core tables as a stream of batches, for sums in arrays that have one place a number.

Rows of a number stand and fall together, so that a mark a number says which rows are live: memory grows with
the numbers (a byte each) and with the rows of one later generation (four), not with all rows.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tenuto.catalogue.parts import table_folder
from tenuto.formats.snapshot import Part, PartKind, Snapshot
from tenuto.formats.tables import Table

BATCH = 131_072


def live_batches(
    root: Path, snapshot: Snapshot, table: Table, columns: Sequence[str], *, entity: str = ""
) -> Iterator[pa.RecordBatch]:
    """Batches of the table's live rows with the number first, then `columns`; strings come as dictionaries.

    The newest generation comes first; within a part, rows come in their order. With `entity`, only its rows.
    """
    number = table.key[-1]
    superseded = np.zeros(snapshot.numbers[_counted_in(table, entity)], dtype=np.bool_)
    generations = newest_first(snapshot.parts[table.name])
    for generation in generations:
        seen = []
        for part in generation:
            path = table_folder(root, table) / part.file_name
            for batch in _ahead(_batches(path, (number, *columns), entity)):
                places = batch.column(0).to_numpy()
                if part.kind is PartKind.ROWS:
                    yield batch if generation is generations[0] else _without(batch, superseded[places])
                if generation is not generations[-1]:
                    seen.append(places)
        for places in seen:
            superseded[places] = True


def dense(batch: pa.RecordBatch, column: int = 0) -> npt.NDArray[np.int64]:
    """A column of whole numbers, nulls as -1."""
    values: npt.NDArray[np.int64] = pc.fill_null(batch.column(column).cast(pa.int64()), -1).to_numpy()
    return values


def coded(column: pa.Array) -> tuple[list[Any], npt.NDArray[np.int64]]:
    """The different values of a column, and for each row which one it has; -1: none."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    return column.dictionary.to_pylist(), pc.fill_null(column.indices, -1).to_numpy().astype(np.int64)


def source_places(column: pa.Array, snapshot: Snapshot) -> npt.NDArray[np.int64]:
    """For each row, the place of its source in the snapshot's list."""
    places = {source.name: place for place, source in enumerate(snapshot.sources)}
    names, codes = coded(column)
    # A dictionary may still name a source that has no live rows any more.
    return np.array([places.get(name, -1) for name in names], dtype=np.int64)[codes]


def _without(batch: pa.RecordBatch, gone: npt.NDArray[np.bool_]) -> pa.RecordBatch:
    return batch.filter(pa.array(~gone)) if gone.any() else batch


def _ahead(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same, the next one being read by a thread while one is worked on."""
    with ThreadPoolExecutor(1) as thread:
        following = thread.submit(next, batches, None)
        while (batch := following.result()) is not None:
            following = thread.submit(next, batches, None)
            yield batch


def one_array(column: pa.ChunkedArray) -> pa.Array:
    """A column whose chunks may have dictionaries of their own."""
    if pa.types.is_dictionary(column.type):
        column = column.unify_dictionaries()
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)


def _batches(path: Path, columns: Sequence[str], entity: str) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(path, memory_map=True) as file:
        present = [name for name in columns if name in file.schema_arrow.names]
        encoded = [name for name in present if is_dictionary(file, name)]
        pieces = list(_pieces(file.metadata, file.schema_arrow.names, entity))
    with pq.ParquetFile(path, memory_map=True, read_dictionary=encoded, metadata=file.metadata) as file:
        for groups, mixed in pieces:
            read = file.read_row_groups(groups, columns=[*present, "entity"] if mixed else present)
            rows = read.filter(pc.equal(read.column("entity").cast(pa.string()), entity)) if mixed else read
            arrays = [_as_dictionary(one_array(rows.column(name))) for name in present]
            batch = pa.RecordBatch.from_arrays(arrays, present)
            yield from (batch.slice(start, BATCH) for start in range(0, len(batch), BATCH))


def _pieces(metadata: pq.FileMetaData, names: Sequence[str], entity: str) -> Iterator[tuple[list[int], bool]]:
    """Row groups to be read together, about `BATCH` rows, and whether some may have rows of other entities.

    Rows stand by entity: most groups have those of one only.
    """
    groups: list[int] = []
    rows, mixed = 0, False
    for at in range(metadata.num_row_groups):
        group = metadata.row_group(at)
        own, others = (
            _has(group.column(names.index("entity")).statistics, entity) if entity else (True, False)
        )
        if own:
            if groups and rows + group.num_rows > BATCH:
                yield groups, mixed
                groups, rows, mixed = [], 0, False
            groups, rows, mixed = [*groups, at], rows + group.num_rows, mixed or others
    if groups:
        yield groups, mixed


def _has(bounds: pq.Statistics | None, value: str) -> tuple[bool, bool]:
    """Whether a column with these bounds may have the value, and whether it may have others."""
    if bounds is None or not bounds.has_min_max:
        return True, True
    return bounds.min <= value <= bounds.max, bounds.min != bounds.max


def is_dictionary(file: pq.ParquetFile, name: str) -> bool:
    """Whether all of a column of strings is in dictionaries: Arrow reads only then without undoing them."""
    place = file.schema_arrow.names.index(name)
    if file.schema_arrow.field(place).type != pa.string():
        return False
    groups = range(file.metadata.num_row_groups)
    return all("RLE_DICTIONARY" in file.metadata.row_group(group).column(place).encodings for group in groups)


def _as_dictionary(column: pa.Array) -> pa.Array:
    return column.dictionary_encode() if column.type == pa.string() else column


def newest_first(parts: Sequence[Part]) -> list[list[Part]]:
    """The parts of each generation."""
    generations: dict[int, list[Part]] = {}
    for part in parts:
        generations.setdefault(part.generation, []).append(part)
    return [generations[number] for number in sorted(generations, reverse=True)]


def _counted_in(table: Table, entity: str) -> str:
    """The table that gives the numbers."""
    if entity:
        return f"{entity}s"
    return table.name if table.key == ("number",) else "recordings"
