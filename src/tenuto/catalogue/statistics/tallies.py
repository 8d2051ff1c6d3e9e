"""Counting over numbers and over names, in arrays that grow with the bins and names, not with the rows."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tenuto.catalogue.runs import Ints, Numbers, chunks
from tenuto.catalogue.stream import coded
from tenuto.model.statistics import Bar, Distribution, Ranking, Share

Floats = npt.NDArray[np.float64]

MOST_NAMES: Final = 1_000_000
"""Names that are told apart; those first met after so many only count as having some name."""

STEPS: Final = (0, *(factor * 10**power for power in range(16) for factor in (1, 2, 5)))
"""Edges over listens."""

_LARGEST_TABLE: Final = 4_194_304
_LONGEST: Final = 120


class Tally:
    """How often values lie between `edges` (ascending, whole; the last bar is open), and their listens.

    What lies below the first edge is unknown.
    """

    def __init__(self, edges: Sequence[int], *, heard: bool = True) -> None:
        self._edges = np.asarray(edges, dtype=np.float64)
        self._counts = np.zeros(len(edges) + 1, dtype=np.int64)
        """The first is of what is unknown; so in `_listens`."""
        self._listens = np.zeros(len(edges) + 1) if heard else None
        self._table = _table(edges)

    def add(self, values: Numbers, listens: Numbers | None = None) -> None:
        bars = len(self._counts)
        for part in chunks(len(values)):
            places = self._places(values[part])
            self._counts += np.bincount(places, minlength=bars)
            if self._listens is not None and listens is not None:
                self._listens += np.bincount(places, listens[part], bars)

    def _places(self, values: Numbers) -> Numbers:
        """0: below the first edge. Of whole numbers by a table, which is twenty times as fast as a search."""
        whole = values.dtype.kind == "u" or (values.dtype.kind == "i" and self._edges[0] > 0)
        if self._table is not None and whole:
            return self._table.take(values, mode="clip")
        return np.searchsorted(self._edges, values, side="right")

    def distribution(self, of: str, total: int | None = None, *, whole: bool = False) -> Distribution:
        """`total` is what was added unless told. Empty bars at both ends are left out unless `whole`."""
        counted = int(self._counts[1:].sum())
        total = counted if total is None else total
        filled = range(len(self._edges)) if whole else _filled(self._counts[1:])
        return Distribution(of, total, total - counted, tuple(map(self._bar, filled)))

    def _bar(self, place: int) -> Bar:
        edges = [int(edge) for edge in self._edges[place : place + 2]]
        high = edges[1] if len(edges) == 2 else None
        listens = None if self._listens is None else float(self._listens[place + 1])
        return Bar(edges[0], high, int(self._counts[place + 1]), listens)


class NameTally:
    """How often names occur, and their listens. The empty name is none."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}
        self._counts = np.zeros(1024, dtype=np.int64)
        self._listens = np.zeros(1024)

    def codes(self, column: pa.DictionaryArray) -> Ints:
        """Of each value a number: -1 without a name, 0 for names beyond `MOST_NAMES`."""
        names, codes = coded(column)
        # A dictionary may still have names whose rows aren't live any more.
        met = np.bincount(codes[codes >= 0], minlength=len(names))
        known = np.array(
            [*(self._code(name) if count else -1 for name, count in zip(names, met, strict=True)), -1]
        )
        while len(self._counts) <= len(self._codes):
            self._counts, self._listens = _doubled(self._counts), _doubled(self._listens)
        found: Ints = known[codes]
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


def _table(edges: Sequence[int]) -> npt.NDArray[np.uint8] | None:
    """The place of each whole number up to the last edge, unless that takes much memory."""
    if edges[-1] > _LARGEST_TABLE:
        return None
    return np.searchsorted(edges, np.arange(edges[-1] + 1), side="right").astype(np.uint8)


def _filled(counts: Ints) -> range:
    places = np.flatnonzero(counts)
    return range(int(places[0]), int(places[-1]) + 1) if len(places) else range(0)


def _doubled(values: Numbers) -> Numbers:
    return np.concatenate([values, np.zeros_like(values)])
