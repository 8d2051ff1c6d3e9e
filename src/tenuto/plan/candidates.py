"""Candidates for holding, and the steps by which each can be bought."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenuto.model.plan import Tier

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

TIERS: Final = (Tier.METADATA, Tier.ACCESS, Tier.ORIGINAL)
"""The meaning of the tier codes 0, 1 and 2, as in `Solution.tiers`."""

METADATA_CODE: Final = 0
ACCESS_CODE: Final = 1
ORIGINAL_CODE: Final = 2

_SMALLEST_KEY_VALUE: Final = 2.0**-300
_UNHEARD: Final = 2.0**-600
"""Recordings without listens count as one listen each, so far below all others that they come after."""


@dataclass(frozen=True, slots=True, eq=False)
class CandidateBatch:
    """Recordings in rank order, one array element each.

    `rank` ascends within and over batches. `listens` are finite and not negative. Sizes are in bytes;
    -1 (anything below 1) means that the tier is not to be had.
    """

    rank: Ints
    listens: Floats
    original_bytes: Ints
    access_bytes: Ints

    def __post_init__(self) -> None:
        lengths = {len(self.rank), len(self.listens), len(self.original_bytes), len(self.access_bytes)}
        if len(lengths) != 1:
            raise ValueError("the arrays of a candidate batch differ in length")
        if not (np.isfinite(self.listens).all() and (self.listens >= 0).all()):
            raise ValueError("listens are not finite, or negative: repair the catalogue's popularity")

    def __len__(self) -> int:
        return len(self.rank)


Batches = Callable[[], Iterable[CandidateBatch]]
"""Gives the same batches each time it is called; asked for up to five times."""


@dataclass(frozen=True, slots=True)
class Utility:
    """What a listen is worth when it is served from a tier (docs/plan.md, Utility)."""

    original: float = 1.0
    access: float = 0.97

    def __post_init__(self) -> None:
        if not 0 < self.access <= self.original:
            raise ValueError("utilities must satisfy 0 < access <= original")


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """The first or the second step of each recording of a batch: what it costs and what it brings.

    Where there is no such step, `cost` is 0. `key` orders steps of all batches: it is the bit pattern of the
    positive double `gain / cost`, which ascends as the value does. `tier` is the tier code reached.
    """

    cost: Ints
    gain: Floats
    key: Ints
    tier: NDArray[np.int8]

    @property
    def exist(self) -> NDArray[np.bool_]:
        return self.cost > 0


def steps(batch: CandidateBatch, utility: Utility) -> tuple[Steps, Steps]:
    """The upper convex hull of each recording's tiers, as steps of falling efficiency.

    Access first and then the original, where access is the more efficient; else only one of them. A tier
    under the hull is never part of the linear relaxation's optimum (Sinha and Zoltners, 1979).
    """
    original, access = np.maximum(batch.original_bytes, 0), np.maximum(batch.access_bytes, 0)
    both = (original > 0) & (access > 0)
    two = both & (utility.access * original > utility.original * access)
    only_access = (access > 0) & (original == 0)
    first_is_access = two | only_access
    first_cost = np.where(first_is_access, access, original)
    first_gain = np.where(first_is_access, utility.access, utility.original) * batch.listens
    rise = utility.original - utility.access
    second_cost = np.where(two & (rise > 0), original - access, 0)
    tier = np.where(first_is_access, ACCESS_CODE, ORIGINAL_CODE).astype(np.int8)
    unheard = batch.listens == 0
    first_worth = np.where(unheard, np.where(first_is_access, utility.access, utility.original), first_gain)
    second_worth = np.where(unheard, rise, rise * batch.listens)
    originals = np.full(len(batch), ORIGINAL_CODE, dtype=np.int8)
    return (
        Steps(first_cost, first_gain, _keys(first_worth, first_cost, unheard), tier),
        Steps(second_cost, rise * batch.listens, _keys(second_worth, second_cost, unheard), originals),
    )


def _keys(worth: Floats, cost: Ints, unheard: NDArray[np.bool_]) -> Ints:
    """The bits of worth / cost, where the step exists; -1 where it doesn't."""
    efficiency = np.maximum(worth / np.maximum(cost, 1), _SMALLEST_KEY_VALUE)
    efficiency = np.where(unheard, efficiency * _UNHEARD, efficiency)
    keys: Ints = np.where(cost > 0, efficiency.view(np.int64), -1)
    return keys
