"""Search as you type: size, building, latency and hit rate, beside tantivy on the same words and shards.

python -m benchmarks.catalogue.bench_search [--size DOCUMENTS]
"""

import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import quantiles
from typing import Final, NamedTuple

import numpy as np

from benchmarks.catalogue import tantivy_peer
from benchmarks.catalogue.documents import Documents, listens
from benchmarks.report import Measured, measure, megabytes, seconds, show, size_option
from tenuto.catalogue.search import build_index, open_index
from tenuto.catalogue.search.words import index_texts
from tenuto.model.catalogue import Facets
from tenuto.testing.source import Silence

QUERIES: Final = 300
"""Of each kind, each asked once."""
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_GENRE, _YEARS = "genre 1", (1985, 2003)
_FIRST: Final = 10


class Query(NamedTuple):
    text: str
    wanted: int | None
    """The rank of the recording that the reader has in mind."""
    facets: bool = False


class Answers(NamedTuple):
    times: list[float]
    """Processor seconds; files in the page cache."""
    found: float
    """Share of queries whose wanted recording is among the first ten."""


Kinds = Mapping[str, list[Query]]


def generate(size: int) -> int:
    """What making the documents takes: part of building for both."""
    return sum(batch.num_rows for batch in Documents(size).batches())


def build_ours(folder: Path, size: int) -> int:
    build_index(folder, Documents(size).batches(), size, Silence())
    return _bytes(folder)


def build_peer(folder: Path, size: int) -> int:
    tantivy_peer.build(folder, Documents(size).batches(), size)
    return _bytes(folder)


def bytes_of_words(folder: Path) -> int:
    """What of our files the inverted index takes; the rest are the lines that lists show, and words."""
    total = 0
    for path in folder.glob("*.sqlite"):
        connection = sqlite3.connect(path)
        total += connection.execute("SELECT sum(length(block)) FROM search_data").fetchone()[0]
        connection.close()
    return total


def draw_queries(size: int) -> dict[str, list[Query]]:
    """What people type to find recordings that are drawn by their listens."""
    ranks = np.arange(size)
    drawn = random.Random(1).choices(ranks.tolist(), weights=listens(ranks).tolist(), k=QUERIES)
    batch = Documents(size).of(drawn)
    titles, artists = (
        index_texts((text,) for text in batch.column(name).to_pylist()) for name in ("title", "artist")
    )
    named = [
        (rank, title.split(), artist.split())
        for rank, title, artist in zip(drawn, titles, artists, strict=True)
    ]
    known = [row for row in named if row[1] and row[2]]
    draw = random.Random(2)

    def each(text: Callable[[list[str], list[str]], str], *, facets: bool = False) -> list[Query]:
        return [Query(text(title, artist), None if facets else rank, facets) for rank, title, artist in known]

    return {
        "1 letter": each(_begun(1)),
        "2 letters": each(_begun(2)),
        "3 letters": each(_begun(3)),
        "5 letters": each(_begun(5)),
        "8 letters": each(_begun(8)),
        "whole title": each(lambda title, _: " ".join(title)),
        "a word of the title, 'the'": each(lambda title, _: f"{max(title, key=len)} the"),
        "title, 3 letters of the artist": each(lambda title, artist: f"{' '.join(title)} {artist[0][:3]}"),
        "title and artist": each(lambda title, artist: " ".join(title + artist)),
        "the same, one typing error": each(lambda title, artist: _mistyped(title + artist, draw)),
        "title, one typing error": each(lambda title, _: _mistyped(title, draw)),
        "9 random letters": [Query("".join(draw.choices(_LETTERS, k=9)), None) for _ in known],
        "1 letter, genre, 19 years": each(_begun(1), facets=True),
        "5 letters, genre, 19 years": each(_begun(5), facets=True),
    }


def _begun(letters: int) -> Callable[[list[str], list[str]], str]:
    return lambda title, _: " ".join(title)[:letters]


