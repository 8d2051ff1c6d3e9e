"""Facet values as words of the index: one character each, out of Unicode's private use areas.

A facet is then one more word to intersect with, as quick as any. No word of a text can be equal to one:
`words` lets only letters, marks and numbers through. A range of years is a choice of decades and years.
"""

from collections.abc import Iterable
from itertools import chain
from typing import Final

GENRE, LICENCE, SOURCE, YEAR, DECADE = "genre", "licence", "source", "year", "decade"
GENRE_SEPARATOR: Final = "; "
LONGEST_VALUE: Final = 200
"""Characters by which values are told apart."""

# The last two places of each supplementary plane are no characters.
_AREAS: Final = (range(0xE000, 0xF900), range(0xF0000, 0xFFFFE), range(0x100000, 0x10FFFE))
MOST_VALUES: Final = sum(len(area) for area in _AREAS)
"""Of one shard. Recordings with further values are found, but not by these."""


def folded(value: str) -> str:
    """What two spellings of one value share; no lone surrogates, which no database takes."""
    return value.encode(errors="replace").decode().strip().casefold()[:LONGEST_VALUE]


class FacetSigns:
    """Gives values their signs, in order of appearance, for one shard."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str, str, str]] = []
        """(kind, folded value, value as first seen, sign)."""
        self.refused = 0
        """How often a value came too late for a sign."""
        self._signs: dict[tuple[str, str], str] = {}
        self._free = map(chr, chain(*_AREAS))

    def of(self, genre: str, licences: Iterable[str], sources: Iterable[str]) -> str:
        """The signs of one recording's values but its year's, each once."""
        kinds = ((GENRE, genre.split(GENRE_SEPARATOR)), (LICENCE, licences), (SOURCE, sources))
        return "".join(
            dict.fromkeys(
                self._sign(kind, value) for kind, values in kinds for value in values if value.strip()
            )
        )

    def of_year(self, year: int | None) -> tuple[str, ...]:
        """The signs of a year and its decade."""
        if year is None:
            return ()
        return self._sign(YEAR, str(year)), self._sign(DECADE, str(year // 10))

    def _sign(self, kind: str, value: str) -> str:
        sign = self._signs.get((kind, value))
        if sign is None:
            sign = self._signs[kind, value] = self._new(kind, value)
        self.refused += not sign
        return sign

    def _new(self, kind: str, value: str) -> str:
        """The sign of a spelling that wasn't seen before; empty where there are no more."""
        key = (kind, folded(value))
        if key not in self._signs:
            sign = self._signs[key] = next(self._free, "")
            if sign:
                self.rows.append((*key, value.strip(), sign))
        return self._signs[key]
