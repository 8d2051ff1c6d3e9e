"""`snapshot.json` (docs/formats/snapshot.md)."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenuto.formats.snapshot import (
    Part,
    PartKind,
    PopularityFile,
    Snapshot,
    SnapshotListens,
    SnapshotSource,
    read_snapshot,
    snapshot_id,
    summarise,
    write_snapshot,
)
from tenuto.formats.tables import TABLES
from tenuto.model.catalogue import ListensBasis
from tenuto.model.errors import BadInputError
from tenuto.model.ids import Sha256, SnapshotId, SourceName

DIGESTS = st.binary(max_size=4).map(lambda data: Sha256(sha256(data).hexdigest()))
NUMBERS = st.integers(0, 2**53 - 1)
BOUNDS = st.tuples(NUMBERS, NUMBERS) | st.tuples(st.text(max_size=5), st.text(max_size=5))
PARTS = st.builds(
    Part,
    *(st.sampled_from(PartKind), NUMBERS, DIGESTS, NUMBERS, NUMBERS),
    st.dictionaries(st.sampled_from(["number", "name"]), BOUNDS),
)
SNAPSHOTS = st.builds(
    Snapshot,
    st.none() | DIGESTS.map(lambda digest: SnapshotId(digest[:16])),
    st.fixed_dictionaries({table.name: st.lists(PARTS, max_size=3).map(tuple) for table in TABLES}),
    st.builds(PopularityFile, DIGESTS, NUMBERS, NUMBERS),
    st.lists(
        st.builds(
            SnapshotSource,
            st.from_regex(r"[a-z0-9][a-z0-9-]{0,9}", fullmatch=True).map(SourceName),
            st.integers(0, 1000),
            *(st.text(max_size=5),) * 3,
            NUMBERS,
            DIGESTS,
        ),
        max_size=3,
    ).map(tuple),
    st.dictionaries(st.sampled_from([table.name for table in TABLES]), NUMBERS),
    st.dictionaries(st.sampled_from(["recordings", "releases", "artists"]), NUMBERS),
    st.builds(
        SnapshotListens,
        st.dictionaries(st.sampled_from(ListensBasis), NUMBERS),
        st.floats(0, 1e18),
        st.none() | NUMBERS,
    ),
    st.just({"duckdb": "2.0.0"}),
)


@given(SNAPSHOTS)
def test_round_trip(snapshot: Snapshot) -> None:
    """snapshot.md, clauses 1 and 2."""
    data = write_snapshot(snapshot)
    assert read_snapshot(data, snapshot_id(data)) == snapshot
    assert snapshot_id(data) == sha256(data).hexdigest()[:16]
    assert summarise(snapshot, snapshot_id(data)).sources == tuple(
        (s.name, s.version) for s in snapshot.sources
    )


def test_a_part_is_named_by_its_digest() -> None:
    """snapshot.md, clause 3."""
    digest = Sha256("0123456789abcdef" * 4)
    assert Part(PartKind.ROWS, 0, digest, 1, 1, {}).file_name == "0123456789abcdef.parquet"
    assert Part(PartKind.REMOVALS, 0, digest, 1, 1, {}).file_name == "0123456789abcdef.removals.parquet"


@pytest.mark.parametrize("data", [b"", b"{}", b"[1]", b'{"format":1}', b"\xff", b'{"format":"\xff"}'])
def test_what_is_no_snapshot_is_refused(data: bytes) -> None:
    with pytest.raises(BadInputError, match="Build the catalogue again"):
        read_snapshot(data, snapshot_id(data))


def test_a_changed_snapshot_is_refused() -> None:
    """snapshot.md, clause 2."""
    with pytest.raises(BadInputError, match="isn't what its id says"):
        read_snapshot(b"{}", SnapshotId("0" * 16))


def test_every_order_is_total_enough_to_start_with_its_key() -> None:
    for table in TABLES:
        assert table.order[: len(table.key)] == table.key
        assert set(table.order) <= set(table.column_names)
        assert set(table.ranges) <= set(table.column_names)