def _mistyped(words: list[str], draw: random.Random) -> str:
    """One edit inside the longest word: a letter left out, doubled or replaced, or two exchanged."""
    word = max(words, key=len)
    at = draw.randrange(max(1, len(word) - 1))
    letter, rest = word[at], word[at + 1 :]
    edit = draw.choice((rest, letter * 2 + rest, draw.choice(_LETTERS) + rest, rest[:1] + letter + rest[1:]))
    return " ".join(words).replace(word, word[:at] + edit, 1)


def _ask(find: Callable[[Query], list[int]], kinds: Kinds) -> dict[str, Answers]:
    find(Query("warm up", None))
    answers = {}
    for kind, queries in kinds.items():
        times, found = [], 0
        for query in queries:
            began = time.process_time()
            ranks = find(query)
            times.append(time.process_time() - began)
            found += query.wanted in ranks[:_FIRST]
        answers[kind] = Answers(times, found / len(queries))
    return answers


def ask_ours(folder: Path, kinds: Kinds) -> dict[str, Answers]:
    index = open_index(folder)
    facets = {False: Facets(), True: Facets(genre=_GENRE, years=_YEARS)}

    def find(query: Query) -> list[int]:
        found = index.find(query.text, facets=facets[query.facets])
        return [line.popularity.rank for line in found.recordings]

    return _ask(find, kinds)


def ask_peer(folder: Path, kinds: Kinds) -> dict[str, Answers]:
    peer = tantivy_peer.TantivyPeer(folder)
    narrowed = partial(peer.find, genre=_GENRE, years=_YEARS)
    return _ask(lambda query: (narrowed if query.facets else peer.find)(query.text), kinds)


def report_build(size: int, made: Measured[int], rows: Sequence[tuple[str, Measured[int], int]]) -> None:
    table = []
    for name, run, words in rows:
        cpu = run.cpu - made.cpu
        per = (f"{run.result / size:.1f}", f"{words / size:.1f}")
        table.append([name, seconds(cpu), f"{size / cpu:,.0f}", *per, megabytes(run.peak_bytes)])
    columns = ("what", "processor s", "documents a processor s", "bytes a document", "of words", "peak MB")
    show(f"search: {size:,} documents, building", columns, table)


def report_queries(size: int, ours: Mapping[str, Answers], peer: Mapping[str, Answers]) -> None:
    columns = ["query", "p50 ms", "p95 ms", "worst ms", "in first 10"]
    if peer:
        columns += ["tantivy p50", "p95", "in first 10"]
    rows = []
    for kind, answer in ours.items():
        p50, p95 = _percentiles(answer.times)
        row = [kind, p50, p95, f"{max(answer.times) * 1e3:.2f}", _share(answer)]
        if peer:
            row += [*_percentiles(peer[kind].times), _share(peer[kind])]
        rows.append(row)
    note = (
        f"{QUERIES} queries of each kind, each asked once (processor time, files in the page cache), for"
        " recordings drawn by their listens. Tantivy gives ranks only; ours also the lines of the list."
    )
    show(f"search: {size:,} documents, 20 hits", columns, rows, note)


def _percentiles(times: Sequence[float]) -> tuple[str, str]:
    cut = quantiles(times, n=20)
    return f"{cut[9] * 1e3:.2f}", f"{cut[18] * 1e3:.2f}"


def _share(answers: Answers) -> str:
    return f"{answers.found:.0%}" if answers.found else ""


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main(arguments: Sequence[str] | None = None) -> None:
    size = size_option(__doc__, "documents", 200_000, arguments)
    kinds = draw_queries(size)
    with tempfile.TemporaryDirectory(prefix="tenuto-bench-") as name:
        ours, peer = Path(name) / "ours", Path(name) / "peer"
        made = measure(partial(generate, size))
        built = measure(partial(build_ours, ours, size))
        rows = [("Tenuto: SQLite FTS5, lines of lists, vocabulary", built, bytes_of_words(ours))]
        theirs: dict[str, Answers] = {}
        if tantivy_peer.installed():
            other = measure(partial(build_peer, peer, size))
            rows.append(("tantivy: words, facets, ranks", other, other.result))
            theirs = measure(partial(ask_peer, peer, kinds)).result
        report_build(size, made, rows)
        report_queries(size, measure(partial(ask_ours, ours, kinds)).result, theirs)


if __name__ == "__main__":
    main()
