"""Counting over numbers and over names, in arrays that grow with the bins and names, not with the rows."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tenuto.model.statistics import Bar, Distribution, Ranking, Share

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[Any]
"""Of any kind."""

MOST_NAMES: Final = 1_000_000
"""Names that are told apart; those first met after so many only count as having some name."""

STEPS: Final = (0, *(factor * 10**power for power in range(16) for factor in (1, 2, 5)))
"""Edges over listens."""

_CHUNK: Final = 4_194_304
_LONGEST: Final = 120


class Tally:
    """How often values lie between `edges` (ascending; the last bar is open), and their listens.

    What lies below the first edge is unknown.
    """

    def __init__(self, edges: Sequence[float], *, heard: bool = True) -> None:
        self._edges = np.asarray(edges, dtype=np.float64)
        self._counts = np.zeros(len(edges), dtype=np.int64)
        self._listens = np.zeros(len(edges)) if heard else None

    def add(self, values: Numbers, listens: Numbers | None = None) -> None:
        for part in chunks(len(values)):
            places = np.searchsorted(self._edges, values[part], side="right") - 1
            known = places >= 0
            places = places[known]
            self._counts += np.bincount(places, minlength=len(self._counts))
            if self._listens is not None and listens is not None:
                self._listens += np.bincount(places, listens[part][known], len(self._counts))

    def distribution(self, of: str, total: int | None = None, *, whole: bool = False) -> Distribution:
        """`total` is what was added unless told. Empty bars at both ends are left out unless `whole`."""
        counted = int(self._counts.sum())
        total = counted if total is None else total
        filled = range(len(self._counts)) if whole else _filled(self._counts)
        return Distribution(of, total, total - counted, tuple(map(self._bar, filled)))

    def _bar(self, place: int) -> Bar:
        edges = [int(edge) for edge in self._edges[place : place + 2]]
        high = edges[1] if len(edges) == 2 else None
        listens = None if self._listens is None else float(self._listens[place])
        return Bar(edges[0], high, int(self._counts[place]), listens)


class NameTally:
    """How often names occur, and their listens. The empty name is none."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}
        self._counts = np.zeros(1024, dtype=np.int64)
        self._listens = np.zeros(1024)

    def codes(self, column: pa.DictionaryArray) -> Ints:
        """Of each value a number: -1 without a name, 0 for names beyond `MOST_NAMES`."""
        known = np.fromiter((self._code(name) for name in column.dictionary.to_pylist()), np.int64)
        known = np.append(known, -1)
        while len(self._counts) <= len(self._codes):
            self._counts, self._listens = _doubled(self._counts), _doubled(self._listens)
        found: Ints = known[pc.fill_null(column.indices.cast(pa.int64()), len(known) - 1).to_numpy()]
        return found

    def add(self, codes: Ints, listens: Numbers) -> None:
        """`codes` of things that have the name, none -1."""
        np.add.at(self._counts, codes, 1)
        # In the sums' own type: NumPy is thirty times slower where it has to cast.
        np.add.at(self._listens, codes, listens.astype(np.float64))

    @property
    def beyond(self) -> int:
        """How often names beyond `MOST_NAMES` occurred."""
        return int(self._counts[0])

    def shares(self) -> list[Share]:
        """In the order in which names were first met."""
        return [
            Share(name, int(self._counts[code]), float(self._listens[code]))
            for name, code in self._codes.items()
        ]

    def _code(self, name: str | None) -> int:
        if not name:
            return -1
        if len(self._codes) >= MOST_NAMES:
            return self._codes.get(name, 0)
        return self._codes.setdefault(name, len(self._codes) + 1)


def ranking(of: str, total: int, known: int, shares: Iterable[Share], most: int) -> Ranking:
    """The names that `most` have, at most so many of them; equal ones by name."""
    found = sorted(shares, key=lambda share: (-share.count, share.name))
    shown = tuple(replace(share, name=cut(share.name)) for share in found[:most])
    return Ranking(of, total, total - known, len(found), shown)


def cut(name: str) -> str:
    """As much of a name as a list shows: statements on rights may be whole licences."""
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}\u2026"


def chunks(length: int) -> Iterator[slice]:
    """Parts of an array that are small in memory."""
    return (slice(start, start + _CHUNK) for start in range(0, length, _CHUNK))


def _filled(counts: Ints) -> range:
    places = np.flatnonzero(counts)
    return range(int(places[0]), int(places[-1]) + 1) if len(places) else range(0)


def _doubled(values: Numbers) -> Numbers:
    return np.concatenate([values, np.zeros_like(values)])
