"""docs/plan.md, Durability: the Markov model against a simulation of the copies themselves."""

import math

import numpy as np
import pytest

from tenuto.plan import Keeping, yearly_loss

YEARS = 12_000


def simulated(keeping: Keeping, seed: int) -> float:
    """Years in which an object is lost, event by event, copy by copy."""
    random = np.random.default_rng(seed)
    alone, common = keeping.failure_rate * (1 - keeping.together), keeping.failure_rate * keeping.together
    lost = 0
    for _ in range(YEARS):
        now, gone = 0.0, 0
        while True:
            rates = ((keeping.replicas - gone) * alone, common, gone * keeping.repair_rate)
            now += random.exponential(1 / sum(rates))
            if now > 1:
                break
            event = (
                random.choice(3, p=np.array(rates) / sum(rates))
                if gone
                else int(random.random() > rates[0] / sum(rates))
            )
            gone = (gone + 1, keeping.replicas, gone - 1)[event]
            if gone == keeping.replicas:
                lost += 1
                break
    return lost / YEARS


@pytest.mark.parametrize(
    "keeping",
    [
        Keeping(1, 100, 0.3, 0.2),
        Keeping(2, 300, 0.8, 0.0),
        Keeping(2, 300, 0.8, 0.1),
        Keeping(3, 500, 1.5, 0.05),
    ],
)
def test_equals_the_simulation(keeping: Keeping) -> None:
    expected = yearly_loss(keeping)
    spread = math.sqrt(expected * (1 - expected) / YEARS)
    assert simulated(keeping, 4) == pytest.approx(expected, abs=4 * spread)


def test_known_cases() -> None:
    assert yearly_loss(Keeping(1, 30, 0.02, 0.0)) == pytest.approx(1 - math.exp(-0.02))
    assert yearly_loss(Keeping(5, 30, 0.02, 1.0)) == pytest.approx(1 - math.exp(-0.02))
    three = yearly_loss(Keeping(3, 30, 0.02, 0.0))
    rate = Keeping(3, 30, 0.02, 0.0).repair_rate
    assert three == pytest.approx(3 * 0.02 * 2 * 0.02 / rate * 0.02 / (2 * rate), rel=0.1)
    assert yearly_loss(Keeping(3, 30, 0.02, 0.01)) > 100 * three
    assert yearly_loss(Keeping(2, 30, 0.0, 0.0)) == 0


@pytest.mark.parametrize(
    ("replicas", "scrub", "rate", "together"),
    [(0, 1, 0.1, 0), (1, -1, 0.1, 0), (1, 1, -0.1, 0), (1, 1, 0.1, 2)],
)
def test_senseless_keeping(replicas: int, scrub: float, rate: float, together: float) -> None:
    with pytest.raises(ValueError, match=r"copy|time|rate"):
        Keeping(replicas, scrub, rate, together)
