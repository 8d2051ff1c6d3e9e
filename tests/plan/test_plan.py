"""docs/plan.md, Method and Guarantee: never over the budget or a limit, within a true bound."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenuto.model.errors import SpaceError
from tenuto.plan import (
    HELD,
    CandidateBatch,
    Codes,
    Decision,
    Filler,
    Objective,
    Tableau,
    Tally,
    Totals,
    budget_for,
    curve,
    decide,
    gathered,
    interval,
    part,
    solve_small,
    steps,
)

OBJECTIVE = Objective(rarity=0.5, quality=(0.75, 0.87, 0.91, 1.0))


def catalogue(count: int, seed: int = 1, *, pools: int = 0, must: float = 0.0) -> CandidateBatch:
    random = np.random.default_rng(seed)
    duration = random.lognormal(12.2, 0.45, count)
    sizes = np.stack(
        [duration * rate for rate in (8.7, 13.0, 17.2)] + [duration * random.uniform(10, 110, count)]
    )
    listens = random.pareto(1.0, count) * 100
    listens[random.random(count) < 0.2] = 0
    sizes[:, random.random(count) < 0.1] = -1
    return CandidateBatch(
        number=np.arange(count),
        listens=listens,
        counted=np.floor(listens),
        squares=np.floor(listens),
        loss=random.choice([0.1, 0.38, 1.0], count),
        sizes=sizes.astype(np.int64),
        pool=random.integers(0, pools + 1, count).astype(np.int8),
        must=random.random(count) < must,
        before=np.zeros(count, dtype=np.int8),
    )


def totals_of(batch: CandidateBatch) -> Totals:
    return Totals(len(batch), float(batch.listens.sum()))


def tableau_of(batch: CandidateBatch, objective: Objective = OBJECTIVE, pools: int = 1) -> Tableau:
    totals = totals_of(batch)
    return gathered([part(steps(batch, objective, totals), pools)], totals, pools)


def filled(
    batch: CandidateBatch, decision: Decision, objective: Objective = OBJECTIVE
) -> tuple[Codes, Tally]:
    totals = totals_of(batch)
    filler, tally = Filler(decision, objective, totals), Tally(objective, totals)
    codes = filler.tiers(filler.prepared(batch))
    tally.add(batch, codes)
    return codes, tally


def everything(batch: CandidateBatch) -> int:
    return int(np.maximum(batch.sizes.max(axis=0), 0).sum())


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 2000), st.floats(0, 1.1), st.integers(0, 3), st.integers(0, 100))
def test_within_budget_limits_and_bound(count: int, share: float, pools: int, seed: int) -> None:
    batch = catalogue(count, seed, pools=pools)
    budget, limits = int(share * everything(batch)), [everything(batch) // (4 * (pools + 1))] * pools
    decision = decide(tableau_of(batch, pools=pools + 1), budget, limits)
    codes, tally = filled(batch, decision)
    assert tally.bytes.sum() <= budget
    sizes = np.vstack((np.zeros_like(batch.sizes[:1]), batch.sizes))[codes, batch.number]
    assert (sizes[codes > 0] > 0).all()
    for pool, limit in enumerate(limits, 1):
        assert sizes[batch.pool == pool].sum() <= limit
    assert tally.worth <= decision.bound * (1 + 1e-9)
    assert tally.recordings.sum() == count


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.9, 2.0])
def test_many_recordings_come_close_to_the_bound(share: float) -> None:
    batch = catalogue(100_000)
    decision = decide(tableau_of(batch), int(share * everything(batch)))
    _, tally = filled(batch, decision)
    assert 1 - tally.worth / decision.bound < 1e-4
    assert decision.sum("listens") == pytest.approx(tally.listens, rel=1e-3)
    assert decision.sum("cost") == pytest.approx(tally.bytes.sum(), rel=1e-3)
    assert [round(decision.sum(str(tier))) for tier in HELD] == pytest.approx(
        tally.recordings[1:], rel=0.01, abs=3
    )


def test_the_bound_holds_against_the_exact_optimum() -> None:
    for seed in range(30):
        batch = catalogue(40, seed, pools=1)
        budget, limit = everything(batch) // 3, everything(batch) // 12
        decision = decide(tableau_of(batch, pools=2), budget, [limit])
        best = solve_small(batch, OBJECTIVE, totals_of(batch), budget, [limit])
        assert best is not None
        tally = Tally(OBJECTIVE, totals_of(batch))
        tally.add(batch, best)
        _, greedy = filled(batch, decision)
        assert greedy.worth <= tally.worth * (1 + 1e-9)
        assert tally.worth <= decision.bound * (1 + 1e-9)


def test_batches_change_nothing() -> None:
    batch = catalogue(5000)
    totals, cuts = totals_of(batch), [np.arange(at, min(at + 700, 5000)) for at in range(0, 5000, 700)]
    parts = [part(steps(batch.taken(each), OBJECTIVE, totals), 1) for each in cuts]
    decision = decide(gathered(parts, totals, 1), everything(batch) // 3)
    whole, _ = filled(batch, decide(tableau_of(batch), everything(batch) // 3))
    filler = Filler(decision, OBJECTIVE, totals)
    again = np.concatenate([filler.tiers(filler.prepared(batch.taken(each))) for each in cuts])
    assert again.tolist() == whole.tolist()


def test_what_must_be_held_is_held() -> None:
    batch = catalogue(2000, must=0.05)
    had = batch.must & (batch.sizes > 0).any(axis=0)
    least = int(batch.sizes[0, had].sum())
    codes, _ = filled(batch, decide(tableau_of(batch), least))
    assert (codes[had] > 0).all()
    with pytest.raises(SpaceError, match="must be held"):
        decide(tableau_of(batch), least - 1)


def test_rare_recordings_are_not_held_at_the_worst_tier() -> None:
    """docs/plan.md, The objective: the floor."""
    objective = Objective(rarity=0.5, quality=OBJECTIVE.quality, floor=1)
    batch = catalogue(20_000)
    codes, _ = filled(batch, decide(tableau_of(batch, objective), everything(batch) // 6), objective)
    rare = batch.loss >= objective.floor_from
    assert (codes == 1).any()
    assert not (codes[rare] == 1).any()
    assert (codes[rare] > 0).any()


def test_a_steady_plan_moves_less() -> None:
    batch = catalogue(20_000)
    before, _ = filled(batch, decide(tableau_of(batch), everything(batch) // 4))
    random = np.random.default_rng(3)
    moved = []
    for steadiness in (0.0, 0.05):
        objective = Objective(rarity=0.5, quality=OBJECTIVE.quality, steadiness=steadiness)
        heard = batch.listens * random.normal(1, 0.02, len(batch)).clip(0)
        later = CandidateBatch(
            *(
                batch.number,
                heard,
                batch.counted,
                batch.squares,
                batch.loss,
                batch.sizes,
                batch.pool,
                batch.must,
                before,
            )
        )
        codes, _ = filled(later, decide(tableau_of(later, objective), everything(batch) // 4), objective)
        moved.append(int((codes != before).sum()))
    assert moved[1] < moved[0] / 2


def test_curve_ascends_to_everything() -> None:
    batch = catalogue(20_000)
    points = curve(tableau_of(batch), points=100)
    assert 30 < len(points) <= 100
    assert (points[0].bytes, points[0].recordings, points[0].listens) == (0, 0, 0.0)
    assert points[-1].bytes == tableau_of(batch).column("cost").sum() <= everything(batch)
    for before, after in pairwise(points):
        assert before.bytes < after.bytes
        assert before.recordings <= after.recordings
        assert before.listens <= after.listens
        assert 0 <= after.low <= after.high <= 1


def test_budget_for_a_coverage() -> None:
    batch = catalogue(20_000)
    tableau = tableau_of(batch)
    found = budget_for(
        tableau, 0.9 * decide(tableau, everything(batch)).sum("listens") / totals_of(batch).listens
    )
    assert found is not None
    wanted = 0.9 * decide(tableau, everything(batch)).sum("listens")
    assert decide(tableau, found).sum("listens") >= wanted * (1 - 1e-9)
    assert decide(tableau, found - 1).sum("listens") < wanted
    assert budget_for(tableau, 1.01) is None


def test_coverage_intervals_cover() -> None:
    """docs/plan.md, Error bands; `python -m benchmarks.plan.bench_bands` does thousands."""
    random = np.random.default_rng(8)
    covered, count = 0, 1500
    for _ in range(150):
        rates = random.gamma(0.5, 40.0, count)
        counts = random.poisson(rates).astype(np.float64)
        zeros, sizes = np.zeros(count), np.full((4, count), 1000)
        batch = CandidateBatch(
            *(np.arange(count), (counts + 0.5) * 0.975, counts, counts, zeros, sizes),
            *(zeros.astype(np.int8), zeros.astype(np.bool_), zeros.astype(np.int8)),
        )
        tableau = tableau_of(batch, Objective(rarity=0, quality=OBJECTIVE.quality))
        decision = decide(tableau, 300_000)
        codes, _ = filled(batch, decision, Objective(rarity=0, quality=OBJECTIVE.quality))
        low, high = interval(decision, tableau)
        covered += low <= rates[codes > 0].sum() / rates.sum() <= high
    assert 0.9 <= covered / 150 <= 0.99


def test_faults_are_the_callers() -> None:
    batch = catalogue(10)
    with pytest.raises(ValueError, match="negative"):
        decide(tableau_of(batch), -1)
    with pytest.raises(ValueError, match="rarity"):
        Objective(rarity=2, quality=OBJECTIVE.quality)
    with pytest.raises(ValueError, match="quality"):
        Objective(rarity=0, quality=(0.9, 0.8, 1.0, 1.0))
    with pytest.raises(ValueError, match="points"):
        curve(tableau_of(batch), points=1)
    columns = (batch.loss, batch.sizes, batch.pool, batch.must, batch.before)
    with pytest.raises(ValueError, match="listens"):
        CandidateBatch(batch.number, batch.listens * np.nan, batch.counted, batch.squares, *columns)
    with pytest.raises(ValueError, match="length"):
        CandidateBatch(batch.number[:-1], batch.listens, batch.counted, batch.squares, *columns)
