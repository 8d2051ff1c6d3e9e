"""How far a plan reaches into groups of recordings: releases, artists, genres (docs/plan.md, Coverage)."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenuto.plan.candidates import Ints
from tenuto.plan.steps import MUST

_AT_ONCE: Final = 1 << 22
_NOBODY: Final = -2
_NEVER: Final = -1
"""As a bucket: at no budget."""


class Reach:
    """Groups from 0 on, five bytes each. A group without recordings doesn't count."""

    def __init__(self, groups: int, *, whole: bool) -> None:
        self._whole = whole
        self._entry = np.full(groups, np.iinfo(np.int32).max if whole else _NOBODY, dtype=np.int32)
        self._covered = np.full(groups, whole, dtype=np.bool_)

    def add(self, groups: Ints, buckets: NDArray[np.int32], held: NDArray[np.bool_]) -> None:
        """Members: each one's group, the bucket from which on it is held (-1: never), and whether it is."""
        if self._whole:
            np.minimum.at(self._entry, groups, buckets)
            self._covered[groups[~held]] = False
        else:
            np.maximum.at(self._entry, groups, buckets)
            self._covered[groups[held]] = True

    @property
    def known(self) -> int:
        """Groups with recordings."""
        return int(self._has_members().sum())

    @property
    def covered(self) -> int:
        """By the plan."""
        return int((self._covered & self._has_members()).sum())

    @property
    def by_bucket(self) -> Ints:
        """How many groups are covered from each bucket on."""
        counts = np.zeros(MUST + 1, dtype=np.int64)
        for start in range(0, len(self._entry), _AT_ONCE):
            part = self._entry[start : start + _AT_ONCE]
            counts += np.bincount(part[(part > _NEVER) & (part <= MUST)], minlength=MUST + 1)
        return counts

    def _has_members(self) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = (self._entry > _NOBODY) & (self._entry < np.iinfo(np.int32).max)
        return found
