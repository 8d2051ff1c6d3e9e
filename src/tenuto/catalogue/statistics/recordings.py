"""What recordings say of themselves: year, duration, genre, artist."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from tenuto.catalogue.lookup import PartReader, local_opener
from tenuto.catalogue.runs import Ints, spread
from tenuto.catalogue.statistics.heard import BANDS
from tenuto.catalogue.statistics.tallies import STEPS, Floats, NameTally, Tally, cut, ranking
from tenuto.catalogue.stream import coded, dense, live_batches
from tenuto.catalogue.weights import Weights, popularity_of
from tenuto.formats.snapshot import Snapshot
from tenuto.formats.tables import ARTISTS, RECORDINGS
from tenuto.model.statistics import Distribution, Ranking, Share

MOST: Final = 100
"""Genres and artists that are named."""

YEARS: Final = (1, *range(1900, 2101))
DURATIONS: Final = (1, *range(30_000, 600_000, 30_000), 600_000, 900_000, 1_200_000, 1_800_000, 3_600_000)
"""Milliseconds."""
FEW: Final = (*range(1, 22), 31, 51, 101, 201, 501, 1001, 10_001, 100_001)
"""Edges over small counts."""


@dataclass(slots=True)
class Described:
    """One pass over the recordings."""

    artists: int
    """Numbers of artists."""
    years: Tally = field(default_factory=lambda: Tally(YEARS))
    durations: Tally = field(default_factory=lambda: Tally(DURATIONS))
    genres: NameTally = field(default_factory=NameTally)
    """Of lists of genres, as they stand in a row."""
    by_artist: Ints = field(init=False)
    """Recordings by the artist's number."""
    heard: Floats = field(init=False)
    """Listens by the artist's number."""

    def __post_init__(self) -> None:
        self.by_artist, self.heard = np.zeros(self.artists, dtype=np.int64), np.zeros(self.artists)


def described(root: Path, snapshot: Snapshot, heard: Weights) -> Described:
    """Reads the recordings once."""
    found = Described(snapshot.numbers[ARTISTS.name])
    columns = ("year", "duration_ms", "artist_number", "genre")
    for batch in live_batches(root, snapshot, RECORDINGS, columns):
        listens = heard.listens[dense(batch)]
        found.years.add(dense(batch, 1), listens)
        found.durations.add(dense(batch, 2), listens)
        artists = dense(batch, 3)
        credited = artists >= 0
        np.add.at(found.by_artist, artists[credited], 1)
        np.add.at(found.heard, artists[credited], listens[credited].astype(np.float64))
        genres = found.genres.codes(batch.column("genre"))
        named = genres >= 0
        found.genres.add(genres[named], listens[named])
    return found


def by_genre(found: Described, recordings: int) -> Ranking:
    """A recording counts in each of its genres."""
    shares: dict[str, Share] = {}
    with_genre = found.genres.beyond
    for listed in found.genres.shares():
        genres = genres_of(listed.name)
        with_genre += listed.count if genres else 0
        for genre in genres:
            known = shares.get(genre, Share(genre, 0, 0.0))
            listens = (known.listens or 0.0) + (listed.listens or 0.0)
            shares[genre] = Share(genre, known.count + listed.count, listens)
    return ranking("recordings", recordings, with_genre, shares.values(), MOST)


def artists_by_genre(root: Path, snapshot: Snapshot, genres: Ranking) -> Ranking:
    """Different artists of each of those genres, by a second pass: a bit an artist and genre."""
    places = {share.name: at for at, share in enumerate(genres.shares)}
    artists = snapshot.numbers[ARTISTS.name]
    marks = np.zeros((artists, -(-len(places) // 8)), dtype=np.uint8)
    named = np.zeros(artists, dtype=np.bool_)
    for batch in live_batches(root, snapshot, RECORDINGS, ("artist_number", "genre")):
        credited = dense(batch, 1)
        texts, codes = coded(batch.column("genre"))
        listed = [genres_of(text) for text in texts]
        having = (credited >= 0) & np.array([*map(bool, listed), False])[codes]
        named[credited[having]] = True
        shown = [[places[genre] for genre in map(cut, each) if genre in places] for each in listed]
        rows, found = spread(codes[having], [*shown, []])
        _mark(marks, credited[having][rows], found)
    counts = [int(np.count_nonzero(marks[:, at >> 3] & (1 << (at & 7)))) for at in range(len(places))]
    shares = tuple(Share(name, counts[at]) for name, at in places.items())
    total = snapshot.counts[ARTISTS.name]
    return Ranking("artists", total, total - int(np.count_nonzero(named)), genres.names, shares)


def _mark(marks: npt.NDArray[np.uint8], rows: Ints, bits: Ints) -> None:
    """Sets bits, one kind at a time: of two at one byte in the same step, NumPy would keep the last only."""
    flat, places = marks.reshape(-1), rows * marks.shape[1] + (bits >> 3)
    for bit in range(8):
        chosen = places[bits & 7 == bit]
        flat[chosen] |= np.uint8(1 << bit)


def genres_of(listed: str) -> tuple[str, ...]:
    """The different genres of a row (`SourceRow.genre`)."""
    return tuple(dict.fromkeys(genre for each in listed.split(";") if (genre := each.strip())))


def most_heard_artists(root: Path, snapshot: Snapshot, found: Described) -> Ranking:
    """Recordings of the artists with the most listens, or recordings where nothing is heard."""
    numbers = np.flatnonzero(found.by_artist)
    turn = np.lexsort((numbers, -found.by_artist[numbers], -found.heard[numbers]))[:MOST]
    reader = PartReader(snapshot, local_opener(root / "catalogue" / "core"))
    shares = tuple(
        Share(
            cut(reader.rows(ARTISTS.name, "number", int(number))[0]["name"]),
            int(found.by_artist[number]),
            float(found.heard[number]),
        )
        for number in numbers[turn]
    )
    total = snapshot.counts[RECORDINGS.name]
    return Ranking("recordings", total, total - int(found.by_artist.sum()), len(numbers), shares)


def of_artists(snapshot: Snapshot, found: Described) -> tuple[Distribution, Distribution, Distribution]:
    """Artists by popularity, by listens, by recordings; unknown are those without any recording."""
    active = found.by_artist > 0
    heard = found.heard[active]
    popularity, listens, recordings = Tally(BANDS), Tally(STEPS), Tally(FEW, heard=False)
    popularity.add(popularity_of(heard.astype(np.float32)), heard)
    listens.add(heard, heard)
    recordings.add(found.by_artist[active])
    total = snapshot.counts[ARTISTS.name]
    return (
        popularity.distribution("artists", total, whole=True),
        listens.distribution("artists", total),
        recordings.distribution("artists", total),
    )
