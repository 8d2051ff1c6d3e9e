"""Sound, rights and sources of recordings."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from tenuto.catalogue.runs import Ints, Numbers, starts, whole
from tenuto.catalogue.statistics.tallies import Floats, NameTally, Tally, ranking
from tenuto.catalogue.stream import dense, live_batches, source_places
from tenuto.catalogue.weights import Weights
from tenuto.formats.snapshot import Snapshot
from tenuto.formats.tables import FEATURES, RECORDINGS, RIGHTS, SOURCE_ROWS
from tenuto.model.statistics import Distribution, Ranking, Share

LICENCES: Final = 50
"""Statements that are named."""

SOURCES_TOLD_APART: Final = 15
"""In sets of sources; the further ones are one more, `other sources`."""

TEMPOS: Final = tuple(range(40, 221, 5))
"""Beats a minute; slower ones are in a bar of their own."""

KEYS: Final = ("C", "C♯/D♭", "D", "D♯/E♭", "E", "F", "F♯/G♭", "G", "G♯/A♭", "A", "A♯/B♭", "B")


@dataclass(slots=True)
class Sound:
    """One pass over the features: one row a recording at most."""

    explicit: Floats = field(default_factory=lambda: np.zeros((2, 2)))
    """(recordings, listens) by clean and explicit; `keys` likewise."""
    keys: Floats = field(default_factory=lambda: np.zeros((12, 2)))
    modes: NameTally = field(default_factory=NameTally)
    tempos: Tally = field(default_factory=lambda: Tally((1, *TEMPOS)))


def sound(root: Path, snapshot: Snapshot, heard: Weights) -> tuple[Ranking, Ranking, Ranking, Distribution]:
    """Explicit, key, mode and tempo."""
    found, recordings = Sound(), snapshot.counts[RECORDINGS.name]
    for batch in live_batches(root, snapshot, FEATURES, ("explicit", "key", "mode", "tempo")):
        listens = heard.listens[dense(batch)]
        _add(found.explicit, dense(batch, 1), listens)
        _add(found.keys, dense(batch, 2), listens)
        modes = found.modes.codes(batch.column("mode"))
        found.modes.add(modes[modes >= 0], listens[modes >= 0])
        tempos = batch.column("tempo").cast(pa.float64()).fill_null(-1).to_numpy()
        found.tempos.add(tempos, listens)
    modes_found = found.modes.shares()
    return (
        _named(("clean", "explicit"), found.explicit, recordings),
        _named(KEYS, found.keys, recordings),
        ranking("recordings", recordings, sum(share.count for share in modes_found), modes_found, 2),
        found.tempos.distribution("recordings", recordings),
    )


def by_licence(root: Path, snapshot: Snapshot, heard: Weights) -> Ranking:
    """Recordings by each different statement on their rights, as found."""
    tally, known = NameTally(), 0
    for numbers, codes in whole(_statements(root, snapshot, tally)):
        known += len(starts(numbers))
        pairs = np.unique(numbers << 32 | codes)
        tally.add(pairs & 0xFFFFFFFF, heard.listens[pairs >> 32])
    return ranking("recordings", snapshot.counts[RECORDINGS.name], known, tally.shares(), LICENCES)


def by_source(root: Path, snapshot: Snapshot, heard: Weights) -> tuple[Ranking, Ranking]:
    """Recordings by each source, and by the exact set of sources."""
    names = [str(source.name) for source in snapshot.sources]
    each, sets = np.zeros((len(names), 2)), np.zeros((1 << SOURCES_TOLD_APART + 1, 2))
    for rows in whole(_sources(root, snapshot)):
        first = starts(*rows)
        numbers, sources = (column[first] for column in rows)
        _add(each, sources, heard.listens[numbers])
        first = starts(numbers)
        bits = np.bitwise_or.reduceat(1 << np.minimum(sources, SOURCES_TOLD_APART), first)
        _add(sets, bits, heard.listens[numbers[first]])
    recordings = snapshot.counts[RECORDINGS.name]
    known = int(sets[:, 0].sum())
    shares = [
        Share(_set_name(int(bits), names), int(sets[bits, 0]), float(sets[bits, 1]))
        for bits in np.flatnonzero(sets[:, 0])
    ]
    single = tuple(Share(name, int(each[at, 0]), float(each[at, 1])) for at, name in enumerate(names))
    return (
        Ranking("recordings", recordings, recordings - known, len(names), single),
        ranking("recordings", recordings, known, shares, LICENCES),
    )


def _statements(root: Path, snapshot: Snapshot, tally: NameTally) -> Iterator[tuple[Ints, Ints]]:
    for batch in live_batches(root, snapshot, RIGHTS, ("statement",)):
        codes = tally.codes(batch.column("statement"))
        yield dense(batch)[codes >= 0], codes[codes >= 0]


def _sources(root: Path, snapshot: Snapshot) -> Iterator[tuple[Ints, Ints]]:
    for batch in live_batches(root, snapshot, SOURCE_ROWS, ("source",), entity="recording"):
        yield dense(batch), source_places(batch.column("source"), snapshot)


def _add(sums: Floats, places: Ints, listens: Numbers) -> None:
    """Adds (1, listens) at each place that isn't -1."""
    known = places >= 0
    sums[:, 0] += np.bincount(places[known], minlength=len(sums))
    sums[:, 1] += np.bincount(places[known], listens[known], len(sums))


def _named(names: tuple[str, ...], sums: Floats, total: int) -> Ranking:
    shares = tuple(Share(name, int(sums[at, 0]), float(sums[at, 1])) for at, name in enumerate(names))
    return Ranking("recordings", total, total - int(sums[:, 0].sum()), len(names), shares)


def _set_name(bits: int, names: list[str]) -> str:
    known = [name for at, name in enumerate(names[:SOURCES_TOLD_APART]) if bits >> at & 1]
    return " + ".join([*known, "other sources"] if bits >> SOURCES_TOLD_APART else known)
