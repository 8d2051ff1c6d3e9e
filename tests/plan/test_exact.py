"""The exact optimum, against HiGHS; `python -m benchmarks.plan.bench_exact` does ten thousand."""

import numpy as np
import pytest

from tenuto.plan import Problem, exact
from tests.plan.instances import instance, optimum, value


@pytest.mark.parametrize("constrained", [False, True])
def test_equals_highs(constrained: bool) -> None:
    random = np.random.default_rng(20 + constrained)
    solved = 0
    for _ in range(100):
        problem = instance(random, 60, constrained=constrained)
        best, codes = optimum(problem), exact(problem)
        assert (best is None) == (codes is None)
        if codes is not None and best is not None:
            assert value(problem, codes) == pytest.approx(best, rel=1e-7, abs=1e-9)
            solved += 1
    assert solved >= 70


def test_nothing_fits() -> None:
    cost = np.array([[0], [5], [6], [7], [8]])
    gain = np.array([[0.0], [1.0], [2.0], [3.0], [4.0]])
    allowed = np.ones((5, 1), dtype=np.bool_)
    pool = np.zeros(1, dtype=np.int8)
    none = exact(Problem(cost, gain, allowed, pool, 4))
    assert none is not None
    assert none.tolist() == [0]
    must = allowed.copy()
    must[0] = False
    assert exact(Problem(cost, gain, must, pool, 4)) is None
    some = exact(Problem(cost, gain, must, pool, 7))
    assert some is not None
    assert some.tolist() == [3]


def test_a_limit_binds_before_the_budget() -> None:
    cost = np.array([[0, 0], [10, 10], [20, 20], [30, 30], [40, 40]])
    gain = np.array([[0.0, 0.0], [5.0, 1.0], [6.0, 1.5], [7.0, 1.8], [8.0, 2.0]])
    allowed = np.ones((5, 2), dtype=np.bool_)
    codes = exact(Problem(cost, gain, allowed, np.array([1, 0], dtype=np.int8), 100, (20,)))
    assert codes is not None
    assert codes.tolist() == [2, 4]


def test_a_limit_lets_nothing_in() -> None:
    """At the limit's price nothing is worth anything: rounding decides, and the optimum is 0."""
    cost = np.array([[0], [49], [60], [70], [80]])
    gain = np.array([[0.0], [1.0], [1.1], [1.15], [1.2]])
    assert gain[1] - gain[1] / cost[1] * cost[1] != 0
    allowed = np.ones((5, 1), dtype=np.bool_)
    codes = exact(Problem(cost, gain, allowed, np.array([1], dtype=np.int8), 100, (40,)))
    assert codes is not None
    assert codes.tolist() == [0]
