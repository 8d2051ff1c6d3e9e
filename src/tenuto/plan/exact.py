"""The exact optimum of small problems: dynamic programming over the core (Pisinger 1995).

With a price a byte for the budget and for each limit, every option *loses* something against its recording's
best one, and every byte left unspent loses its price. A plan is worth the relaxation's bound less what it
loses. All plans that lose at most D are enumerated, and D is raised until there is one: the best of them is
then the best of all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenuto.plan.candidates import Codes, Floats, Ints
from tenuto.plan.relaxation import Problem, prices

MOST_STATES: Final = 400_000
"""Partial plans held at a time; a problem that needs more is left to the heuristic."""

_FIRST_GAP: Final = 1e-6
_RISE: Final = 8
_ROUNDING: Final = 1e-12


class _TooManyError(Exception):
    """More states than may be held."""


@dataclass(slots=True, eq=False)
class _Chain:
    """Partial plans, and the choices that led to them."""

    cost: Ints
    gain: Floats
    lost: Floats
    history: list[tuple["int | _Chain", Ints, Ints]]
    """(recording or chain, state before, option) of each choice."""

    def extend(self, what: "int | _Chain", options: tuple[Ints, Floats, Floats], gap: float) -> None:
        """Every state with every option (cost, gain, loss), without those that lose too much or are no
        better than a cheaper one."""
        if len(self.cost) * len(options[0]) > 16 * MOST_STATES:
            raise _TooManyError
        lost = (self.lost[:, None] + options[2]).ravel()
        kept = np.flatnonzero(lost <= gap)
        before, option = np.divmod(kept, len(options[0]))
        cost, gain = self.cost[before] + options[0][option], self.gain[before] + options[1][option]
        order = np.lexsort((-gain, cost))
        best = np.maximum.accumulate(gain[order])
        better = order[np.concatenate(([True], best[1:] > best[:-1]))] if len(order) else order
        if len(better) > MOST_STATES:
            raise _TooManyError
        self.cost, self.gain, self.lost = cost[better], gain[better], lost[kept][better]
        self.history.append((what, before[better], option[better]))

    def within(self, limit: int, price: float, gap: float) -> None:
        """Drops what is beyond the limit; bytes of it left unspent lose their price."""
        lost = self.lost + price * (limit - self.cost)
        kept = np.flatnonzero((self.cost <= limit) & (lost <= gap))
        self.cost, self.gain, self.lost = self.cost[kept], self.gain[kept], lost[kept]
        if self.history:
            what, before, option = self.history[-1]
            self.history[-1] = (what, before[kept], option[kept])

    def options(self) -> tuple[Ints, Floats, Floats]:
        return self.cost, self.gain, self.lost

    def choices(self, state: int) -> dict[int, int]:
        """The option of each recording in a state."""
        found: dict[int, int] = {}
        for what, before, option in reversed(self.history):
            if isinstance(what, _Chain):
                found |= what.choices(int(option[state]))
            else:
                found[what] = int(option[state])
            state = int(before[state])
        return found


def exact(problem: Problem) -> Codes | None:
    """Each recording's code in a best plan; None where no plan is allowed, or it takes too many states."""
    price, surcharges = prices(problem)
    each = np.array([price, *(price + more for more in surcharges)])[problem.pool]
    worth = np.where(problem.allowed, problem.gain - each * problem.cost, -np.inf)
    best = worth.max(axis=0, initial=-np.inf)
    scale = float(np.abs(best).sum() + price * problem.budget + np.dot(surcharges, problem.limits)) or 1.0
    gap = scale * _FIRST_GAP
    while gap <= _RISE * scale:
        try:
            found = _within(problem, best - worth, (price, *surcharges), gap + scale * _ROUNDING)
        except _TooManyError:
            return None
        if found is not None:
            return found
        gap *= _RISE
    return None


def _within(problem: Problem, lost: Floats, charges: Sequence[float], gap: float) -> Codes | None:
    """The best of all plans that lose at most `gap`; None where there is none."""
    codes: Codes = lost.argmin(axis=0).astype(np.int8)
    options: dict[int, NDArray[np.int64]] = {}
    whole = _Chain(np.zeros(1, dtype=np.int64), np.zeros(1), np.zeros(1), [])
    for pool in (*range(1, len(problem.limits) + 1), 0):
        chain = whole if pool == 0 else _Chain(np.zeros(1, dtype=np.int64), np.zeros(1), np.zeros(1), [])
        members = np.flatnonzero(problem.pool == pool)
        _take_fixed(chain, problem, members, codes)
        for recording in members[
            np.argsort(np.partition(lost[:, members], 1, axis=0)[1], kind="stable")
        ].tolist():
            rows = np.flatnonzero(lost[:, recording] <= gap)
            if len(rows) == 1:
                break
            options[recording] = rows
            base = codes[recording]
            cost = problem.cost[rows, recording] - problem.cost[base, recording]
            gain = problem.gain[rows, recording] - problem.gain[base, recording]
            chain.extend(recording, (cost, gain, lost[rows, recording]), gap)
        if pool:
            chain.within(problem.limits[pool - 1], charges[pool], gap)
            whole.extend(chain, chain.options(), gap)
    whole.within(problem.budget, charges[0], gap)
    if not len(whole.cost):
        return None
    for recording, option in whole.choices(int(whole.gain.argmax())).items():
        codes[recording] = options[recording][option]
    return codes


def _take_fixed(chain: _Chain, problem: Problem, members: Ints, codes: Codes) -> None:
    """Begins with everybody's best option; what follows are differences."""
    chain.cost = chain.cost + problem.cost[codes[members], members].sum()
    chain.gain = chain.gain + problem.gain[codes[members], members].sum()
