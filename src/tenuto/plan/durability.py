"""The chance that all copies of an object are lost within a year (docs/plan.md, Durability)."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from tenuto.plan.candidates import Floats

DAYS: Final = 365.25
"""In a year."""

AT_ONE_PLACE: Final = 0.1
AT_DIFFERENT_PLACES: Final = 0.01
"""Shares of failures that take all copies at once: the ends of the usual range (IEC 61508-6, annex D)."""

_TERMS: Final = 30


@dataclass(frozen=True, slots=True)
class Keeping:
    """How copies are kept. A copy fails `failure_rate` times a year; of these failures the share `together`
    takes all copies at once. Damage shows at a scrub, every `scrub_days`; mending takes `repair_days`.
    """

    replicas: int
    scrub_days: float
    failure_rate: float
    together: float
    repair_days: float = 1.0

    def __post_init__(self) -> None:
        if self.replicas < 1:
            raise ValueError("there is one copy at least")
        if self.scrub_days < 0 or self.repair_days < 0 or self.scrub_days + self.repair_days <= 0:
            raise ValueError("scrubs and repairs take time")
        if self.failure_rate < 0 or not 0 <= self.together <= 1:
            raise ValueError("a rate isn't negative, and a share lies between 0 and 1")

    @property
    def repair_rate(self) -> float:
        """A year: damage waits half an interval on the average."""
        return DAYS / (self.scrub_days / 2 + self.repair_days)


def generator(keeping: Keeping) -> Floats:
    """Rates a year from state to state: the number of copies that are gone. The last state is never left."""
    alone = keeping.failure_rate * (1 - keeping.together)
    common = keeping.failure_rate * keeping.together
    found = np.zeros((keeping.replicas + 1, keeping.replicas + 1))
    for gone in range(keeping.replicas):
        found[gone, gone + 1] += (keeping.replicas - gone) * alone
        found[gone, keeping.replicas] += common
        if gone:
            found[gone, gone - 1] += gone * keeping.repair_rate
    found -= np.diag(found.sum(axis=1))
    return found


def yearly_loss(keeping: Keeping) -> float:
    """The chance that an object whose copies are all sound is lost a year later: expm(Q)[0, last].

    By scaling and squaring (Moler and Van Loan 2003), on the transient part and the way out of it, so that
    chances far below the rounding of 1 come out right.
    """
    rates = generator(keeping)
    halvings = max(0, int(np.ceil(np.log2(max(float(np.abs(rates).max()), 1e-300)))) + 4)
    step = rates / 2.0**halvings
    power, term = np.eye(len(rates)), np.eye(len(rates))
    for number in range(1, _TERMS):
        term = term @ step / number
        power = power + term
    for _ in range(halvings):
        power = power @ power
    return float(power[0, -1])
