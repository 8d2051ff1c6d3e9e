"""A query against the shards, the most heard first."""

import sys
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby, islice, takewhile
from pathlib import Path
from typing import Final, Protocol, TypeVar

from tenuto.catalogue.search.facets import GENRE, LICENCE, SOURCE, YEAR
from tenuto.catalogue.search.layout import load_layout, shard_name
from tenuto.catalogue.search.shard import Shard
from tenuto.catalogue.search.vocabulary import HOT, Vocabulary
from tenuto.catalogue.search.words import query_words
from tenuto.model.catalogue import NO_FACETS, FacetCounts, Facets, RecordingSummary, SearchResult
from tenuto.model.errors import NotFoundError
from tenuto.model.plan import Tier

FEW: Final = 3
"""With fewer hits than that for one word, it is taken for a typing error. Of two words it takes one hit less,
of three and more two: the more is said, the fewer recordings are meant."""
COUNTED: Final = 2_000
"""Hits whose facets are counted."""
PATIENCE: Final = 1.0
"""Seconds after which a search goes to no further shard."""

_TIERS: Final = tuple(Tier)

T = TypeVar("T", bound=str)


class Tiers(Protocol):
    """Places in `model.plan.Tier` by rank: bytes, a memory map of a file, a NumPy array."""

    def __len__(self) -> int: ...

    def __getitem__(self, rank: int, /) -> int: ...


Alternatives = dict[str, tuple[str, ...]]
"""By word of the query, what may stand for it."""


def open_index(folder: Path, *, tiers: Tiers = b"", patience: float = PATIENCE) -> "ShardedIndex":
    """The index that `build_index` wrote. Reads its manifest only; shards are opened as they are needed.

    Ranks behind the end of `tiers` are at tier `metadata`. `NotFoundError`.
    """
    return ShardedIndex(folder, tiers=tiers, patience=patience)


