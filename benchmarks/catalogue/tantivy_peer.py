"""tantivy over the same documents, words and shards: the other engine that was considered (decision 0105).

It isn't among the dependencies: `make bench` installs it. It gets what makes it
quick here: one segment a shard, no positions, no stored fields but the rank, and the shards in rank order.
"""

from collections.abc import Iterator
from importlib import import_module
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pyarrow as pa

from tenuto.catalogue.search.index import FEW
from tenuto.catalogue.search.layout import new_shards
from tenuto.catalogue.search.words import index_texts, query_words

_HEAP: Final = 256_000_000
_TWO_EDITS_FROM, _ONE_EDIT_FROM = 8, 4


def installed() -> bool:
    try:
        import_module("tantivy")
    except ImportError:
        return False
    return True


def _schema(tantivy: ModuleType) -> object:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("rank", fast=True)
    builder.add_text_field("words", tokenizer_name="whitespace", index_option="basic")
    builder.add_text_field("facets", tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("year", indexed=True, fast=True)
    return builder.build()


def build(folder: Path, batches: Iterator[pa.RecordBatch], recordings: int) -> None:
    """One index a shard."""
    tantivy = import_module("tantivy")
    rows = chain.from_iterable(map(_with_words, batches))
    for ranks in new_shards(0, recordings):
        path = folder / f"{ranks.start:010}-{ranks.stop:010}"
        path.mkdir(parents=True)
        writer = tantivy.Index(_schema(tantivy), str(path)).writer(_HEAP, 1)
        for _ in ranks:
            writer.add_document(_document(tantivy, *next(rows)))
        writer.commit()
        writer.wait_merging_threads()


def _with_words(batch: pa.RecordBatch) -> Iterator[tuple[dict[str, Any], str]]:
    """Documents with their words, folded together as Tenuto's are."""
    rows = batch.to_pylist()
    return zip(rows, index_texts((row["title"], row["artist"], row["release"]) for row in rows), strict=True)


def _document(tantivy: ModuleType, row: dict[str, Any], words: str) -> object:
    document = tantivy.Document()
    document.add_unsigned("rank", row["rank"])
    document.add_text("words", words)
    for value in (*row["genre"].split("; "), *row["licences"], *row["sources"]):
        document.add_text("facets", value)
    document.add_unsigned("year", row["year"])
    return document


class TantivyPeer:
    """Ranks of hits, the most heard first, shard by shard until there are enough."""

    def __init__(self, folder: Path) -> None:
        self._tantivy = import_module("tantivy")
        self._schema = _schema(self._tantivy)
        self._searchers = [
            self._tantivy.Index(self._schema, str(path)).searcher() for path in sorted(folder.iterdir())
        ]

    def find(
        self, query: str, *, genre: str | None = None, years: tuple[int, int] | None = None, limit: int = 20
    ) -> list[int]:
        words = query_words(query)
        ranks = self._search(words, genre, years, limit, typos=False)
        if len(ranks) < max(1, FEW + 1 - len(words)):
            found = dict.fromkeys((*ranks, *self._search(words, genre, years, limit, typos=True)))
            ranks = list(found)
        return ranks[:limit]

    def _search(
        self, words: list[str], genre: str | None, years: tuple[int, int] | None, limit: int, *, typos: bool
    ) -> list[int]:
        queries = [self._word(word, typos=typos) for word in words]
        if genre is not None:
            queries.append(self._tantivy.Query.term_query(self._schema, "facets", genre))
        if years is not None:
            kind = self._tantivy.FieldType.Unsigned
            queries.append(self._tantivy.Query.range_query(self._schema, "year", kind, *years))
        must = self._tantivy.Occur.Must
        both = self._tantivy.Query.boolean_query([(must, query) for query in queries])
        ranks: list[int] = []
        for searcher in self._searchers:
            found = searcher.search(
                both, limit - len(ranks), count=False, order_by_field="rank", order=self._tantivy.Order.Asc
            )
            ranks += [rank for rank, _ in found.hits]
            if len(ranks) >= limit:
                break
        return ranks

    def _word(self, word: str, *, typos: bool) -> object:
        edits = (len(word) >= _ONE_EDIT_FROM) + (len(word) >= _TWO_EDITS_FROM) if typos else 0
        if edits:
            return self._tantivy.Query.fuzzy_term_query(self._schema, "words", word, edits, prefix=True)
        return self._tantivy.Query.regex_query(self._schema, "words", f"{word}.*")
