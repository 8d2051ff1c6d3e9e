"""Shards of the search index are written, the large ones by other processes."""

import os
import sqlite3
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from importlib.resources import files
from itertools import accumulate, chain, pairwise
from pathlib import Path
from typing import Any, Final, Self

import pyarrow as pa

from tenuto.catalogue.beside import WORTHWHILE, Beside
from tenuto.catalogue.search.facets import MOST_VALUES, FacetSigns
from tenuto.catalogue.search.layout import Layout, save_layout, shard_name
from tenuto.catalogue.search.shard import LONGEST_PREFIX
from tenuto.catalogue.search.words import index_texts
from tenuto.fsync import publish, space_or
from tenuto.model.catalogue import ListensBasis
from tenuto.model.errors import TenutoError
from tenuto.model.ports import Reporter
from tenuto.scratch import scratch_folder

_WRITERS: Final = 4
"""Shards at once, whatever the processors: each takes some 150 MB of memory, and as much disk twice."""
_KEPT: Final = ".arrow"
_BASES: Final = {basis.value: place for place, basis in enumerate(ListensBasis)}
_COLUMNS: Final = (
    *("rank", "id", "number", "title", "artist", "release", "year", "duration_ms", "listens", "basis"),
    "popularity",
)
"""Of a document, as the table of recordings has them; its signs come last."""
_FACETS: Final = ("genre", "licences", "sources")


class Shards:
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
        self._until = ExitStack()
        self._scratch = self._until.enter_context(scratch_folder(self._folder, ".shards-"))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        """Where documents fail, the shards before them are finished; not where a shard fails, or somebody
        interrupts (for that DuckDB has a `RuntimeError`).
        """
        try:
            while self._waiting and (kind is None or issubclass(kind, TenutoError)):
                if self._waiting[0][0].start != self.layout.indexed:
                    break
                self._finish_first()
        finally:
            for *_, beside in self._waiting:
                beside.close()
            self._until.close()

    def add(self, ranks: range, pages: Iterator[pa.RecordBatch]) -> None:
        """A shard of documents."""
        file = self._scratch / shard_name(ranks)
        with _space(self._folder):
            if len(ranks) < WORTHWHILE:
                while self._waiting:
                    self._finish_first()
                self._finish(ranks, file, write_shard(file, pages))
                return
            kept = file.with_suffix(_KEPT)
            _keep(kept, pages)
        if len(self._waiting) >= min(os.cpu_count() or 1, _WRITERS):
            self._finish_first()
        self._waiting.append((ranks, file, Beside(write_kept, file, kept)))

    def _finish_first(self) -> None:
        ranks, file, beside = self._waiting.popleft()
        with closing(beside), _space(self._folder):
            self._finish(ranks, file, beside.result())
        file.with_suffix(_KEPT).unlink()

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
    """`write_shard` of the documents in an Arrow file."""
    with pa.memory_map(str(kept)) as mapped:
        file = pa.ipc.open_file(mapped)
        return write_shard(path, map(file.get_batch, range(file.num_record_batches)))


def write_shard(path: Path, pages: Iterable[pa.RecordBatch]) -> int:
    """Writes documents as a new shard; returns how many facet values found no sign."""
    path.unlink(missing_ok=True)
    signs = FacetSigns()
    with closing(sqlite3.connect(path, isolation_level=None)) as shard:
        shard.executescript(files(__package__).joinpath("shard.sql").read_text(encoding="utf-8"))
        shard.execute("BEGIN")
        for page in pages:
            _insert(shard, page, signs)
        shard.execute("INSERT INTO search (search) VALUES ('optimize')")
        shard.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, search, row)")
        shard.execute(
            "INSERT INTO long_words SELECT term FROM terms WHERE length(term) > ?", [LONGEST_PREFIX]
        )
        shard.executemany("INSERT INTO facets VALUES (?, ?, ?, ?)", sorted(signs.rows))
        shard.execute("COMMIT")
    return signs.refused


def _values(column: pa.Array) -> list[Any]:
    """As Python values; lists as tuples, in a third of the time that Arrow takes for lists."""
    if pa.types.is_list(column.type):
        values, lengths = column.flatten().to_pylist(), column.value_lengths().to_pylist()
        return [tuple(values[start:end]) for start, end in pairwise(accumulate(lengths, initial=0))]
    plain: list[Any] = column.to_pylist()
    return plain


def _insert(shard: sqlite3.Connection, page: pa.RecordBatch, signs: FacetSigns) -> None:
    columns = {name: _values(page.column(name)) for name in (*_COLUMNS, *_FACETS)}
    columns["basis"] = list(map(_BASES.__getitem__, columns["basis"]))
    # One document after the other: signs are given in the order of appearance, however pages are cut.
    signed = [
        (signs.of(*values), signs.of_year(year))
        for year, *values in zip(columns["year"], *(columns[name] for name in _FACETS), strict=True)
    ]
    rows = zip(*(columns[name] for name in _COLUMNS), (own for own, _ in signed), strict=True)
    shard.executemany("INSERT INTO recordings VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", rows)
    words = index_texts(zip(columns["title"], columns["artist"], columns["release"], strict=True))
    texts = (" ".join((text, *own, *of_year)) for text, (own, of_year) in zip(words, signed, strict=True))
    shard.executemany(
        "INSERT INTO search (rowid, words) VALUES (?, ?)", zip(columns["rank"], texts, strict=True)
    )
