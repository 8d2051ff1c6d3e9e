"""Documents in rank order become shards. Each is finished, durable and named before the next one begins."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from tenuto.catalogue.search.facets import MOST_VALUES, FacetSigns
from tenuto.catalogue.search.layout import (
    MANIFEST,
    Layout,
    load_layout,
    new_shards,
    save_layout,
    shard_name,
    words_name,
)
from tenuto.catalogue.search.shard import LONGEST_PREFIX
from tenuto.catalogue.search.vocabulary import HOT, write_vocabulary
from tenuto.catalogue.search.words import index_words
from tenuto.fsync import atomic_file
from tenuto.model.catalogue import ListensBasis
from tenuto.model.errors import BadInputError
from tenuto.model.ports import Reporter

PAGE: Final = 10_000
"""Documents held in memory as Python values at once."""

_BASES: Final = {basis.value: place for place, basis in enumerate(ListensBasis)}
_COLUMNS: Final = (
    *("rank", "id", "number", "title", "artist", "release", "year", "duration_ms", "genre", "licences"),
    *("sources", "listens", "basis", "popularity"),
)


def build_index(
    folder: Path,
    batches: Iterable[pa.RecordBatch],
    recordings: int,
    reporter: Reporter,
    *,
    limit: int | None = None,
) -> None:
    """Indexes the `recordings` of a snapshot, or only its most heard `limit`, from batches in rank order.

    Columns: rank, number INT64, id FIXED_SIZE_BINARY(16), title, artist, release, basis STRING, genre STRING
    ('; ' between several), licences, sources LIST<STRING>, listens FLOAT64, popularity INT32; and, null where
    unknown, year INT32, duration_ms INT64. Ranks ascend without gaps.

    Goes on where an earlier build of the same snapshot stopped or was told to stop: documents that are
    indexed already are skipped, so the batches may begin with rank 0 or with the first one missing.
    `BadInputError` where documents are missing; what was finished by then stays.
    """
    layout = _begin(folder, recordings)
    documents = _Documents(batches, layout.indexed)
    end = recordings if limit is None else min(recordings, limit)
    reporter.phase("search index", items=max(0, end - layout.indexed))
    for ranks in new_shards(layout.indexed, end):
        with atomic_file(folder / shard_name(ranks)) as temporary:
            refused = _write_shard(temporary, documents.until(ranks.stop), reporter)
        if refused:
            what = f"{refused:,} values can't be filtered by: a shard takes {MOST_VALUES:,} different ones"
            reporter.fault(shard_name(ranks), what)
        layout = Layout(recordings, (*layout.ends, ranks.stop), layout.words)
        save_layout(folder, layout)
    name = words_name(min(layout.indexed, HOT))
    if layout.words != name:
        hot = [folder / shard_name(ranks) for ranks in layout.shards if ranks.start < HOT]
        write_vocabulary(folder / name, hot)
        save_layout(folder, Layout(recordings, layout.ends, name))


def _begin(folder: Path, recordings: int) -> Layout:
    if not (folder / MANIFEST).exists():
        return Layout(recordings)
    layout = load_layout(folder)
    if layout.recordings != recordings:
        what = f"the search index here is of {layout.recordings:,} recordings, not of {recordings:,}"
        raise BadInputError(what, where=str(folder), remedy="Remove the folder and build it again")
    return layout


class _Documents:
    """Batches as documents from rank `start` on, divided where shards end."""

    def __init__(self, batches: Iterable[pa.RecordBatch], start: int) -> None:
        self._next = start
        self._pages: Iterator[pa.RecordBatch] = (
            batch.slice(offset, PAGE) for batch in batches for offset in range(0, batch.num_rows, PAGE)
        )

    def until(self, end: int) -> Iterator[list[tuple[Any, ...]]]:
        """Pages of documents up to before rank `end`, as tuples of `_COLUMNS`."""
        while self._next < end:
            page = next(self._pages, None)
            if page is None:
                raise BadInputError(f"documents end before rank {self._next:,}, {end:,} were announced")
            page = self._missing(page)
            taken = page.slice(0, end - self._next)
            if taken.num_rows < page.num_rows:
                self._pages = chain([page.slice(taken.num_rows)], self._pages)
            self._next += taken.num_rows
            yield list(zip(*(taken.column(name).to_pylist() for name in _COLUMNS), strict=True))

    def _missing(self, page: pa.RecordBatch) -> pa.RecordBatch:
        """The page without what is indexed already."""
        first = page.column("rank")[0].as_py()
        if first > self._next:
            raise BadInputError(f"documents of ranks {self._next:,} to {first - 1:,} are missing")
        return page.slice(self._next - first)


def _write_shard(path: Path, pages: Iterable[list[tuple[Any, ...]]], reporter: Reporter) -> int:
    """Returns how many facet values found no sign."""
    path.unlink()
    signs = FacetSigns()
    with closing(sqlite3.connect(path, isolation_level=None)) as shard:
        shard.executescript(files(__package__).joinpath("shard.sql").read_text(encoding="utf-8"))
        shard.execute("BEGIN")
        for page in pages:
            _insert(shard, page, signs)
            reporter.advance(len(page))
        shard.execute("INSERT INTO search (search) VALUES ('optimize')")
        shard.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, search, row)")
        shard.execute(
            "INSERT INTO long_words SELECT term FROM terms WHERE length(term) > ?", [LONGEST_PREFIX]
        )
        shard.executemany("INSERT INTO facets VALUES (?, ?, ?, ?)", sorted(signs.rows))
        shard.execute("COMMIT")
    return signs.refused


def _insert(shard: sqlite3.Connection, page: list[tuple[Any, ...]], signs: FacetSigns) -> None:
    rows, texts = [], []
    for document in page:
        *line, genre, licences, sources, listens, basis, popularity = document
        rank, _, _, title, artist, release, year, _ = line
        own = signs.of(genre, licences, sources)
        rows.append((*line, listens, _BASES[basis], popularity, own))
        words = index_words(title, artist, release)
        texts.append((rank, " ".join((*words, *own, *signs.of_year(year)))))
    shard.executemany("INSERT INTO recordings VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", rows)
    shard.executemany("INSERT INTO search (rowid, words) VALUES (?, ?)", texts)
