"""docs/plan.md: never over the budget, within one step of the bound, the same however it is batched."""

from collections.abc import Callable, Iterable
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenuto.model.plan import Tier
from tenuto.plan import TIERS, CandidateBatch, Solution, Utility, curve, solve

Row = tuple[float, int, int]
"""(listens, original bytes, access bytes)."""


def batched(rows: list[Row], size: int = 1000) -> Callable[[], Iterable[CandidateBatch]]:
    batches = [batch(rows[start : start + size], start) for start in range(0, len(rows), size)]
    return lambda: batches


def batch(rows: list[Row], start: int = 0) -> CandidateBatch:
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    return CandidateBatch(
        np.arange(start, start + len(rows), dtype=np.int64),
        np.array(columns[0], dtype=np.float64),
        np.array(columns[1], dtype=np.int64),
        np.array(columns[2], dtype=np.int64),
    )


def tiers(solution: Solution, rows: list[Row]) -> list[Tier]:
    return [TIERS[code] for code in solution.tiers(batch(rows))]


def options(row: Row, utility: Utility) -> list[tuple[int, float]]:
    listens, original, access = row
    offered = [(0, 0.0), (access, utility.access * listens), (original, utility.original * listens)]
    return [option for option in offered if option[0] >= 0]


def optimum(rows: list[Row], budget: int, utility: Utility) -> float:
    """By trying everything."""
    best = 0.0
    for chosen in product(*(options(row, utility) for row in rows)):
        if sum(size for size, _ in chosen) <= budget:
            best = max(best, sum(worth for _, worth in chosen))
    return best


untimed = settings(deadline=None)
"""A busy machine is no fault of the plan."""

sizes = st.integers(1, 60) | st.just(-1)
listens = st.integers(1, 100).map(float) | st.just(0.0) | st.floats(0.001, 1e6)
rows_of = st.lists(st.tuples(listens, sizes, sizes), max_size=7)
utilities = st.floats(0.05, 1).map(lambda access: Utility(access=access))


@untimed
@given(rows_of, st.integers(0, 300), utilities)
def test_against_brute_force(rows: list[Row], budget: int, utility: Utility) -> None:
    """utility <= optimum <= upper bound, and the gap is at most one step's gain."""
    solution = solve(batched(rows), budget, utility)
    best = optimum(rows, budget, utility)
    slack = 1e-7 * (1 + best)
    assert solution.utility <= best + slack
    assert best <= solution.upper_bound + slack
    largest_step = max((row[0] for row in rows), default=0.0)
    assert solution.upper_bound - solution.utility <= largest_step + slack


@untimed
@given(rows_of, st.integers(0, 300), st.integers(1, 4))
def test_totals_are_what_is_assigned(rows: list[Row], budget: int, size: int) -> None:
    solution = solve(batched(rows, size), budget)
    planned = [
        {Tier.METADATA: 0, Tier.ACCESS: row[2], Tier.ORIGINAL: row[1]}[tier]
        for row, tier in zip(rows, tiers(solution, rows), strict=True)
    ]
    assert all(size >= 0 for size in planned)
    assert solution.bytes == sum(planned) == sum(solution.bytes_by_tier.values()) <= budget
    assert sum(solution.by_tier.values()) == len(rows)
    assert solution.listens_total == pytest.approx(sum(row[0] for row in rows))
    held = [row[0] for row, size in zip(rows, planned, strict=True) if size]
    assert solution.listens_covered == pytest.approx(sum(held))


@untimed
@given(st.lists(st.tuples(listens, sizes, sizes), max_size=60), st.integers(0, 1500), st.integers(1, 7))
def test_batching_changes_nothing(rows: list[Row], budget: int, size: int) -> None:
    whole, parts = solve(batched(rows), budget), solve(batched(rows, size), budget)
    assert tiers(whole, rows) == tiers(parts, rows)
    assert (whole.utility, whole.upper_bound) == (parts.utility, parts.upper_bound)
    assert whole.listens_total == parts.listens_total


@untimed
@given(rows_of, st.integers(0, 300))
def test_nothing_that_fits_is_left_out(rows: list[Row], budget: int) -> None:
    """What remains of the budget is smaller than any first step that wasn't taken."""
    solution = solve(batched(rows), budget)
    left = budget - solution.bytes
    for row, tier in zip(rows, tiers(solution, rows), strict=True):
        if tier is Tier.METADATA:
            _, original, access = row
            both = original > 0 and access > 0
            first = access if (both and 0.97 * original > access) or original < 0 else original
            assert first < 0 or first > left