class ShardedIndex:
    """A `SearchIndex` over shards in rank order."""

    def __init__(self, folder: Path, *, tiers: Tiers = b"", patience: float = PATIENCE) -> None:
        layout = load_layout(folder)
        self.recordings, self.indexed = layout.recordings, layout.indexed
        self._ends = layout.ends
        self._shards = [Shard(folder / shard_name(ranks), ranks) for ranks in layout.shards]
        self._vocabulary = Vocabulary(folder / layout.words) if layout.words else None
        self._tiers, self._patience = tiers, patience

    def find(
        self, query: str, *, facets: Facets = NO_FACETS, limit: int = 20, offset: int = 0
    ) -> SearchResult:
        words = query_words(query)
        if query.strip() and not words:
            return SearchResult(())
        if not words and facets == NO_FACETS:
            return self._everything(offset, limit)
        return self._found(words, facets, limit, offset)

    def counts(self, query: str, *, facets: Facets = NO_FACETS) -> FacetCounts:
        words = query_words(query)
        if query.strip() and not words:
            return FacetCounts(0, complete=True, years=(), genres=(), licences=(), sources=(), tiers=())
        search = self._search(facets)
        ranks = list(islice(search.hits(_as_typed(words)), COUNTED + 1))
        complete = len(ranks) <= COUNTED and search.reached == self.recordings
        return self._divided(ranks[:COUNTED], complete=complete)

    def page(self, start: int, limit: int) -> list[RecordingSummary]:
        stop = min(start + limit, self.indexed)
        return [
            line
            for shard in self._shards
            if shard.ranks.start < stop and start < shard.ranks.stop
            for line in shard.page(start, stop)
        ]

    def numbers(self, ranks: Sequence[int]) -> list[int]:
        """The numbers that the documents of these ranks came with. `NotFoundError` for one not indexed."""
        found: dict[int, int] = {}
        for shard, own in self._by_shard([rank for rank in ranks if 0 <= rank < self.indexed]):
            found |= shard.numbers(own)
        missing = [rank for rank in ranks if rank not in found]
        if missing:
            raise NotFoundError(f"rank {missing[0]:,} isn't indexed")
        return [found[rank] for rank in ranks]

    def _everything(self, offset: int, limit: int) -> SearchResult:
        lines = self.page(offset, limit)
        return SearchResult(tuple(lines), (), 0 if len(lines) == limit else self.recordings - self.indexed)

    def _found(self, words: Sequence[str], facets: Facets, limit: int, offset: int) -> SearchResult:
        search, wanted = self._search(facets), offset + limit
        enough = min(max(wanted, FEW), self.indexed)
        ranks = dict.fromkeys(islice(search.hits(_as_typed(words)), enough))
        unsearched = 0 if len(ranks) >= wanted else self.recordings - search.reached
        few, corrections = max(1, FEW + 1 - len(words)), Alternatives()
        rounds = self._corrected(words, narrowed=facets != NO_FACETS)
        while len(ranks) < few and (corrected := next(rounds, None)) is not None:
            alternatives, below = corrected
            before = len(ranks)
            ranks |= dict.fromkeys(islice(search.hits(alternatives, below), enough + before))
            if len(ranks) > before:
                corrections |= alternatives
        taken = tuple((word, others) for word, others in corrections.items() if others != (word,))
        return SearchResult(self._lines(list(ranks)[offset:wanted]), taken, unsearched)

    def _corrected(self, words: Sequence[str], *, narrowed: bool) -> Iterator[tuple[Alternatives, int]]:
        """First the closest known words for the unknown ones; then for every word, those like it too.

        The latter only where the vocabulary comes from, below rank `HOT`: most searches for one recording
        have few hits and come to this. And not in a search that facets narrow: there, that is no sign of an
        error.
        """
        if self._vocabulary is None:
            return
        typed, known = _as_typed(words), self._vocabulary.knows
        unknown = {
            word: self._vocabulary.corrections(word, closest=True) for word in words if not known(word)
        }
        if any(unknown.values()):
            yield typed | {word: others for word, others in unknown.items() if others}, self.indexed
        if narrowed:
            return
        alike = {word: (word, *self._vocabulary.corrections(word)) for word in words}
        if alike != typed:
            yield alike, HOT

    def _search(self, facets: Facets) -> "_Search":
        return _Search(self._shards, facets, self._tiers, time.monotonic() + self._patience)

    def _divided(self, ranks: Sequence[int], *, complete: bool) -> FacetCounts:
        counted: Counter[tuple[str, str]] = Counter()
        for shard, own in self._by_shard(ranks):
            counted += shard.facets_of(own)
        tiers = Counter(_TIERS[_tier_at(self._tiers, rank)] for rank in ranks)

        def of(kind: str) -> tuple[tuple[str, int], ...]:
            return _most_first(Counter({value: n for (k, value), n in counted.items() if k == kind}))

        years = tuple((int(year), n) for year, n in of(YEAR))
        return FacetCounts(
            len(ranks), complete, years, of(GENRE), of(LICENCE), of(SOURCE), _most_first(tiers)
        )

    def _lines(self, ranks: Sequence[int]) -> tuple[RecordingSummary, ...]:
        found = {
            line.popularity.rank: line for shard, own in self._by_shard(ranks) for line in shard.lines(own)
        }
        return tuple(found[rank] for rank in ranks)

    def _by_shard(self, ranks: Sequence[int]) -> Iterator[tuple[Shard, list[int]]]:
        for at, own in groupby(sorted(ranks), lambda rank: bisect_right(self._ends, rank)):
            yield self._shards[at], list(own)


class _Search:
    """One reader's search: where it has come to, and until when it goes on."""

    def __init__(self, shards: Sequence[Shard], facets: Facets, tiers: Tiers, deadline: float) -> None:
        self.reached = 0
        """All ranks below it have been looked at by the last call of `hits`."""
        self._shards, self._facets, self._tiers, self._deadline = shards, facets, tiers, deadline

    def hits(self, words: Alternatives, below: int = sys.maxsize) -> Iterator[int]:
        """Ranks that match, ascending, out of shards that begin below a rank, until the time is over."""
        self.reached = 0
        for shard in takewhile(lambda shard: shard.ranks.start < below, self._shards):
            match = shard.match(list(words.values()), self._facets)
            for ranks in () if match is None else shard.hits(match):
                yield from self._at_tier(ranks)
                if time.monotonic() > self._deadline:
                    return
            self.reached = shard.ranks.stop
            if time.monotonic() > self._deadline:
                return

    def _at_tier(self, ranks: list[int]) -> list[int]:
        if self._facets.tier is None:
            return ranks
        wanted = _TIERS.index(self._facets.tier)
        return [rank for rank in ranks if _tier_at(self._tiers, rank) == wanted]


def _tier_at(tiers: Tiers, rank: int) -> int:
    return tiers[rank] if rank < len(tiers) else _TIERS.index(Tier.METADATA)


def _as_typed(words: Sequence[str]) -> Alternatives:
    return {word: (word,) for word in words}


def _most_first(counted: Counter[T]) -> tuple[tuple[T, int], ...]:
    return tuple(sorted(counted.items(), key=lambda item: (-item[1], item[0])))
