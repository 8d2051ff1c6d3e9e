"""The artists, releases and genres of recordings, a window of numbers at a time."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tenuto.catalogue.runs import Ints, spread
from tenuto.catalogue.snapshots import load
from tenuto.catalogue.statistics.recordings import genres_of
from tenuto.catalogue.stream import coded
from tenuto.catalogue.window import Rows, window_rows
from tenuto.formats.snapshot import Snapshot
from tenuto.formats.tables import ARTISTS, RECORDINGS, RELEASES, TRACKS
from tenuto.model.ids import SnapshotId


@dataclass(frozen=True, slots=True)
class Members:
    """Pairs: the recording at this place of the window belongs to this group."""

    places: Ints
    groups: Ints


@dataclass(frozen=True, slots=True)
class Membership:
    """Of live recordings. A recording may be on many releases, and have many genres."""

    artists: Members
    """Numbers of the artists credited first."""
    releases: Members
    genres: Members
    """Places in `genre_names`."""
    genre_names: tuple[str, ...]


class MembershipReader:
    """Reads a snapshot window by window. Safe between threads."""

    def __init__(self, root: Path, snapshot: SnapshotId) -> None:
        made_of = load(root, snapshot)
        self.artists, self.releases = (made_of.numbers[table.name] for table in (ARTISTS, RELEASES))
        """Numbers of artists and of releases, those of removed ones included."""
        self.read = partial(_membership, root, made_of)


def _membership(root: Path, snapshot: Snapshot, numbers: range) -> Membership:
    read = partial(window_rows, root, snapshot, window=numbers)
    described, tracks = read(RECORDINGS, ("artist_number", "genre")), read(TRACKS, ("release",))
    genres, names = _genres(described)
    return Membership(_pairs(described, 0), _pairs(tracks, 0), genres, names)


def _pairs(rows: Rows, column: int) -> Members:
    groups = pc.fill_null(rows.columns[column].cast(pa.int64()), -1).to_numpy()
    known = np.flatnonzero(groups >= 0)
    return Members(rows.places[known], groups[known])


def _genres(rows: Rows) -> tuple[Members, tuple[str, ...]]:
    """A row's text lists several."""
    texts, codes = coded(rows.columns[1])
    listed = [*(genres_of(text) for text in texts), ()]
    names = {name: place for place, name in enumerate(dict.fromkeys(n for each in listed for n in each))}
    of_rows, groups = spread(codes, [[names[name] for name in each] for each in listed])
    return Members(rows.places[of_rows], groups), tuple(names)
