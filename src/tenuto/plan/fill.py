"""The last bytes of a budget: ties in rank order, then single steps that still fit."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenuto.plan.buckets import groups
from tenuto.plan.candidates import Batches, CandidateBatch, Ints, Steps, Utility, steps

_KEPT: Final = 4096
"""How many of the most efficient steps beyond the cut are looked at for what is left of the budget."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Everything before it is bought: groups above `group`, and in it what stands before (rank, step)."""

    group: int
    rank: int
    step: int


@dataclass(frozen=True, slots=True, eq=False)
class Extras:
    """Recordings whose tier is raised beyond the cut; ranks ascend."""

    ranks: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    tiers: NDArray[np.int8] = field(default_factory=lambda: np.zeros(0, dtype=np.int8))

    def apply(self, rank: Ints, codes: NDArray[np.int8]) -> NDArray[np.int8]:
        """Sets the raised tiers in `codes`, which belong to the ascending `rank`."""
        first, last = np.searchsorted(self.ranks, rank[[0, -1]] + [0, 1]) if len(rank) else (0, 0)
        codes[np.searchsorted(rank, self.ranks[first:last])] = self.tiers[first:last]
        return codes


def bought(batch: CandidateBatch, step: Steps, number: int, cut: Cut) -> NDArray[np.bool_]:
    """Which recordings' first (0) or second (1) step stands before the cut."""
    group = groups(step)
    before = (batch.rank < cut.rank) | ((batch.rank == cut.rank) & (number < cut.step))
    taken: NDArray[np.bool_] = step.exist & ((group > cut.group) | ((group == cut.group) & before))
    return taken


def fill(batches: Batches, utility: Utility, group: int, left: int) -> tuple[Cut, Extras]:
    """Spends `left` bytes on the marginal group in rank order, then on the most efficient steps that fit."""
    cut, left = _cut_in_rank_order(batches, utility, group, left)
    return cut, _single_steps(_beyond(batches, utility, cut, left), left)


def _cut_in_rank_order(batches: Batches, utility: Utility, group: int, left: int) -> tuple[Cut, int]:
    """The first step of the group that the budget can't pay; the bytes left before it."""
    for batch in batches():
        rank, number, cost = _members(batch, utility, group)
        spent = np.cumsum(cost)
        place = int(np.searchsorted(spent, left, side="right"))
        if place < len(spent):
            left -= int(spent[place - 1]) if place else 0
            return Cut(group, int(rank[place]), int(number[place])), left
        left -= int(spent[-1]) if len(spent) else 0
    raise AssertionError("the marginal group must not fit: the candidates changed between two readings")


def _members(batch: CandidateBatch, utility: Utility, group: int) -> tuple[Ints, Ints, Ints]:
    """(rank, step number, cost) of a group's steps in a batch, by rank and step."""
    parts = []
    for number, step in enumerate(steps(batch, utility)):
        inside = np.flatnonzero(step.exist & (groups(step) == group))
        parts.append((batch.rank[inside], np.full(len(inside), number), step.cost[inside]))
    rank, number_of, cost = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    order = np.lexsort((number_of, rank))
    return rank[order], number_of[order], cost[order]


@dataclass(frozen=True, slots=True, eq=False)
class _Beyond:
    """Steps beyond the cut: the most efficient first, then the best ranked, then the first step."""

    rank: Ints
    number: Ints
    key: Ints
    cost: Ints
    tier: Ints
    based: Ints
    """1 where the recording's first step was bought or there is nothing below this step."""

    def best(self) -> "_Beyond":
        order = np.lexsort((self.number, self.rank, -self.key))[:_KEPT]
        return _Beyond(*(column[order] for column in self.columns()))

    def columns(self) -> tuple[Ints, ...]:
        return self.rank, self.number, self.key, self.cost, self.tier, self.based


def _beyond(batches: Batches, utility: Utility, cut: Cut, left: int) -> _Beyond:
    """The most efficient affordable steps beyond the cut, at most `_KEPT`."""
    best = _Beyond(*(np.zeros(0, dtype=np.int64) for _ in range(6)))
    for batch in batches():
        parts = [best, *_beyond_in(batch, utility, cut, left)]
        if any(len(part.rank) for part in parts[1:]):
            best = _Beyond(*map(np.concatenate, zip(*(part.columns() for part in parts), strict=True))).best()
    return best


def _beyond_in(batch: CandidateBatch, utility: Utility, cut: Cut, left: int) -> Iterator[_Beyond]:
    first, second = steps(batch, utility)
    based = bought(batch, first, 0, cut)
    for number, step in enumerate((first, second)):
        wanted = step.exist & (step.cost <= left) & ~bought(batch, step, number, cut)
        at = _most_efficient(np.flatnonzero(wanted), step.key)
        ready = based[at].astype(np.int64) if number else np.ones(len(at), dtype=np.int64)
        tier = step.tier[at].astype(np.int64)
        yield _Beyond(batch.rank[at], np.full(len(at), number), step.key[at], step.cost[at], tier, ready)


def _most_efficient(at: Ints, key: Ints) -> Ints:
    """The `_KEPT` best of one batch; of equal keys the best ranked, as everywhere."""
    if len(at) <= _KEPT:
        return at
    return at[np.lexsort((at, -key[at]))[:_KEPT]]


def _single_steps(steps_beyond: _Beyond, left: int) -> Extras:
    """Greedily: each step that fits, if its recording is held as far as the step presumes."""
    raised: dict[int, int] = {}
    rows = zip(*(column.tolist() for column in steps_beyond.columns()), strict=True)
    for rank, _, _, cost, tier, based in rows:
        if cost <= left and (based or rank in raised):
            raised[rank] = tier
            left -= cost
    ranks = sorted(raised)
    return Extras(np.array(ranks, dtype=np.int64), np.array([raised[rank] for rank in ranks], dtype=np.int8))
