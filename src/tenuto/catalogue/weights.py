"""How much each recording is heard: estimates, intervals, popularity (docs/listens.md).

A recording's listens are Poisson with a rate of its own; the rates of an artist's recordings follow a gamma
law with the artist's mean (Gelman et al., Bayesian Data Analysis, 3rd edition, section 2.6). The estimate is
the rate's posterior mean: what nobody counted gets a little, and one chance listen doesn't make a hit.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tenuto.catalogue.runs import chunks
from tenuto.catalogue.stream import coded, dense, live_batches
from tenuto.formats.snapshot import Snapshot
from tenuto.formats.tables import LISTENS, RECORDINGS
from tenuto.model.catalogue import ListensBasis

Floats = npt.NDArray[np.float32]
Measure = tuple[str, str, str]
"""(source, unit, period)."""
CountRows = tuple[pa.RecordBatch, npt.NDArray[np.bool_]]
"""Rows of listens, and which of them add up."""
T = TypeVar("T")

SHAPE: Final = 0.5
"""Of the gamma law: how unequal an artist's recordings are. Below 1: most are hardly heard."""
PULL: Final = 5.0
"""Recordings that the mean of all counts for in an artist's mean."""
CODES: Final = (ListensBasis.NONE, ListensBasis.COUNTED, ListensBasis.ESTIMATED, ListensBasis.SYNTHETIC)
"""The basis of a recording is a place in here; 255 where a number has no recording any more."""
GONE: Final = 255

_MEASURE: Final = ("source", "unit", "period")
_Z: Final = 1.959964
"""Of the normal law, for intervals of 95 %."""


@dataclass(frozen=True, slots=True)
class Weights:
    """One place a recording's number. Where `basis` is GONE, the others are 0."""

    listens: Floats
    """Estimated; at least 0."""
    basis: npt.NDArray[np.uint8]
    popularity: npt.NDArray[np.uint8]


def counted(root: Path, snapshot: Snapshot) -> Weights:
    """From the counts of all sources, windows that overlap counted once."""
    listens, known = _sums(root, snapshot)
    artists = np.full(len(listens), -1, dtype=np.int32)
    basis = np.full(len(listens), GONE, dtype=np.uint8)
    for batch in live_batches(root, snapshot, RECORDINGS, ("artist_number",)):
        places = dense(batch)
        artists[places] = dense(batch, 1)
        basis[places] = np.where(
            known[places], CODES.index(ListensBasis.COUNTED), CODES.index(ListensBasis.ESTIMATED)
        )
    estimates = _estimates(listens, artists, basis != GONE, snapshot.numbers["artists"])
    return Weights(estimates, basis, popularity_of(estimates))


def uncounted(root: Path, snapshot: Snapshot) -> Weights:
    """Where no source counts: nothing is heard, as far as anyone knows."""
    basis = np.full(snapshot.numbers["recordings"], GONE, dtype=np.uint8)
    for batch in live_batches(root, snapshot, RECORDINGS, ()):
        basis[dense(batch)] = CODES.index(ListensBasis.NONE)
    nothing = np.zeros(len(basis), dtype=np.float32)
    return Weights(nothing, basis, np.zeros(len(basis), dtype=np.uint8))


def interval(estimate: float, count: float, variance: float) -> tuple[float, float]:
    """(low, high): where the rate lies with 95 %, by its gamma posterior (Wilson and Hilferty 1931).

    `count` is what was counted, `variance` its sampling variance: `count` where each listen stands for
    itself, more where few listeners gave many.
    """
    effective = count * count / variance if variance > 0 else count
    return gamma_interval(estimate, effective + SHAPE)


def gamma_interval(mean: float, shape: float) -> tuple[float, float]:
    """(low, high): where a gamma variable lies with 95 % (Wilson and Hilferty 1931)."""
    spread, middle = _Z / (3 * math.sqrt(shape)), 1 - 1 / (9 * shape)
    return mean * max(0.0, middle - spread) ** 3, mean * (middle + spread) ** 3


def popularity_of(listens: Floats) -> npt.NDArray[np.uint8]:
    """0-100: floor(100 ln(1 + listens) / ln(1 + most)); 0 without listens."""
    most = float(listens.max(initial=0))
    if most <= 0:
        return np.zeros(len(listens), dtype=np.uint8)
    found = np.empty(len(listens), dtype=np.uint8)
    for part in chunks(len(listens)):
        found[part] = np.floor(100 * np.log1p(listens[part].astype(np.float64)) / math.log1p(most) + 1e-6)
    return np.minimum(found, 100)


