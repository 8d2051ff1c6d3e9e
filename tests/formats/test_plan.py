"""docs/formats/plan.md, clause by clause."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenuto.formats import plan
from tenuto.model.errors import BadInputError, UsageError
from tenuto.model.ids import RecordingId, SnapshotId
from tenuto.model.plan import Choice, CurvePoint, PlanSummary, Tier

counts = st.integers(0, plan.LARGEST)
reals = st.floats(0, 1e15)
tiers = st.fixed_dictionaries(dict.fromkeys(Tier, counts))


@st.composite
def summaries(draw: st.DrawFn) -> PlanSummary:
    return plan.identify(
        snapshot=SnapshotId(draw(st.text("0123456789abcdef", min_size=16, max_size=16))),
        budget_bytes=draw(counts),
        bytes=draw(counts),
        by_tier=draw(tiers),
        bytes_by_tier=draw(tiers),
        listens_covered=draw(reals),
        listens_total=draw(reals),
        synthetic=draw(st.booleans()),
    )


def choice(rank: int) -> Choice:
    tier = list(Tier)[rank % 3]
    size = 0 if tier is Tier.METADATA else rank * 1000
    return Choice(RecordingId(f"00000000-0000-5000-8000-{rank:012d}"), rank, tier, size, 1e6 / (rank + 1))


@settings(deadline=None)
@given(summaries())
def test_summary_round_trip(summary: PlanSummary) -> None:
    """Clauses 4 and 5: canonical, and the id is the digest of the rest."""
    data = plan.encode_summary(summary)
    assert plan.decode_summary(data) == summary
    assert plan.encode_summary(plan.decode_summary(data)) == data
    rest = {name: value for name, value in json.loads(data).items() if name != "id"}
    if all(isinstance(rest[name], int) for name in ("listens_covered", "listens_total")):
        canonical = json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()
        assert summary.id == hashlib.sha256(canonical).hexdigest()[:16]


def example() -> bytes:
    return plan.encode_summary(
        plan.identify(
            snapshot=SnapshotId("0" * 16),
            budget_bytes=100,
            bytes=90,
            by_tier={Tier.ORIGINAL: 1, Tier.ACCESS: 2},
            bytes_by_tier={Tier.ORIGINAL: 60, Tier.ACCESS: 30},
            listens_covered=7.5,
            listens_total=10,
            synthetic=True,
        )
    )


def test_summary_bytes_are_fixed() -> None:
    """Clause 4: any machine, the same bytes."""
    assert example() == (
        b'{"budget_bytes":100,"by_tier":{"access":2,"metadata":0,"original":1},"bytes":90,'
        b'"bytes_by_tier":{"access":30,"metadata":0,"original":60},"format":"tenuto-plan-1",'
        b'"id":"'
        + plan.decode_summary(example()).id.encode()
        + b'","listens_covered":7.5,"listens_total":10,'
        b'"snapshot":"0000000000000000","synthetic":true}'
    )


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data[:-1],
        lambda data: data.replace(b'"bytes":90', b'"bytes":91'),
        lambda data: data.replace(b"tenuto-plan-1", b"tenuto-plan-2"),
        lambda data: data.replace(b"{", b'{"more":1,', 1),
        lambda data: data.replace(b'"metadata"', b'"vinyl"'),
        lambda data: b"\xff" + data,
    ],
)
def test_spoilt_summaries_are_refused(spoil: Callable[[bytes], bytes]) -> None:
    """Clauses 4 and 5."""
    with pytest.raises(BadInputError, match=r"plan\.json"):
        plan.decode_summary(spoil(example()))


def test_too_large_a_budget() -> None:
    """Clause 4: JSON's numbers end at 2^53 - 1."""
    with pytest.raises(UsageError, match="below"):
        plan.identify(
            snapshot=SnapshotId(""),
            budget_bytes=2**53,
            bytes=0,
            by_tier={},
            bytes_by_tier={},
            listens_covered=0,
            listens_total=0,
            synthetic=False,
        )


def test_choices_round_trip(tmp_path: Path) -> None:
    """Clauses 1 to 3: equal choices give equal bytes, streamed or not."""
    choices = [choice(rank) for rank in range(1000)]
    one, two = tmp_path / "one", tmp_path / "two"
    assert plan.write_choices(one, choices) == 1000
    plan.write_choices(two, iter(choices))
    assert list(plan.read_choices(one)) == choices
    assert one.read_bytes() == two.read_bytes()
    assert str(tmp_path).encode() not in one.read_bytes()
    assert pq.read_metadata(one).row_group(0).column(0).compression == "ZSTD"


def test_no_choices(tmp_path: Path) -> None:
    """Clause 1."""
    assert plan.write_choices(tmp_path / "none", []) == 0
    assert list(plan.read_choices(tmp_path / "none")) == []


def test_row_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Clause 2."""
    monkeypatch.setattr(plan, "ROWS_PER_GROUP", 64)
    choices = [choice(rank) for rank in range(200)]
    plan.write_choices(tmp_path / "many", choices)
    assert pq.read_metadata(tmp_path / "many").num_row_groups == 4
    assert list(plan.read_choices(tmp_path / "many")) == choices


def test_other_files_are_no_choices(tmp_path: Path) -> None:
    """Clause 1."""
    (tmp_path / "text").write_text("rank,recording")
    with pytest.raises(BadInputError):
        list(plan.read_choices(tmp_path / "text"))
    pq.write_table(plan._table([choice(1)]).drop_columns(["listens"]), tmp_path / "fewer")
    with pytest.raises(BadInputError, match="columns"):
        list(plan.read_choices(tmp_path / "fewer"))


points = st.tuples(counts, counts, reals)


@settings(deadline=None)
@given(st.lists(points, max_size=20))
def test_curve_round_trip(rows: list[tuple[int, int, float]]) -> None:
    """Clauses 6 and 7."""
    columns = [sorted(column) for column in zip(*rows, strict=True)]
    curve = tuple(CurvePoint(*row) for row in zip(*columns, strict=True))
    data = plan.encode_curve(curve, curve[-1].listens if curve else 0.0)
    assert plan.decode_curve(data) == curve
    assert data.startswith(b"bytes,recordings,listens,coverage\n")


def test_curve_bytes() -> None:
    """Clause 6."""
    data = plan.encode_curve([CurvePoint(0, 0, 0.0), CurvePoint(10, 1, 2.5)], 10.0)
    assert data == b"bytes,recordings,listens,coverage\n0,0,0.0,0.0\n10,1,2.5,0.25\n"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"bytes,listens\n",
        b"bytes,recordings,listens,coverage\n1,2,3\n",
        b"bytes,recordings,listens,coverage\n1,2,nan,0\n",
        b"bytes,recordings,listens,coverage\n1,2,x,0\n",
        b"bytes,recordings,listens,coverage\n2,1,1.0,0\n1,1,1.0,0\n",
        b"\xff\xfe",
    ],
)
def test_spoilt_curves_are_refused(data: bytes) -> None:
    """Clauses 6 and 7."""
    with pytest.raises(BadInputError, match=r"curve\.csv"):
        plan.decode_curve(data)
