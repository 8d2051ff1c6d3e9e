"""What names stand for, out of the table that is sorted by them."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tenuto.catalogue.parts import table_folder
from tenuto.catalogue.runs import Ints, lengths
from tenuto.catalogue.stream import BATCH, newest_first
from tenuto.formats.snapshot import PartKind, Snapshot
from tenuto.formats.tables import NAMES


def uses(root: Path, snapshot: Snapshot, scheme: str) -> Iterator[Ints]:
    """How many recordings or releases each live name of the scheme stands for (snapshot.md, clause 4)."""
    superseded = pa.array([], pa.string())
    for generation in newest_first(snapshot.parts[NAMES.name]):
        seen = [superseded]
        for part in generation:
            open_name, open_count = "", 0
            for names in _of_scheme(table_folder(root, NAMES) / part.file_name, f"{scheme}:"):
                if generation[0].generation:
                    seen.append(names)
                live = names.filter(pc.invert(pc.is_in(names, _between(superseded, names))))
                if part.kind is not PartKind.ROWS or not len(live):
                    continue
                first = _starts(live)
                counts = lengths(first, len(live))
                if live[0].as_py() == open_name:
                    counts[0] += open_count
                elif open_count:
                    yield np.array([open_count])
                yield counts[:-1]
                open_name, open_count = live[-1].as_py(), int(counts[-1])
            if open_count:
                yield np.array([open_count])
        superseded = pa.concat_arrays(seen).sort()


def _of_scheme(path: Path, prefix: str) -> Iterator[pa.Array]:
    """Names with the prefix, in their order; row groups without any aren't read."""
    with pq.ParquetFile(path, memory_map=True) as file:
        bounds = [file.metadata.row_group(at).column(0).statistics for at in range(file.num_row_groups)]
        groups = [
            at
            for at, each in enumerate(bounds)
            if each is None or not each.has_min_max or each.min[: len(prefix)] <= prefix <= each.max
        ]
        for batch in file.iter_batches(BATCH, row_groups=groups, columns=["name"]):
            names = batch.column(0)
            found = names.filter(pc.starts_with(names, prefix))
            if len(found):
                yield found


def _starts(names: pa.Array) -> Ints:
    same = pc.equal(names[1:], names[:-1]).to_numpy(zero_copy_only=False)
    return np.flatnonzero(np.concatenate([[True], ~same]))


def _between(values: pa.Array, names: pa.Array) -> pa.Array:
    """Those of the sorted values from the first to the last of the sorted names."""
    first, last = names[0].as_py(), names[-1].as_py()
    return values[bisect_left(values, first, key=_text) : bisect_right(values, last, key=_text)]


def _text(scalar: pa.StringScalar) -> str:
    return str(scalar.as_py())
