"""One shard: which of its recordings match, and their lines. Safe to share between threads."""

import sqlite3
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from tenuto.catalogue.search.facets import DECADE, GENRE, LICENCE, SOURCE, YEAR, folded
from tenuto.model.catalogue import Facets, ListensBasis, Popularity, RecordingSummary
from tenuto.model.errors import BadInputError
from tenuto.model.ids import RecordingId

LONGEST_PREFIX: Final = 4
"""Letters for which the index has the merged list of all words that begin with them (`shard.sql`)."""
_MOST_ENDINGS: Final = 256
"""Of a word of the query, its alternatives together."""
_FIRST_FETCH, _LARGEST_FETCH = 20, 8_192
_OPTIONS: Final = ("PRAGMA cache_size = -256", "PRAGMA mmap_size = 2147418112")
"""Files are read through the system's page cache, which threads share; a cache for each would be a copy."""

_LINES: Final = (
    "SELECT rank, id, title, artist, release, year, duration_ms, listens, basis, popularity FROM recordings "
)
_BASES: Final = tuple(ListensBasis)
_SIGNS: Final = "SELECT sign FROM facets WHERE kind = ? AND folded = ?"
_YEAR_SIGNS: Final = f"""
SELECT sign FROM facets WHERE kind = '{DECADE}' AND CAST(value AS INTEGER) BETWEEN ?3 AND ?4
UNION ALL
SELECT sign FROM facets WHERE kind = '{YEAR}' AND CAST(value AS INTEGER) BETWEEN ?1 AND ?2
    AND NOT CAST(value AS INTEGER) BETWEEN ?3 * 10 AND ?4 * 10 + 9
"""  # noqa: S608  constants of our own


