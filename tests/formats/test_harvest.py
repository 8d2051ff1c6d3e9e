"""docs/formats/harvest.md, clauses on `rows-00000.parquet`."""

from hashlib import sha256
from pathlib import Path

import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenuto.formats import harvest
from tenuto.model.ids import SourceKey, SourceName
from tenuto.model.rights import Evidence, EvidenceKind
from tenuto.model.source import Access, Entity, Identifier, Listens, Location, Scheme, SourceRow

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
    listens=st.none() | st.builds(Listens, st.floats(0, 1e15), TEXT, TEXT),
    evidence=st.lists(st.builds(Evidence, st.sampled_from(EvidenceKind), TEXT, TEXT, TEXT), max_size=3).map(
        tuple
    ),
    location=st.none()
    | st.builds(Location, TEXT, st.sampled_from(Access), st.none() | st.integers(0, 2**62), st.none() | TEXT),
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
    assert sum(1 for _ in harvest.read_rows(path)) == count


def test_an_empty_harvest_is_a_valid_file(tmp_path: Path) -> None:
    """harvest.md, clause 1."""
    path = tmp_path / "rows-00000.parquet"
    harvest.write_rows(path, [])
    assert list(harvest.read_rows(path)) == []
    assert pq.read_schema(path).names == harvest.ROWS_SCHEMA.names
