"""Documents in rank order become shards, each durable before it gets its name, and named in their order."""

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Final

import pyarrow as pa

from tenuto.catalogue.search.layout import (
    MANIFEST,
    Layout,
    load_layout,
    new_shards,
    save_layout,
    shard_name,
    words_name,
)
from tenuto.catalogue.search.vocabulary import HOT, write_vocabulary
from tenuto.catalogue.search.write import Shards
from tenuto.model.errors import BadInputError
from tenuto.model.ports import Reporter

PAGE: Final = 10_000
"""Documents held in memory as Python values at once."""


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
    end = recordings if limit is None else min(recordings, limit)
    reporter.phase("search index", items=max(0, end - layout.indexed))
    documents = _Documents(batches, layout.indexed, reporter)
    with Shards(folder, layout, reporter) as shards:
        for ranks in new_shards(layout.indexed, end):
            shards.add(ranks, documents.until(ranks.stop))
    layout = shards.layout
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

    def __init__(self, batches: Iterable[pa.RecordBatch], start: int, reporter: Reporter) -> None:
        self._next, self._reporter = start, reporter
        self._pages: Iterator[pa.RecordBatch] = (
            batch.slice(offset, PAGE) for batch in batches for offset in range(0, batch.num_rows, PAGE)
        )

    def until(self, end: int) -> Iterator[pa.RecordBatch]:
        """Pages of documents up to before rank `end`."""
        while self._next < end:
            page = next(self._pages, None)
            if page is None:
                raise BadInputError(f"documents end before rank {self._next:,}, {end:,} were announced")
            page = self._missing(page)
            taken = page.slice(0, end - self._next)
            if taken.num_rows < page.num_rows:
                self._pages = chain([page.slice(taken.num_rows)], self._pages)
            self._next += taken.num_rows
            self._reporter.advance(taken.num_rows)
            yield taken

    def _missing(self, page: pa.RecordBatch) -> pa.RecordBatch:
        """The page without what is indexed already."""
        first = page.column("rank")[0].as_py()
        if first > self._next:
            raise BadInputError(f"documents of ranks {self._next:,} to {first - 1:,} are missing")
        return page.slice(self._next - first)
