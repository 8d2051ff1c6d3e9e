"""Core tables as a stream of batches, for sums in arrays that have one place a number.

Rows of a number stand and fall together, so that one bit a number says which rows are live: memory grows with
the numbers (a bit each), not with the rows.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

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
    numbers = snapshot.numbers[_counted_in(table, entity)]
    superseded = np.zeros(numbers, dtype=np.bool_)
    wanted = [number, *columns] + (["entity"] if entity else [])
    for generation in newest_first(snapshot.parts[table.name]):
        seen = []
        for part in generation:
            for batch in _batches(table_folder(root, table) / part.file_name, wanted, number, entity):
                places = batch.column(0).to_numpy()
                if part.kind is PartKind.ROWS:
                    yield batch.filter(pa.array(~superseded[places]))
                seen.append(places)
        if generation[0].generation:
            superseded[np.concatenate(seen)] = True


def dense(batch: pa.RecordBatch, column: int = 0) -> npt.NDArray[np.int64]:
    """A column of whole numbers, nulls as -1."""
    values: npt.NDArray[np.int64] = pc.fill_null(batch.column(column).cast(pa.int64()), -1).to_numpy()
    return values


def _batches(path: Path, columns: Sequence[str], number: str, entity: str) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(path, memory_map=True) as file:
        present = [name for name in columns if name in file.schema_arrow.names]
        encoded = [name for name in present if is_dictionary(file, name)]
    with pq.ParquetFile(path, memory_map=True, read_dictionary=encoded) as file:
        for read in file.iter_batches(BATCH, columns=present):
            batch = read.filter(pc.equal(read.column("entity").cast(pa.string()), entity)) if entity else read
            others = [name for name in present if name not in {number, "entity"}]
            arrays = [batch.column(number), *(_as_dictionary(batch.column(name)) for name in others)]
            yield pa.RecordBatch.from_arrays(arrays, [number, *others])


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