def counting(measures: Iterable[Measure]) -> frozenset[Measure]:
    """Those whose counts add up: of one source and unit the longest windows that don't overlap.

    A measure without a window is taken for all time, and covers every other.
    """
    chosen: list[Measure] = []
    for measure in sorted(measures, key=lambda each: (-_length(each[2]), each)):
        rivals = [other for other in chosen if other[:2] == measure[:2]]
        if not any(_overlap(measure[2], other[2]) for other in rivals):
            chosen.append(measure)
    return frozenset(chosen)


def over_counts(
    root: Path, snapshot: Snapshot, columns: Sequence[str], sums: Callable[[Iterator[CountRows]], T]
) -> T:
    """What `sums` makes of batches of live listens with these columns; it takes the rows that add up.

    Which rows do is known when all measures were met. Nearly always all of them do, so they are taken to;
    where some don't, `sums` is called again.
    """
    met: dict[Measure, None] = {}
    found = sums(_marked(root, snapshot, columns, met, None))
    adding = counting(met)
    if len(adding) == len(met):
        return found
    del found
    return sums(_marked(root, snapshot, columns, met, adding))


def _marked(
    root: Path,
    snapshot: Snapshot,
    columns: Sequence[str],
    met: dict[Measure, None],
    adding: frozenset[Measure] | None,
) -> Iterator[CountRows]:
    """Adds to `met` what is met; with `adding` of None, all rows add up."""
    for batch in live_batches(root, snapshot, LISTENS, (*_MEASURE, *columns)):
        measures, which = measures_of(batch.columns[1:4])
        met |= dict.fromkeys(measures)
        yield batch, among(measures, frozenset(measures) if adding is None else adding)[which]


def among(measures: Sequence[Measure], adding: frozenset[Measure]) -> npt.NDArray[np.bool_]:
    """Which of the measures add up."""
    return np.array([measure in adding for measure in measures], dtype=np.bool_)


def measures_of(columns: Sequence[pa.Array]) -> tuple[list[Measure], npt.NDArray[np.int64]]:
    """The different measures in columns of sources, units and periods, and which one each row has."""
    names, codes = zip(*map(coded, columns), strict=True)
    sizes = [max(len(each), 1) for each in names]
    # By hashes: a sort, as in `np.unique`, takes ten times as long.
    joint = pa.array(np.ravel_multi_index(codes, sizes)).dictionary_encode()
    places = zip(*np.unravel_index(joint.dictionary.to_numpy(), sizes), strict=True)
    measures = [tuple(each[at] for each, at in zip(names, place, strict=True)) for place in places]
    return measures, joint.indices.to_numpy()


def _sums(root: Path, snapshot: Snapshot) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """What was counted of each recording, and whether anybody did."""

    def sums(counts: Iterator[CountRows]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
        listens = np.zeros(snapshot.numbers["recordings"], dtype=np.float64)
        known = np.zeros(len(listens), dtype=np.bool_)
        for batch, adding in counts:
            places = dense(batch)[adding]
            np.add.at(listens, places, batch.column("count").to_numpy()[adding])
            known[places] = True
        return listens, known

    return over_counts(root, snapshot, ("count",), sums)


def _estimates(
    listens: npt.NDArray[np.float64], artists: npt.NDArray[np.int32], alive: npt.NDArray[np.bool_], count: int
) -> Floats:
    """Posterior means. An artist's mean is drawn to the mean of all; who has no artist has that mean."""
    living = int(np.count_nonzero(alive))
    mean = float(listens.sum()) / living if living else 0.0
    totals, sizes = np.zeros(count + 1), np.zeros(count + 1)
    for part in chunks(len(listens)):
        # Not `bincount`: for each part it makes a table of all artists.
        np.add.at(totals, artists[part] + 1, listens[part])
        np.add.at(sizes, artists[part] + 1, alive[part].astype(np.float64))
    totals[0] = sizes[0] = 0
    means = (totals + PULL * mean) / (sizes + PULL)
    estimates = np.empty(len(listens), dtype=np.float32)
    for part in chunks(len(listens)):
        expected = means[artists[part] + 1]
        estimates[part] = (listens[part] + SHAPE) * expected / (expected + SHAPE) * alive[part]
    return estimates


def _days(period: str) -> tuple[date, date]:
    """First day and the day after the last; all time where the period says nothing that is understood."""
    try:
        first, last = (date.fromisoformat(day[:10]) for day in period.split("/"))
    except ValueError:
        return date.min, date.max
    return first, last


def _length(period: str) -> int:
    first, last = _days(period)
    return (last - first).days


def _overlap(one: str, other: str) -> bool:
    (first, last), (from_, until) = _days(one), _days(other)
    return first < until and from_ < last
