"""A recording's tiers as steps of falling efficiency: the upper convex hull of bytes and gain."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenuto.plan.candidates import CandidateBatch, Codes, Floats, Ints, Objective, Totals

STEPS: Final = 4
"""At most one a tier."""

_MANTISSA_BITS: Final = 12
_LOWEST: Final = -104
_HIGHEST: Final = 8
BUCKETS: Final = (_HIGHEST - _LOWEST) << _MANTISSA_BITS
"""Of gain a byte, from 2^-104 to 2^8: cutting the tail off the bits of a double gives logarithmic buckets,
2^-12 wide, without a logarithm and equal on every machine. What is beyond counts in the last bucket."""
MUST: Final = BUCKETS
"""The bucket of steps that are bought in any case."""

AT_ONCE: Final = 16_384
"""Recordings whose arrays fit into a processor's cache together."""

_SHIFT: Final = 52 - _MANTISSA_BITS
_FIRST: Final = (_LOWEST + 1023) << _MANTISSA_BITS


@dataclass(frozen=True, slots=True, eq=False)
class StepBatch:
    """Row s of an array with four rows is the recordings' step s; a step comes after the steps before it."""

    batch: CandidateBatch
    tier: Codes
    """The tier code reached; 0 where there is no such step."""
    cost: Ints
    """Bytes more than before the step; 0 where there is none."""
    gain: Floats
    loss: Floats
    """What the step adds to the recording's chance of being saved."""
    bucket: NDArray[np.int32]
    """-1 where there is no such step; never rises from step to step."""
    thinned: NDArray[np.int32]
    """The bucket of the first step, had the recording been counted once less (docs/plan.md, Error bands)."""


def steps(batch: CandidateBatch, objective: Objective, totals: Totals) -> StepBatch:
    """The upper convex hull of each recording's tiers, from nothing upwards.

    A tier under the hull is never part of the linear relaxation's optimum (Sinha and Zoltners, 1979). What
    must be held begins at its smallest tier instead of at nothing.
    """
    found = StepBatch(
        batch,
        np.zeros((STEPS, len(batch)), dtype=np.int8),
        np.zeros((STEPS, len(batch)), dtype=np.int64),
        np.zeros((STEPS, len(batch))),
        np.zeros((STEPS, len(batch))),
        np.full((STEPS, len(batch)), -1, dtype=np.int32),
        np.full(len(batch), -1, dtype=np.int32),
    )
    less = objective.share_with_one_listen_less(batch, totals)
    sizes, worth = objective.offered(batch), objective.worth(batch, totals)
    for start in range(0, len(batch), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        _climb(found, part, sizes[:, part], worth[:, part], objective)
        _thin(found, part, less[part])
    return found


def _climb(found: StepBatch, part: slice, sizes: Ints, worth: Floats, objective: Objective) -> None:
    """Some recordings' steps: from where they are, always along the steepest way up."""
    columns, loss = np.arange(sizes.shape[1]), found.batch.loss[part]
    quality = np.array([0.0, *objective.quality])
    ahead = np.where(sizes > 0, sizes, np.inf)
    forced = found.batch.must[part] & (sizes > 0).any(axis=0)
    size, value, saved = np.zeros(len(columns)), np.zeros(len(columns)), np.zeros(len(columns))
    limit = np.full(len(columns), np.inf)
    for number in range(STEPS):
        best, slope = best_rows((worth - value) / (ahead - size))
        limit = np.minimum(slope, limit)
        bucket = np.where(limit > 0, bucket_of(limit), -1)
        if number == 0 and forced.any():
            best, bucket = np.where(forced, ahead.argmin(axis=0), best), np.where(forced, MUST, bucket)
            limit = np.where(forced, np.inf, limit)
        exist = bucket >= 0
        if not exist.any():
            return
        new_size = np.where(exist, sizes[best, columns], size)
        new_value = np.where(exist, worth[best, columns], value)
        new_saved = np.where(exist, quality[best + 1] * loss, saved)
        found.tier[number, part], found.bucket[number, part] = np.where(exist, best + 1, 0), bucket
        found.cost[number, part], found.gain[number, part] = new_size - size, new_value - value
        found.loss[number, part] = new_saved - saved
        size, value, saved = new_size, new_value, new_saved
        ahead[ahead <= size] = np.inf


def best_rows(values: Floats) -> tuple[Ints, Floats]:
    """Of each column the row with the most, the first of equals, and how much that is.

    NumPy's `argmax` along the first axis takes several times as long where rows are few and long.
    """
    best, most = np.zeros(values.shape[1], dtype=np.int64), values[0]
    for row in range(1, len(values)):
        np.copyto(best, row, where=values[row] > most)
        most = np.maximum(most, values[row])
    return best, most


def _thin(found: StepBatch, part: slice, less: Floats) -> None:
    """A recording's tiers are worth less all alike: its first step stays the same, at less efficiency."""
    cost, gain, bucket = found.cost[0, part], found.gain[0, part], found.bucket[0, part]
    chosen = (bucket >= 0) & (bucket < MUST)
    efficiency = np.where(chosen, gain * less / np.maximum(cost, 1), 1.0)
    found.thinned[part] = np.where(
        chosen, np.minimum(bucket_of(np.maximum(efficiency, 1e-300)), bucket), bucket
    )


def bucket_of(efficiency: Floats) -> Ints:
    """Buckets ascend with the efficiency, which is positive."""
    bits = np.ascontiguousarray(efficiency, dtype=np.float64).view(np.int64)
    found: Ints = np.clip((bits >> _SHIFT) - _FIRST, 0, BUCKETS - 1)
    return found


def edge(bucket: int) -> float:
    """The least efficiency of a bucket: what is in the bucket below it has less."""
    if bucket <= 0:
        return 0.0
    return float(np.array([(bucket + _FIRST) << _SHIFT], dtype=np.int64).view(np.float64)[0])
