"""docs/formats/plan.md, clause by clause."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tenuto.formats import plan
from tenuto.model.errors import BadInputError, UsageError
from tenuto.model.ids import PlanId, SnapshotId
from tenuto.model.plan import CurvePoint, PlanSummary, SiteShare, Tier

counts = st.integers(0, plan.LARGEST)
reals = st.floats(0, 1e15)
tiers = st.fixed_dictionaries(dict.fromkeys(Tier, counts))
values = (
    st.text(max_size=5) | st.integers(0, 10**9) | st.booleans() | st.lists(st.text(max_size=5), max_size=3)
)


@st.composite
def summaries(draw: st.DrawFn) -> PlanSummary:
    return plan.identified(
        PlanSummary(
            id=PlanId(""),
            snapshot=SnapshotId(draw(st.text("0123456789abcdef", min_size=16, max_size=16))),
            budget_bytes=draw(counts),
            bytes=draw(counts),
            by_tier=draw(tiers),
            bytes_by_tier=draw(tiers),
            listens_covered=draw(reals),
            listens_total=draw(reals),
            synthetic=draw(st.booleans()),
            loss_avoided=draw(reals),
            policy=draw(st.dictionaries(st.text(max_size=8), values, max_size=4)),
            tiers_sha256="0" * 64,
        )
    )


@settings(deadline=None)
@given(summaries())
def test_summary_round_trip(summary: PlanSummary) -> None:
    """Clauses 5 and 6: canonical, and the id is the digest of the rest."""
    data = plan.encode_summary(summary)
    assert plan.decode_summary(data) == summary
    assert plan.encode_summary(plan.decode_summary(data)) == data


def summary(budget: int = 100) -> PlanSummary:
    return plan.identified(
        PlanSummary(
            id=PlanId(""),
            snapshot=SnapshotId("0" * 16),
            budget_bytes=budget,
            bytes=90,
            by_tier={Tier.ORIGINAL: 1, Tier.ACCESS: 2},
            bytes_by_tier={Tier.ORIGINAL: 60, Tier.ACCESS: 30},
            listens_covered=7.5,
            listens_total=10,
            synthetic=True,
            tiers_sha256="ab",
            covered={"artists": 2},
            known={"artists": 3},
            copies=2,
            sites=(SiteShare("attic", "home", 200, 90, 3),),
            sites_sha256="cd",
        )
    )


def example() -> bytes:
    return plan.encode_summary(summary())


def test_summary_bytes_are_fixed() -> None:
    """Clause 5: any machine, the same bytes."""
    tiers_of = b'{"access":2,"access-high":0,"access-low":0,"metadata":0,"original":1}'
    bytes_of = b'{"access":30,"access-high":0,"access-low":0,"metadata":0,"original":60}'
    assert example() == (
        b'{"bound":0,"budget_bytes":100,"by_tier":'
        + tiers_of
        + b',"bytes":90,"bytes_by_tier":'
        + bytes_of
        + b',"copies":2,"counted_total":0,"coverage_high":1,"coverage_low":0,'
        b'"covered":{"artists":2},"exact":false,"format":"tenuto-plan-3","id":"'
        + plan.decode_summary(example()).id.encode()
        + b'","known":{"artists":3},"listens_covered":7.5,"listens_total":10,'
        b'"loss_avoided":0,"loss_total":0,"policy":{},"sites":['
        b'{"bytes":90,"capacity_bytes":200,"name":"attic","place":"home","recordings":3}],'
        b'"sites_sha256":"cd","snapshot":"0000000000000000","squares_total":0,"synthetic":true,'
        b'"tiers_sha256":"ab","value":0}'
    )


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data[:-1],
        lambda data: data.replace(b'"bytes":90', b'"bytes":91'),
        lambda data: data.replace(b"tenuto-plan-3", b"tenuto-plan-2"),
        lambda data: data.replace(b"{", b'{"more":1,', 1),
        lambda data: data.replace(b'"metadata"', b'"vinyl"'),
        lambda data: data.replace(b'"place":"home"', b'"place":"away"'),
        lambda data: b"\xff" + data,
    ],
)
def test_spoilt_summaries_are_refused(spoil: Callable[[bytes], bytes]) -> None:
    """Clauses 5 and 6."""
    with pytest.raises(BadInputError, match=r"plan\.json"):
        plan.decode_summary(spoil(example()))


def test_too_large_a_budget() -> None:
    """Clause 5: JSON's numbers end at 2^53 - 1."""
    with pytest.raises(UsageError, match="below"):
        summary(2**53)


def steps(rows: int) -> dict[str, NDArray[Any]]:
    random = np.random.default_rng(rows)
    return {
        field.name: random.integers(0, 10**12, rows).astype(field.type.to_pandas_dtype())
        for field in plan.STEPS_SCHEMA
    }


@pytest.mark.parametrize("rows", [0, 1, 1000])
def test_steps_round_trip(tmp_path: Path, rows: int) -> None:
    """Clauses 3 and 4: equal sums give equal bytes."""
    one, two = tmp_path / "one", tmp_path / "two"
    plan.write_steps(one, steps(rows))
    plan.write_steps(two, steps(rows))
    assert one.read_bytes() == two.read_bytes()
    found = plan.read_steps(one)
    assert list(found) == plan.STEPS_SCHEMA.names
    assert all(found[name].tolist() == steps(rows)[name].tolist() for name in found)


def test_other_files_are_no_steps(tmp_path: Path) -> None:
    """Clause 3."""
    (tmp_path / "text").write_text("pool,bucket")
    with pytest.raises(BadInputError):
        plan.read_steps(tmp_path / "text")


points = st.tuples(counts, counts, reals)
HEADER = b"bytes,recordings,listens,coverage,low,high,saved,releases,artists,genres\n"


@settings(deadline=None)
@given(st.lists(points, max_size=20))
def test_curve_round_trip(rows: list[tuple[int, int, float]]) -> None:
    """Clauses 7 and 8."""
    columns = [sorted(column) for column in zip(*rows, strict=True)]
    curve = tuple(CurvePoint(*row) for row in zip(*columns, strict=True))
    data = plan.encode_curve(curve, curve[-1].listens if curve else 0.0)
    assert plan.decode_curve(data) == curve
    assert data.startswith(HEADER)


def test_curve_bytes() -> None:
    """Clause 7."""
    point = CurvePoint(10, 1, 2.5, 0.5, 0.2, 0.3, 1, 2, 3)
    points_of = [CurvePoint(0, 0, 0.0), point]

    assert plan.encode_curve(points_of, 10.0) == (
        HEADER + b"0,0,0.0,0.0,0.0,1.0,0.0,0,0,0\n10,1,2.5,0.25,0.2,0.3,0.5,1,2,3\n"
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"bytes,listens\n",
        HEADER + b"1,2,3\n",
        HEADER + b"1,2,nan,0,0,1,0,0,0,0\n",
        HEADER + b"1,2,x,0,0,1,0,0,0,0\n",
        HEADER + b"2,1,1.0,0,0,1,0,0,0,0\n1,1,1.0,0,0,1,0,0,0,0\n",
        b"\xff\xfe",
    ],
)
def test_spoilt_curves_are_refused(data: bytes) -> None:
    """Clauses 7 and 8."""
    with pytest.raises(BadInputError, match=r"curve\.csv"):
        plan.decode_curve(data)
