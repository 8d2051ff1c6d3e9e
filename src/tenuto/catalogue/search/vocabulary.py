"""The words of the most heard recordings, and which of them a mistyped word may stand for.

All words are compared at once, in two steps over arrays in memory maps: words that lack more of the typed
letters than edits are allowed drop out by one bit operation; the rest is aligned with what was typed by
the optimal string alignment distance (Damerau-Levenshtein without edits inside a transposition; see
L. Boytsov, "Indexing methods for approximate dictionary searching", ACM JEA 16, 2011), one array a cell.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tenuto.fsync import atomic_file

HOT: Final = 1 << 22
"""Words come from shards that begin before this rank."""
MOST_WORDS: Final = 1 << 19
"""The most frequent are kept."""
SHORTEST, LONGEST = 3, 16
"""Letters of a word of the vocabulary; longer words are known by their first letters."""
MOST_CORRECTIONS: Final = 8
"""Of one typed word."""

_WORD: Final = f"<U{LONGEST}"
_SHORTEST_TYPED: Final = 4
_TWO_EDITS_FROM: Final = 8
_PLACES: Final = np.uint64(64)

_TERMS = """
SELECT substr(term, 1, ?2), sum(doc) AS recordings FROM terms
WHERE length(term) >= ?1 GROUP BY 1 ORDER BY recordings DESC, 1 LIMIT ?3
"""

Letters = npt.NDArray[np.uint32]
"""Code points; one row a letter, one column a word, 0 behind a word's end."""


def write_vocabulary(path: Path, shards: Iterable[Path]) -> None:
    """The most frequent words of some shards, in order of code points, as an Arrow file (docs/search.md)."""
    counts: Counter[str] = Counter()
    for shard in shards:
        with closing(
            sqlite3.connect(f"{shard.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
        ) as connection:
            connection.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, search, row)")
            counts.update(dict(connection.execute(_TERMS, [SHORTEST, LONGEST, MOST_WORDS])))
    kept = sorted(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MOST_WORDS])
    words = np.array([word for word, _ in kept], dtype=_WORD)
    batch = pa.record_batch(
        {
            "word": pa.FixedSizeBinaryArray.from_buffers(
                pa.binary(words.itemsize), len(words), [None, pa.py_buffer(words.tobytes())]
            ),
            "recordings": pa.array([count for _, count in kept], pa.int64()),
            "letters": pa.array(_letter_sets(_letters(words)), pa.uint64()),
        }
    )
    with atomic_file(path) as temporary, pa.ipc.new_file(temporary, batch.schema) as writer:
        writer.write(batch)


class Vocabulary:
    """Known words, in a memory map. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        batch = pa.ipc.open_file(pa.memory_map(str(path))).get_batch(0)
        words, recordings, letters = batch.columns
        self._words = np.frombuffer(words.buffers()[1], _WORD, count=len(words))
        self._recordings = recordings.to_numpy()
        self._letter_sets = letters.to_numpy()

    def knows(self, typed: str) -> bool:
        """Whether a word begins with what was typed."""
        typed = typed[:LONGEST]
        at = int(np.searchsorted(self._words, typed))
        return at < len(self._words) and str(self._words[at]).startswith(typed)

    def corrections(self, typed: str, *, closest: bool = False) -> tuple[str, ...]:
        """Beginnings of known words that are one edit away from a typed word of 4 to 7 letters, or up to two
        from a longer one; the closest first, then those with the right first letter, then the most frequent.

        With `closest`, only those at the least distance that occurs. Numbers are taken as meant.
        """
        if len(typed) < _SHORTEST_TYPED or typed.isnumeric():
            return ()
        edits = 1 if len(typed) < _TWO_EDITS_FROM else 2
        typed = typed[: LONGEST - edits]
        beginnings = self._beginnings(typed, edits)
        least = min((distance for distance, *_ in beginnings), default=0)
        kept = sorted(row for row in beginnings if row[0] == least or not closest)
        return tuple(word for *_, word in kept[:MOST_CORRECTIONS])

    def _beginnings(self, typed: str, edits: int) -> list[tuple[int, bool, int, str]]:
        """(distance, wrong first letter, minus recordings, beginning) of all words within the edits."""
        lacking = _letter_sets(_letters(np.array([typed], _WORD))) & ~self._letter_sets
        near = np.flatnonzero(np.bitwise_count(lacking) <= edits)
        words = self._words[near]
        distances, lengths = _prefix_distances(typed, _letters(words), edits)
        found: dict[str, tuple[int, int]] = {}
        for at in np.flatnonzero((distances > 0) & (distances <= edits)):
            beginning = str(words[at])[: lengths[at]]
            _, recordings = found.get(beginning, (0, 0))
            found[beginning] = (int(distances[at]), recordings + int(self._recordings[near[at]]))
        return [
            (distance, word[0] != typed[0], -recordings, word)
            for word, (distance, recordings) in found.items()
        ]


def _letters(words: npt.NDArray[np.str_]) -> Letters:
    """The letters of words, which a NumPy string holds as UTF-32 already."""
    width = words.dtype.itemsize // 4
    return np.ascontiguousarray(words.view("<u4").reshape(len(words), width).T)


def _letter_sets(letters: Letters) -> npt.NDArray[np.uint64]:
    """Of each word, a set of its letters modulo 64 as bits."""
    bits = np.uint64(1) << (letters.astype(np.uint64) % _PLACES)
    sets: npt.NDArray[np.uint64] = np.bitwise_or.reduce(np.where(letters > 0, bits, np.uint64(0)), axis=0)
    return sets


def _prefix_distances(
    typed: str, letters: Letters, edits: int
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.int8]]:
    """The least distance from `typed` to a beginning of each word, and that beginning's length: the longest.

    Only lengths within `edits` of the typed one can be close enough, so only a band of cells is filled.
    """
    places, count = letters.shape
    far = np.full(count, edits + 1, np.int8)
    before: list[npt.NDArray[np.int8]] = []
    row = [np.full(count, j, np.int8) for j in range(places + 1)]
    codes = [ord(letter) for letter in typed]
    for i, code in enumerate(codes, 1):
        before, last, row = row, before, [far] * (places + 1)
        if i <= edits:
            row[0] = np.full(count, i, np.int8)
        for j in range(max(1, i - edits), min(places, i + edits) + 1):
            same = letters[j - 1] == code
            cell = np.minimum(before[j - 1] + ~same, np.minimum(before[j], row[j - 1]) + np.int8(1))
            if i > 1 and j > 1:
                swapped = (letters[j - 2] == code) & (letters[j - 1] == codes[i - 2])
                cell = np.where(swapped, np.minimum(cell, last[j - 2] + np.int8(1)), cell)
            row[j] = cell
    least, lengths = far, np.zeros(count, np.int8)
    for j in range(max(0, len(typed) - edits), min(places, len(typed) + edits) + 1):
        lengths = np.where(row[j] <= least, np.int8(j), lengths)
        least = np.minimum(least, row[j])
    return least, lengths
