"""Which releases, artists and genres a plan and its curve cover (docs/plan.md, Coverage)."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenuto.catalogue import Members, Membership, MembershipReader
from tenuto.model.plan import GROUPS
from tenuto.plan import Codes, Ints, Reach, Tableau

MOST_GENRES: Final = 1_000_000
"""Different names; what is first met later doesn't count."""


@dataclass(frozen=True, slots=True, eq=False)
class Belonging:
    """A window's recordings and their groups. Arrays by place in the window."""

    membership: Membership
    places: Ints
    """Of the recordings of the batch."""
    entry: NDArray[np.int32]
    """The bucket from which on each is held; -1: at no budget."""
    counts: NDArray[np.bool_]
    """False for those whose audio is held as another's."""


class Groups:
    """Counts while tiers are given out."""

    def __init__(self, reader: MembershipReader) -> None:
        self._reach = {
            "releases": Reach(reader.releases, whole=True),
            "artists": Reach(reader.artists, whole=False),
            "genres": Reach(MOST_GENRES, whole=False),
        }
        self._genres: dict[str, int] = {}

    def add(self, window: Belonging, codes: Codes) -> None:
        """One window with the tiers of its batch."""
        held = np.zeros(len(window.entry), dtype=np.bool_)
        held[window.places] = codes > 0
        found = window.membership
        self._add("releases", found.releases, window, held)
        self._add("artists", found.artists, window, held)
        numbers = np.array([self._genre(name) for name in found.genre_names], dtype=np.int64)
        groups = numbers[found.genres.groups]
        known = groups >= 0
        self._add("genres", Members(found.genres.places[known], groups[known]), window, held)

    def _add(self, name: str, members: Members, window: Belonging, held: NDArray[np.bool_]) -> None:
        counting = window.counts[members.places]
        places, groups = members.places[counting], members.groups[counting]
        self._reach[name].add(groups, window.entry[places], held[places])

    def _genre(self, name: str) -> int:
        if len(self._genres) == MOST_GENRES:
            return self._genres.get(name, -1)
        return self._genres.setdefault(name, len(self._genres))

    @property
    def known(self) -> dict[str, int]:
        """Groups with recordings."""
        return {name: self._reach[name].known for name in GROUPS}

    @property
    def covered(self) -> dict[str, int]:
        """By the plan."""
        return {name: self._reach[name].covered for name in GROUPS}

    def added_to(self, tableau: Tableau) -> Tableau:
        """The sums of all budgets, with groups."""
        return tableau.with_groups({name: self._reach[name].by_bucket for name in GROUPS}, self.known)
