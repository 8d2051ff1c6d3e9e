"""Every row comes back once, with its group, in the order in which it came."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import numpy as np
import pyarrow as pa
import pytest

from tenuto.catalogue import shuffle
from tenuto.catalogue.shuffle import Grouped
from tenuto.model.errors import SpaceError

SCHEMA = pa.schema([("n", pa.int32()), ("id", pa.uuid()), ("name", pa.string()), ("none", pa.int64())])


def pieces(sizes: list[int], groups: int) -> Iterator[Grouped]:
    random = np.random.default_rng(3)
    start = 0
    for size in sizes:
        numbers = range(start, start + size)
        columns = {
            "n": list(numbers),
            "id": [UUID(int=n).bytes for n in numbers],
            "name": [f"row {n}" if n % 5 else None for n in numbers],
            "none": [None] * size,
        }
        yield random.integers(0, groups, size), pa.table(columns, schema=SCHEMA)
        start += size


@pytest.mark.parametrize("gathered", [1, 40, 1000])
def test_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gathered: int) -> None:
    monkeypatch.setattr(shuffle, "GATHERED", gathered)
    sizes = [30, 1, 0, 7, 25, 60]
    wanted: dict[int, list[dict[str, object]]] = {}
    for groups, rows in pieces(sizes, 9):
        for group, row in zip(groups.tolist(), rows.to_pylist(), strict=True):
            wanted.setdefault(group, []).append(row)
    with shuffle.shuffled(tmp_path / "rows.arrow", pieces(sizes, 9)) as found:
        assert found.groups == sorted(wanted)
        for group in range(10):
            batches = found.batches(group)
            assert [row for batch in batches for row in batch.to_pylist()] == wanted.get(group, [])
            assert all(batch.schema == SCHEMA for batch in batches)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("sizes", [[], [0, 0]])
def test_no_rows(tmp_path: Path, sizes: list[int]) -> None:
    with shuffle.shuffled(tmp_path / "rows.arrow", pieces(sizes, 2)) as found:
        assert found.groups == []
        assert found.batches(0) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
def test_full_disk(tmp_path: Path) -> None:
    full = tmp_path / "rows.arrow"
    full.symlink_to("/dev/full")
    with (
        pytest.raises(SpaceError, match="no space left on the disk") as raised,
        shuffle.shuffled(full, pieces([100_000], 2)),
    ):
        pass
    assert raised.value.where == str(full)
    assert list(tmp_path.iterdir()) == []
