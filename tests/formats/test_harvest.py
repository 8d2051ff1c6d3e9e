"""docs/formats/harvest.md, clauses on `rows-00000.parquet`."""

from dataclasses import replace
from hashlib import sha256
from itertools import accumulate
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenuto.formats import harvest
from tenuto.formats.harvest_columns import ROWS_SCHEMA, batch_of
from tenuto.model.ids import SourceKey, SourceName
from tenuto.model.rights import Evidence, EvidenceKind
from tenuto.model.source import (
    Access,
    Entity,
    Features,
    Identifier,
    Listens,
    Location,
    Mode,
    RejectedRow,
    Scheme,
    SourceRow,
)

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
SMALL = st.none() | st.integers(0, 2**31 - 1)

ROWS = st.builds(
    SourceRow,
    source=st.just(SourceName("somewhere")),
    ordinal=st.integers(0, 2**62),
    entity=st.sampled_from(Entity),
    key=TEXT.map(SourceKey),
    raw=TEXT,
    title=TEXT,
    artist=TEXT,
    artist_key=st.none() | TEXT.map(SourceKey),
    release=TEXT,
    release_key=st.none() | TEXT.map(SourceKey),
    release_artist=TEXT,
    disc_number=SMALL,
    track_number=SMALL,
    year=SMALL,
    duration_ms=st.none() | st.integers(0, 2**62),
    genre=TEXT,
    label=TEXT,
    identifiers=st.lists(st.builds(Identifier, st.sampled_from(Scheme), TEXT), max_size=3).map(tuple),
    listens=st.none()
    | st.builds(Listens, st.floats(0, 1e15), TEXT, TEXT, TEXT, SMALL, st.none() | st.floats(0, 1e30)),
    evidence=st.lists(st.builds(Evidence, st.sampled_from(EvidenceKind), TEXT, TEXT, TEXT), max_size=3).map(
        tuple
    ),
    location=st.none()
    | st.builds(
        Location, TEXT, st.sampled_from(Access), st.none() | st.integers(0, 2**62), *[st.none() | TEXT] * 4
    ),
    features=st.none()
    | st.builds(
        Features,
        st.none() | st.booleans(),
        st.none() | st.integers(0, 11),
        st.sampled_from(Mode),
        st.none() | st.floats(0, 1000, width=32),
    ),
)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROWS, max_size=5))
def test_what_is_written_is_read_back(rows: list[SourceRow], tmp_path: Path) -> None:
    """harvest.md, clause 1: one Parquet row a source row, in the source's order, nothing lost."""
    path = tmp_path / "rows-00000.parquet"
    assert harvest.write_rows(path, rows) == len(rows)
    assert list(harvest.read_rows(path)) == rows


def _row(ordinal: int) -> SourceRow:
    return SourceRow(SourceName("s"), ordinal, Entity.RECORDING, SourceKey(f"k{ordinal}"), "{}", title="t")


def test_equal_rows_give_equal_bytes(tmp_path: Path) -> None:
    """harvest.md, clause 4: fixed writer settings; nothing of the machine or the day inside."""
    digests = set()
    for name in ("a", "b"):
        harvest.write_rows(tmp_path / name, (_row(number) for number in range(1000)))
        digests.add(sha256((tmp_path / name).read_bytes()).digest())
    assert len(digests) == 1


def test_row_groups_bound_memory(tmp_path: Path) -> None:
    """harvest.md, clause 4: row groups of 32,768 rows."""
    path = tmp_path / "rows-00000.parquet"
    count = harvest.ROWS_PER_GROUP + 1
    harvest.write_rows(path, (_row(number) for number in range(count)))
    metadata = pq.read_metadata(path)
    assert [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)] == [count - 1, 1]
    group = metadata.row_group(0)
    columns = [group.column(place) for place in range(group.num_columns)]
    plain = {column.path_in_schema for column in columns if "RLE_DICTIONARY" not in column.encodings}
    assert {"ordinal", "raw", "location_uri"} <= plain
    assert "evidence.list.element.statement" not in plain
    assert sum(1 for _ in harvest.read_rows(path)) == count


def test_an_empty_harvest_is_a_valid_file(tmp_path: Path) -> None:
    """harvest.md, clause 1."""
    path = tmp_path / "rows-00000.parquet"
    harvest.write_rows(path, [])
    assert list(harvest.read_rows(path)) == []
    assert pq.read_schema(path).names == ROWS_SCHEMA.names


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=st.lists(st.integers(1, 40), max_size=8), long=st.sets(st.integers(0, 60), max_size=5))
def test_how_rows_arrive_shows_nowhere(sizes: list[int], long: set[int], tmp_path: Path) -> None:
    """harvest.md, clause 4: row groups end by rows and by bytes of `raw`, wherever batches end."""
    rows = [replace(_row(n), raw="x" * (1000 if n in long else 10)) for n in range(sum(sizes))]
    ends = list(accumulate(sizes))
    batches = [batch_of(rows[end - size : end]) for end, size in zip(ends, sizes, strict=True)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(harvest, "ROWS_PER_GROUP", 16)
        patch.setattr(harvest, "RAW_PER_GROUP", 1000)
        harvest.write_batches(tmp_path / "a", batches)
        harvest.write_batches(tmp_path / "b", [batch_of(rows)])
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    metadata = pq.read_metadata(tmp_path / "a")
    counts = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
    assert sum(counts) == len(rows)
    assert all(count <= 16 for count in counts)


@given(
    rejected=st.lists(st.booleans(), max_size=30),
    cut=st.integers(0, 31),
)
def test_a_block_is_cut_between_its_rows(rejected: list[bool], cut: int) -> None:
    """What lies behind a cut comes after it, rejects included; nothing is lost."""
    items = [
        RejectedRow(SourceName("s"), n, "here", "odd") if bad else _row(n) for n, bad in enumerate(rejected)
    ]
    for block in harvest.blocks_of(items):
        head, left = block.cut(cut)
        assert len(head.rows) == min(cut, len(block.rows))
        assert [*harvest.items_of(head), *(harvest.items_of(left) if left else ())] == items
