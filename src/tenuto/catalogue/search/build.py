"""Documents in rank order become shards. Each is finished, durable and named before the next one begins."""

import os
import shutil
import sqlite3
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import Any, Final, Self

import pyarrow as pa

from tenuto.catalogue.beside import WORTHWHILE, Beside
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
from tenuto.fsync import publish, space_or
from tenuto.model.catalogue import ListensBasis
from tenuto.model.errors import BadInputError
from tenuto.model.ports import Reporter

PAGE: Final = 10_000
"""Documents held in memory as Python values at once."""

_SCRATCH: Final = ".shards-"
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
    end = recordings if limit is None else min(recordings, limit)
    reporter.phase("search index", items=max(0, end - layout.indexed))
    documents = _Documents(batches, layout.indexed, reporter)
    with _Shards(folder, layout, reporter) as shards:
        for ranks in new_shards(layout.indexed, end):
            shards.add(ranks, documents.until(ranks.stop))
    layout = shards.layout
    name = words_name(min(layout.indexed, HOT))
    if layout.words != name:
        hot = [folder / shard_name(ranks) for ranks in layout.shards if ranks.start < HOT]
        write_vocabulary(folder / name, hot)
        save_layout(folder, Layout(recordings, layout.ends, name))


class _Shards:
    """Shards on their way, the large ones in other processes, as many at once as there are processors.

    They get their names in order, so that what is there has no gaps.
    """

    def __init__(self, folder: Path, layout: Layout, reporter: Reporter) -> None:
        self.layout = layout
        """Of what has its name."""
        self._folder, self._reporter = folder, reporter
        self._waiting: deque[tuple[range, Path, Beside[int]]] = deque()

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        for stale in self._folder.glob(f"{_SCRATCH}*"):
            shutil.rmtree(stale)
        self._scratch = Path(tempfile.mkdtemp(prefix=_SCRATCH, dir=self._folder))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        """What was begun before a failure is finished, unless somebody interrupts."""
        try:
            while self._waiting and (kind is None or issubclass(kind, Exception)):
                self._finish_first()
        finally:
            for *_, beside in self._waiting:
                beside.close()
            shutil.rmtree(self._scratch)

    def add(self, ranks: range, pages: Iterator[pa.RecordBatch]) -> None:
        """A shard of documents."""
        file = self._scratch / shard_name(ranks)
        with _space(self._folder):
            if len(ranks) < WORTHWHILE:
                while self._waiting:
                    self._finish_first()
                self._finish(ranks, file, write_shard(file, pages))
                return
            kept = file.with_suffix(".arrow")
            _keep(kept, pages)
        if len(self._waiting) >= (os.cpu_count() or 1):
            self._finish_first()
        self._waiting.append((ranks, file, Beside(write_kept, file, kept)))

    def _finish_first(self) -> None:
        ranks, file, beside = self._waiting.popleft()
        with closing(beside), _space(self._folder):
            self._finish(ranks, file, beside.result())

    def _finish(self, ranks: range, file: Path, refused: int) -> None:
        publish(file, self._folder / file.name)
        if refused:
            what = f"{refused:,} values can't be filtered by: a shard takes {MOST_VALUES:,} different ones"
            self._reporter.fault(file.name, what)
        self.layout = Layout(self.layout.recordings, (*self.layout.ends, ranks.stop), self.layout.words)
        save_layout(self._folder, self.layout)


@contextmanager
def _space(folder: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise space_or(error, folder) from error


def _keep(path: Path, pages: Iterator[pa.RecordBatch]) -> None:
    """Batches as an Arrow file."""
    first = next(pages)
    with pa.ipc.new_file(path, first.schema) as writer:
        for page in chain([first], pages):
            writer.write(page)


def write_kept(path: Path, kept: Path) -> int:
    """`write_shard` of the documents in an Arrow file, which is gone then."""
    with pa.memory_map(str(kept)) as mapped:
        file = pa.ipc.open_file(mapped)
        refused = write_shard(path, map(file.get_batch, range(file.num_record_batches)))
    kept.unlink()
    return refused


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


def write_shard(path: Path, pages: Iterable[pa.RecordBatch]) -> int:
    """Writes documents as a new shard; returns how many facet values found no sign."""
    path.unlink(missing_ok=True)
    signs = FacetSigns()
    with closing(sqlite3.connect(path, isolation_level=None)) as shard:
        shard.executescript(files(__package__).joinpath("shard.sql").read_text(encoding="utf-8"))
        shard.execute("BEGIN")
        for page in pages:
            columns = [page.column(name).to_pylist() for name in _COLUMNS]
            _insert(shard, list(zip(*columns, strict=True)), signs)
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
