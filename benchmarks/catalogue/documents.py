"""Documents of a search index that nobody ever sang, at any size, out of words that people did sing.

The words of real titles and artists come by Zipf's law; behind them stand words grown from halves of real
ones, as many as Heaps' law wants. Everything follows from the rank by a hash, without a random generator.
"""

import csv
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Hashes = npt.NDArray[np.uint64]

DATA: Final = Path(__file__).resolve().parents[3] / "shared" / "data"
_TABLES: Final = {
    "freemusicc/tracks.csv": ("title", "trackartist"),
    "freemusicc/releases.csv": ("album", "artist", "label"),
    "classic_rock_plays/classic-rock-song-list.csv": ("Song Clean", "ARTIST CLEAN"),
}
BATCH: Final = 50_000
_TRACKS_AN_ARTIST, _TRACKS_A_RELEASE = 17, 4
_REPEATED: Final = 0.27
_SHIFT: Final = 2.7
_GENRES: Final = 2_000
_LICENCES: Final = ("CC0-1.0", "CC-BY-4.0", "CC-BY-SA-3.0", "CC-BY-NC-ND-3.0")
_SOURCES: Final = ("musicbrainz", "listenbrainz", "discogs", "archive", "shelf")

SCHEMA: Final = pa.schema(
    [
        *(("rank", pa.int64()), ("id", pa.binary(16)), ("number", pa.int64()), ("title", pa.string())),
        *(
            ("artist", pa.string()),
            ("release", pa.string()),
            ("year", pa.int32()),
            ("duration_ms", pa.int64()),
        ),
        *(("genre", pa.string()), ("licences", pa.list_(pa.string())), ("sources", pa.list_(pa.string()))),
        *(("listens", pa.float64()), ("basis", pa.string()), ("popularity", pa.int32())),
    ]
)


def listens(ranks: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    return np.asarray(1e9 / (ranks + 10.0) ** 0.9)


class Documents:
    """`size` documents in rank order."""

    def __init__(self, size: int) -> None:
        self.size = size
        real = _real_words()
        grown = int(30 * size**0.6)
        self._words = real + [_grown(real, k) for k in range(max(0, grown - len(real)))]

    def batches(self) -> Iterator[pa.RecordBatch]:
        for start in range(0, self.size, BATCH):
            yield self._batch(np.arange(start, min(start + BATCH, self.size), dtype=np.uint64))

    def of(self, ranks: Sequence[int]) -> pa.RecordBatch:
        """Only these."""
        return self._batch(np.array(ranks, np.uint64))

    def _batch(self, ranks: Hashes) -> pa.RecordBatch:
        artists = self._artists(ranks)
        releases = artists * np.uint64(8) + _hash(ranks, 3) % np.uint64(
            _TRACKS_AN_ARTIST // _TRACKS_A_RELEASE
        )
        repeated = _unit(ranks, 4) < _REPEATED
        titles = np.where(
            repeated, _hash(ranks, 5) % np.uint64(self.size // 50 + 1), ranks + np.uint64(1 << 40)
        )
        genre = np.exp(_unit(artists, 6) * np.log(_GENRES)).astype(int)
        licence, source = _hash(releases, 7) % np.uint64(6), _hash(ranks, 8) % np.uint64(5)
        years = 2025 - (_unit(releases, 9) ** 2 * 75).astype(np.int32)
        columns = [
            ranks.astype(np.int64),
            [b"%016x" % value for value in _hash(ranks, 10).tolist()],
            (_hash(ranks, 11) % np.uint64(self.size)).astype(np.int64),
            *(self._names(titles, 12), self._names(artists, 13), self._names(releases, 14)),
            years,
            (60_000 + _hash(ranks, 15) % np.uint64(400_000)).astype(np.int64),
            [f"genre {at}; genre {at % 40}" for at in genre.tolist()],
            [[_LICENCES[at]] if at < len(_LICENCES) else [] for at in licence.tolist()],
            [list(_SOURCES[: at + 1]) for at in source.tolist()],
            listens(ranks),
            ["counted"] * len(ranks),
            (100 - np.log1p(ranks) * 4).astype(np.int32),
        ]
        return pa.record_batch(columns, schema=SCHEMA)

    def _artists(self, ranks: Hashes) -> Hashes:
        """Those of the most heard recordings recur."""
        artists = self.size // _TRACKS_AN_ARTIST + 1
        reach = np.sqrt(0.001 + ranks / self.size)
        return np.asarray((_unit(ranks, 2) * np.minimum(reach, 1) * artists).astype(np.uint64))

    def _names(self, keys: Hashes, salt: int) -> list[str]:
        """One to five words each."""
        count = 1 + (_unit(keys, salt) ** 1.5 * 5).astype(int)
        words = self._words
        places = [_zipf(_unit(keys, salt * 100 + at), len(words)).tolist() for at in range(5)]
        return [
            " ".join([words[place] for place in row[:n]])
            for n, row in zip(count.tolist(), zip(*places, strict=True), strict=True)
        ]


def _zipf(unit: npt.NDArray[np.float64], size: int) -> npt.NDArray[np.int64]:
    """Places in a list by Zipf's law with Mandelbrot's shift (1/(place + 2.7)), from numbers in [0, 1)."""
    return np.asarray((_SHIFT * ((size + _SHIFT) / _SHIFT) ** unit - _SHIFT).astype(np.int64))


def _hash(keys: Hashes, salt: int) -> Hashes:
    """splitmix64 (Steele, Lea and Flood, OOPSLA 2014)."""
    mixed = (keys + np.uint64(salt)) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(salt << 32)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))


def _unit(keys: Hashes, salt: int) -> npt.NDArray[np.float64]:
    return np.asarray((_hash(keys, salt) >> np.uint64(11)) / float(1 << 53))


def _real_words() -> list[str]:
    """The words of the tables, the most frequent first."""
    if not DATA.is_dir():
        sys.exit(
            "the real tables whose words this benchmark uses (../shared/data) aren't beside this checkout"
        )
    counts: Counter[str] = Counter()
    for name, columns in _TABLES.items():
        with (DATA / name).open(encoding="utf-8-sig", errors="replace", newline="") as table:
            for row in csv.DictReader(table):
                counts.update(word for column in columns for word in row[column].split())
    return [word for word, _ in counts.most_common()]


def _grown(real: list[str], at: int) -> str:
    """The head of one real word and the tail of another; only rare words, whose letters are many."""
    head, tail = real[500 + at * 7919 % (len(real) - 500)], real[500 + at * 104729 // 7 % (len(real) - 500)]
    return head[: (len(head) + 2) // 2] + tail[len(tail) // 2 :].lower()
