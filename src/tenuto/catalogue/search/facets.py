"""Facet values as words of the index: one character each, out of Unicode's private use areas.

A facet is then one more word to intersect with, as quick as any. No word of a text can be equal to one:
`words` lets only letters, marks and numbers through. A range of years is a choice of decades and years.
"""

from functools import lru_cache
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
_REMEMBERED: Final = 65_536
"""Combinations of values whose signs needn't be put together again."""

_Kind = tuple[str, tuple[str, ...]]
"""A kind of value, and one recording's values of it."""


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
        self._known: dict[tuple[str, str], str] = {}
        self._free = map(chr, chain(*_AREAS))
        # Few combinations are most of a catalogue.
        self._remembered = lru_cache(_REMEMBERED)(self._put_together)
        self._remembered_years = lru_cache(_REMEMBERED)(self._of_one_year)

    def of(self, genre: str, licences: tuple[str, ...], sources: tuple[str, ...]) -> str:
        """The signs of one recording's values but its year's, each once."""
        return self._counted(self._remembered(genre, licences, sources))

    def of_year(self, year: int | None) -> str:
        """The signs of a year and its decade."""
        return "" if year is None else self._counted(self._remembered_years(year))

    def _counted(self, found: tuple[str, int]) -> str:
        signs, refused = found
        self.refused += refused
        return signs

    def _put_together(
        self, genre: str, licences: tuple[str, ...], sources: tuple[str, ...]
    ) -> tuple[str, int]:
        return self._signs_of(
            (GENRE, tuple(genre.split(GENRE_SEPARATOR))), (LICENCE, licences), (SOURCE, sources)
        )

    def _of_one_year(self, year: int) -> tuple[str, int]:
        return self._signs_of((YEAR, (str(year),)), (DECADE, (str(year // 10),)))

    def _signs_of(self, *kinds: _Kind) -> tuple[str, int]:
        """The signs of values, each once, and how many values have none."""
        signs = [self._sign(kind, value) for kind, values in kinds for value in values if value.strip()]
        return "".join(dict.fromkeys(signs)), signs.count("")

    def _sign(self, kind: str, value: str) -> str:
        sign = self._known.get((kind, value))
        if sign is None:
            sign = self._known[kind, value] = self._new(kind, value)
        return sign

    def _new(self, kind: str, value: str) -> str:
        """The sign of a spelling that wasn't seen before; empty where there are no more."""
        key = (kind, folded(value))
        if key not in self._known:
            sign = self._known[key] = next(self._free, "")
            if sign:
                self.rows.append((*key, value.strip(), sign))
        return self._known[key]