class Shard:
    """The recordings of `ranks`, in a file that never changes."""

    def __init__(self, path: Path, ranks: range) -> None:
        self.ranks = ranks
        self._path = path
        self._idle: deque[sqlite3.Connection] = deque()

    def match(self, words: Sequence[Sequence[str]], facets: Facets) -> str | None:
        """A query of the index: of each word, one of its alternatives as a prefix; and the facets.

        Empty where all is wanted; None where no recording of the shard has a word or facet value.
        """
        with self._connection() as connection:
            parts = [
                [
                    part
                    for word in alternatives
                    for part in _with_endings(connection, word, _MOST_ENDINGS // len(alternatives))
                ]
                for alternatives in words
            ]
            for kind, value in ((GENRE, facets.genre), (LICENCE, facets.licence), (SOURCE, facets.source)):
                if value is not None:
                    parts.append(_quoted(connection.execute(_SIGNS, [kind, folded(value)])))
            if facets.years is not None:
                parts.append(_quoted(connection.execute(_YEAR_SIGNS, _year_bounds(*facets.years))))
        return " AND ".join(f"({' OR '.join(part)})" for part in parts) if all(parts) else None

    def hits(self, match: str) -> Iterator[list[int]]:
        """Ranks that match, ascending, a few at first. The index is read only as far as this is."""
        if not match:
            yield from (
                list(self.ranks[at : at + _LARGEST_FETCH]) for at in range(0, len(self.ranks), _LARGEST_FETCH)
            )
            return
        with self._connection() as connection:
            cursor = connection.execute(
                "SELECT rowid FROM search WHERE search MATCH ? ORDER BY rowid", [match]
            )
            size = _FIRST_FETCH
            while rows := cursor.fetchmany(size):
                yield [rank for (rank,) in rows]
                size = min(size * 2, _LARGEST_FETCH)

    def lines(self, ranks: Sequence[int]) -> list[RecordingSummary]:
        """Of these ranks, in ascending order."""
        marks = ",".join("?" * len(ranks))
        return self._summaries(f"WHERE rank IN ({marks}) ORDER BY rank", ranks)

    def page(self, start: int, stop: int) -> list[RecordingSummary]:
        """Of the ranks from `start` up to before `stop`."""
        return self._summaries("WHERE rank >= ? AND rank < ? ORDER BY rank", (start, stop))

    def numbers(self, ranks: Sequence[int]) -> dict[int, int]:
        """The numbers of the documents, by rank."""
        marks = ",".join("?" * len(ranks))
        query = f"SELECT rank, number FROM recordings WHERE rank IN ({marks})"  # noqa: S608  marks only
        with self._connection() as connection:
            return dict(connection.execute(query, ranks))

    def facets_of(self, ranks: Sequence[int]) -> Counter[tuple[str, str]]:
        """How many of the recordings have which value: by kind and value as the catalogue has it."""
        marks = ",".join("?" * len(ranks))
        query = f"SELECT year, signs FROM recordings WHERE rank IN ({marks})"  # noqa: S608  marks only
        with self._connection() as connection:
            rows = connection.execute(query, ranks).fetchall()
            years = Counter(year for year, _ in rows if year is not None)
            signs = Counter("".join([own for _, own in rows]))
            marks = ",".join("?" * len(signs))
            query = f"SELECT kind, value, sign FROM facets WHERE sign IN ({marks})"  # noqa: S608  marks only
            values = connection.execute(query, list(signs)).fetchall()
        counted = Counter({(YEAR, str(year)): count for year, count in years.items()})
        for kind, value, sign in values:
            counted[kind, value] += signs[sign]
        return counted

    def _summaries(self, where: str, parameters: Sequence[int]) -> list[RecordingSummary]:
        with self._connection() as connection:
            return [_summary(row) for row in connection.execute(_LINES + where, parameters)]

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """One that no other thread uses. As many stay open as were ever used at the same time."""
        try:
            connection = self._idle_or_new()
            try:
                yield connection
            finally:
                self._idle.append(connection)
        except sqlite3.DatabaseError as error:
            what, remedy = f"the search index is damaged ({error})", "Remove it: tenuto catalogue build"
            raise BadInputError(what, where=str(self._path), remedy=f"{remedy} makes it again") from error

    def _idle_or_new(self) -> sqlite3.Connection:
        try:
            return self._idle.pop()
        except IndexError:
            uri = f"{self._path.resolve().as_uri()}?mode=ro&immutable=1"
            connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
            for option in _OPTIONS:
                connection.execute(option)
            return connection


def _with_endings(connection: sqlite3.Connection, word: str, most: int) -> list[str]:
    """What finds all words that begin with this one, in rank order without a sort.

    FTS5 merges the lists of all words of a prefix before it gives the first hit, unless it has an index of
    that length; lists of words named one by one it reads only as far as hits are taken (measured: 100 times
    as fast for a frequent word). So long words are named, unless there are very many of them.
    """
    if len(word) <= LONGEST_PREFIX:
        return [f'"{word}"*']
    query = "SELECT word FROM long_words WHERE word >= ? AND word < ? || char(1114111) LIMIT ?"
    endings = connection.execute(query, [word, word, most + 1]).fetchall()
    return [f'"{word}"*'] if len(endings) > most else _quoted(endings)


def _quoted(rows: Iterable[tuple[str]]) -> list[str]:
    return [f'"{sign}"' for (sign,) in rows]


def _year_bounds(low: int, high: int) -> tuple[int, int, int, int]:
    """First and last year, first and last whole decade. Years are 32-bit numbers."""
    low, high = max(low, -(1 << 31)), min(high, 1 << 31)
    return low, high, -(-low // 10), (high + 1) // 10 - 1


def _summary(row: tuple[Any, ...]) -> RecordingSummary:
    rank, identity, title, artist, release, year, duration_ms, listens, basis, popularity = row
    place = Popularity(rank, listens, _BASES[basis], popularity)
    return RecordingSummary(
        RecordingId(str(UUID(bytes=identity))), title, artist, release, year, duration_ms, place
    )
