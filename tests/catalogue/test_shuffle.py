"""Every row comes back once, with its group, in the order in which it came."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from tenuto.catalogue import shuffle
from tenuto.catalogue.shuffle import Grouped
from tenuto.model.errors import SpaceError


def pieces(sizes: list[int], groups: int) -> Iterator[Grouped]:
    random = np.random.default_rng(3)
    start = 0
    for size in sizes:
        names = [f"row {n}" if n % 5 else None for n in range(start, start + size)]
        rows = pa.table({"n": pa.array(range(start, start + size), pa.int32()), "name": names})
        yield (
            random.integers(0, groups, size),
            rows.cast(pa.schema([("n", pa.int32()), ("name", pa.string())])),
        )
        start += size


@pytest.mark.parametrize("gathered", [1, 40, 1000])
def test_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gathered: int) -> None:
    monkeypatch.setattr(shuffle, "GATHERED", gathered)
    sizes = [30, 1, 7, 25, 60]
    wanted: dict[int, list[dict[str, object]]] = {}
    for groups, rows in pieces(sizes, 9):
        for group, row in zip(groups.tolist(), rows.to_pylist(), strict=True):
            wanted.setdefault(group, []).append(row)
    shuffled = shuffle.shuffle(tmp_path / "rows.arrow", pieces(sizes, 9))
    assert {group: rows.to_pylist() for group, rows in shuffled} == wanted
    assert [group for group, _ in shuffled] == sorted(wanted)
    for group in range(10):
        rows = shuffled.group(group)
        assert (None if rows is None else rows.to_pylist()) == wanted.get(group)


def test_no_rows(tmp_path: Path) -> None:
    shuffled = shuffle.shuffle(tmp_path / "rows.arrow", [])
    assert list(shuffled) == []
    assert shuffled.group(0) is None


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
def test_full_disk() -> None:
    with pytest.raises(SpaceError, match="no space left on the disk") as raised:
        shuffle.shuffle(Path("/dev/full"), pieces([100_000], 2))
    assert raised.value.where == "/dev/full"
