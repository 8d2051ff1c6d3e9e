"""Copies at several sites: how much fits, and what goes where (docs/plan.md, Sites)."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Final

import numpy as np

from tenuto.model.plan import Site
from tenuto.plan.candidates import Codes, Ints

SLOTS: Final = 1 << 16
"""A recording is in the slot of its number modulo this; all of a slot is at the same sites."""


def most_held(sites: Sequence[Site], copies: int, reserve: int = 0) -> int:
    """The most bytes that fit with each byte at `copies` different places; each site less `reserve`.

    B bytes fit if, and only if, for each m below `copies` all but the m largest places take (copies - m) B
    (docs/plan.md, Sites). 0 where there are too few places.
    """
    rooms = sorted(_rooms(sites, [max(site.capacity - reserve, 0) for site in sites]).values())
    return min(sum(rooms[: max(len(rooms) - m, 0)]) // (copies - m) for m in range(copies))


def placed(volumes: Ints, sites: Sequence[Site], copies: int, before: Codes | None = None) -> Codes | None:
    """For each slot the places in `sites` of its copies, ascending: (slots, copies), -1 where a slot is
    empty. None: they don't fit.

    `before` are the slots' sites in the plan before, -1 for sites that are gone: a copy stays where it is as
    long as everything fits. What is new goes where the largest share is free. `ValueError` where there are
    fewer places than copies.
    """
    if len({site.place for site in sites}) < copies:
        raise ValueError(f"{copies} copies at different places need as many places")
    full = np.flatnonzero(volumes)
    places = _filled(volumes[full], sites, copies, None if before is None else before[full])
    if places is None:
        places = _wrapped(volumes[full], sites, copies)
    if places is None:
        return None
    found = np.full((len(volumes), copies), -1, dtype=np.int8)
    found[full] = places
    return found


def _filled(volumes: Ints, sites: Sequence[Site], copies: int, before: Codes | None) -> Codes | None:
    """Slot by slot, the largest first, and so that what comes later fits."""
    filling, later = _Filling(sites, copies), int(volumes.sum())
    found = np.zeros((len(volumes), copies), dtype=np.int8)
    for slot in np.argsort(-volumes, kind="stable").tolist():
        volume = int(volumes[slot])
        later -= volume
        chosen = filling.put(volume, later, () if before is None else before[slot].tolist())
        if chosen is None:
            return None
        found[slot] = sorted(chosen)
    return found


class _Filling:
    """Sites that fill up."""

    def __init__(self, sites: Sequence[Site], copies: int) -> None:
        self._sites, self._copies = sites, copies
        self._free = [site.capacity for site in sites]

    def put(self, volume: int, later: int, had: Sequence[int]) -> list[int] | None:
        """The sites that get a slot's copies: those that `had` them, then those of which the largest share is
        free, unless the `later` bytes then wouldn't fit: places with more room take the place of those with
        less. None where nothing helps."""
        rooms = _rooms(self._sites, self._free)
        candidates = self._one_a_place(volume, had)
        chosen, others = candidates[: self._copies], candidates[self._copies :]
        others.sort(key=lambda at: -rooms[self._sites[at].place])
        while len(chosen) == self._copies:
            if self._fits(later, rooms, volume, chosen):
                for at in chosen:
                    self._free[at] -= volume
                return chosen
            least = min(chosen, key=lambda at: rooms[self._sites[at].place])
            if not others or rooms[self._sites[others[0]].place] <= rooms[self._sites[least].place]:
                return None
            chosen[chosen.index(least)] = others.pop(0)
        return None

    def _one_a_place(self, volume: int, had: Sequence[int]) -> list[int]:
        """Sites with room, the preferred ones first."""
        shares = [free / site.capacity for free, site in zip(self._free, self._sites, strict=True)]
        found: dict[str, int] = {}
        for at in sorted(range(len(shares)), key=lambda at: (at not in had, -shares[at])):
            if self._free[at] >= volume:
                found.setdefault(self._sites[at].place, at)
        return list(found.values())

    def _fits(self, later: int, rooms: dict[str, int], volume: int, chosen: Sequence[int]) -> bool:
        """Whether what comes later fits, in bytes, when a slot went to these sites."""
        gone = {self._sites[at].place for at in chosen}
        left = sum(min(room - (volume if place in gone else 0), later) for place, room in rooms.items())
        return left >= self._copies * later


def _wrapped(volumes: Ints, sites: Sequence[Site], copies: int) -> Codes | None:
    """McNaughton's wrap-around: the volume is laid out once a copy, end to end, and cut into stretches, a
    site each. No place has more than the volume, so the copies of one slot lie at different places; a site
    gets at most one slot more than its stretch, and each keeps room for the largest."""
    volume, reserve = int(volumes.sum()), int(volumes.max(initial=0))
    order = sorted(range(len(sites)), key=lambda at: sites[at].place)
    left, at_place, stretches = copies * volume, dict.fromkeys((site.place for site in sites), volume), []
    for at in order:
        place = sites[at].place
        stretches.append(min(max(sites[at].capacity - reserve, 0), at_place[place], left))
        at_place[place] -= stretches[-1]
        left -= stretches[-1]
    if left:
        return None
    starts = np.cumsum(volumes) - volumes
    positions = starts[:, None] + volume * np.arange(copies)
    ends = np.array(list(accumulate(stretches)))
    stretch = np.searchsorted(ends, positions, side="right")
    found: Codes = np.sort(np.array(order, dtype=np.int8)[stretch], axis=1)
    return found


def _rooms(sites: Sequence[Site], free: Sequence[int]) -> dict[str, int]:
    """Free bytes by place."""
    rooms = dict.fromkeys((site.place for site in sites), 0)
    for site, room in zip(sites, free, strict=True):
        rooms[site.place] += room
    return rooms
