"""Random plans, small enough for an independent solver."""

import highspy
import numpy as np

from tenuto.plan import Problem

RATES = (64, 96, 128)
QUALITY = (0.0, 0.75, 0.87, 0.91, 1.0)


def instance(random: np.random.Generator, most: int = 200, *, constrained: bool) -> Problem:
    """Like a catalogue: log-normal durations, listens with a long tail, tiers missing here and there.

    Constrained: some recordings must be held, and up to three limits, which may make it impossible.
    """
    count = int(random.integers(1, most + 1))
    unit = int(random.choice([1, 1000, 1_000_000]))
    seconds, listens = random.lognormal(5.4, 0.45, count), random.pareto(1.0, count) * 100
    cost = np.zeros((5, count), dtype=np.int64)
    for row, rate in enumerate(RATES, 1):
        cost[row] = np.maximum(1, seconds * rate * 130 / unit)
    cost[4] = np.maximum(1, seconds * random.uniform(80, 900, count) * 125 / unit)
    worth = listens / listens.sum() + random.uniform(0, 1, count) / count
    allowed = random.random((5, count)) < 0.9
    allowed[0] = True
    pool, limits = np.zeros(count, dtype=np.int8), tuple[int, ...]()
    if constrained:
        must = random.random(count) < 0.05
        allowed[0, must], allowed[2, must] = False, True
        number = int(random.integers(0, 4))
        pool = random.integers(0, number + 1, count).astype(np.int8)
        limits = tuple(
            int(cost[4, pool == each].sum() * random.uniform(0.05, 0.8)) for each in range(1, number + 1)
        )
    gain = np.where(allowed, np.outer(QUALITY, worth), 0.0)
    budget = int(cost[4].sum() * random.uniform(0.02, 0.9))
    return Problem(cost, gain, allowed, pool, budget, limits)


_EXACT = {
    "output_flag": False,
    "threads": 1,
    "mip_rel_gap": 0.0,
    "mip_abs_gap": 0.0,
    "mip_feasibility_tolerance": 1e-10,
    "primal_feasibility_tolerance": 1e-10,
    "dual_feasibility_tolerance": 1e-10,
}


def optimum(problem: Problem) -> float | None:
    """By HiGHS' branch and bound, bytes as shares of their limit; None where no plan is allowed."""
    solver = highspy.Highs()  # type: ignore[no-untyped-call]  # the library has no types
    for option, setting in _EXACT.items():
        solver.setOptionValue(option, setting)
    rows, columns = np.nonzero(problem.allowed)
    variables = [solver.addBinary() for _ in rows]
    for each in range(problem.cost.shape[1]):
        solver.addConstr(solver.qsum(variables[at] for at in np.flatnonzero(columns == each)) == 1)
    cost, pools = problem.cost[rows, columns], problem.pool[columns]
    within = [pools == at for at in range(1, len(problem.limits) + 1)]
    for limit, places in zip((problem.budget, *problem.limits), (pools >= 0, *within), strict=True):
        terms = [
            float(cost[at]) / max(limit, 1) * variables[at] for at in np.flatnonzero(places & (cost > 0))
        ]
        if terms:
            solver.addConstr(solver.qsum(terms) <= limit / max(limit, 1))
    gain = problem.gain[rows, columns]
    solver.maximize(solver.qsum(float(gain[at]) * variables[at] for at in range(len(rows))))
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    found: float = solver.getInfo().objective_function_value
    return found


def value(problem: Problem, codes: np.ndarray) -> float:
    """What a plan is worth; fails where it isn't allowed."""
    columns = np.arange(len(codes))
    cost = problem.cost[codes, columns]
    assert problem.allowed[codes, columns].all()
    assert cost.sum() <= problem.budget
    for place, limit in enumerate(problem.limits, 1):
        assert cost[problem.pool == place].sum() <= limit
    return float(problem.gain[codes, columns].sum())