@pytest.mark.parametrize(
    ("rows", "budget", "expected"),
    [
        ([], 10, ""),
        ([(5.0, 10, 4)], 0, "m"),
        ([(5.0, 10, 4)], 3, "m"),
        ([(5.0, 10, 4)], 9, "a"),
        ([(5.0, 10, 4)], 10, "o"),
        ([(5.0, 10, 10)], 10, "o"),
        ([(5.0, -1, 4)], 10, "a"),
        ([(5.0, 10, -1)], 10, "o"),
        ([(5.0, -1, -1), (1.0, 0, 0)], 10, "mm"),
        ([(5.0, 100, 10), (4.0, 100, 10), (3.0, 100, 10)], 25, "aam"),
        ([(5.0, 100, 10), (4.0, 100, 10), (3.0, 100, 10)], 120, "oaa"),
        ([(5.0, 10, -1), (5.0, 10, -1), (5.0, 10, -1)], 20, "oom"),
        ([(5.0, 30, -1), (4.0, 25, -1), (1.0, 10, -1)], 36, "omm"),
        ([(5.0, 30, -1), (4.0, 25, -1), (1.0, 10, -1)], 40, "omo"),
    ],
)
def test_small_plans(rows: list[Row], budget: int, expected: str) -> None:
    solution = solve(batched(rows), budget)
    assert "".join(tier[0] for tier in tiers(solution, rows)) == expected


def test_unheard_recordings_come_last_and_smallest_first() -> None:
    rows = [(1e-3, 100, -1), (0.0, 50, -1), (0.0, 10, -1), (0.0, 20, -1)]
    assert [tier[0] for tier in tiers(solve(batched(rows), 130), rows)] == list("omoo")
    assert [tier[0] for tier in tiers(solve(batched(rows), 112), rows)] == list("omom")
    assert [tier[0] for tier in tiers(solve(batched(rows), 105), rows)] == list("ommm")


def test_ties_go_by_rank() -> None:
    rows = [(1.0, 10, -1)] * 1000
    solution = solve(batched(rows, 7), 5005)
    assert tiers(solution, rows) == [Tier.ORIGINAL] * 500 + [Tier.METADATA] * 500
    assert solution.bytes == 5000


def test_no_listens_anywhere() -> None:
    """Then the plan holds as many recordings as fit."""
    rows = [(0.0, 40, 10), (0.0, 30, 12), (0.0, 20, -1)]
    solution = solve(batched(rows), 25)
    assert [tier[0] for tier in tiers(solution, rows)] == list("aam")
    assert (solution.listens_total, solution.upper_bound, solution.gap) == (0.0, 0.0, 0.0)


def test_faults_are_the_callers() -> None:
    with pytest.raises(ValueError, match="negative"):
        solve(batched([]), -1)
    with pytest.raises(ValueError, match="utilities"):
        Utility(access=1.5)
    with pytest.raises(ValueError, match="listens"):
        batch([(float("nan"), 1, 1)])
    with pytest.raises(ValueError, match="length"):
        CandidateBatch(np.arange(1), np.ones(2), np.arange(1), np.arange(1))
    with pytest.raises(ValueError, match="points"):
        curve(batched([]), points=1)


def zipf(count: int) -> list[Row]:
    random = np.random.default_rng(7)
    sizes_of = random.integers(2_000_000, 9_000_000, count)
    heard = 1e6 / np.arange(1, count + 1)
    heard[count * 9 // 10 :] = 0
    pairs = zip(heard.tolist(), sizes_of.tolist(), (sizes_of // 3).tolist(), strict=True)
    return [(float(one), int(two), int(three)) for one, two, three in pairs]


@pytest.mark.parametrize("share", [0.001, 0.1, 0.5, 0.9, 2.0])
def test_a_long_tail_is_planned_close_to_the_bound(share: float) -> None:
    rows = zipf(20_000)
    budget = int(share * sum(row[1] for row in rows))
    solution = solve(batched(rows, 3000), budget)
    assert solution.bytes <= budget
    assert solution.gap < 1e-3


def test_curve_ascends_from_nothing_to_everything() -> None:
    rows = zipf(20_000)
    points = curve(batched(rows, 3000), points=200)
    assert 50 < len(points) <= 200
    assert (points[0].bytes, points[0].recordings, points[0].listens) == (0, 0, 0.0)
    assert points[-1].bytes == sum(row[1] for row in rows)
    assert points[-1].recordings == len(rows)
    assert points[-1].listens == pytest.approx(sum(row[0] for row in rows))
    for before, after in pairwise(points):
        assert before.bytes < after.bytes
        assert before.recordings <= after.recordings
        assert before.listens <= after.listens


@settings(untimed, max_examples=25)
@given(rows_of, st.integers(2, 9))
def test_curve_points_are_plans(rows: list[Row], points: int) -> None:
    """With a point's bytes as the budget, the plan holds at least its recordings and listens."""
    found = curve(batched(rows), points)
    assert len(found) <= points
    for point in found:
        solution = solve(batched(rows), point.bytes)
        held = len(rows) - solution.by_tier[Tier.METADATA]
        assert held >= point.recordings
        assert solution.listens_covered >= point.listens * (1 - 1e-9)
