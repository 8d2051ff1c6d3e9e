"""Roll-ups over listens and popularity, with their error bars (docs/statistics.md, clauses 4-6)."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from math import ceil
from pathlib import Path
from typing import Final

import numpy as np

from tenuto.catalogue.order import Order
from tenuto.catalogue.runs import Ints, Numbers, chunks, starts, whole
from tenuto.catalogue.statistics.tallies import STEPS, Floats, Tally
from tenuto.catalogue.stream import dense
from tenuto.catalogue.weights import CODES, GONE, SHAPE, CountRows, Weights, gamma_interval, over_counts
from tenuto.formats.snapshot import Snapshot
from tenuto.model.catalogue import ListensBasis
from tenuto.model.statistics import Bar, Distribution, Held, Ranking, Share

BANDS: Final = tuple(range(0, 100, 5))
"""Of popularity: twenty bars, the last one includes 100."""

SHARES: Final = (0.001, 0.01, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Of recordings: the coverage curve has a point at each."""

_POINTS: Final = 150


def by_basis(heard: Weights) -> Ranking:
    """Recordings by where their listens come from."""
    counts, listens = np.zeros(256, dtype=np.int64), np.zeros(256)
    for part in chunks(len(heard.basis)):
        basis = heard.basis[part]
        counts += np.bincount(basis, minlength=256)
        listens += np.bincount(basis, heard.listens[part], 256)
    shares = [Share(str(name), int(counts[at]), float(listens[at])) for at, name in enumerate(CODES)]
    found = tuple(share for share in shares if share.count)
    return Ranking("recordings", sum(share.count for share in found), 0, len(found), found)


def by_listens(heard: Weights) -> Distribution:
    """Recordings by how often they are heard."""
    tally = Tally(STEPS)
    for part in chunks(len(heard.listens)):
        listens = heard.listens[part][heard.basis[part] != GONE]
        tally.add(listens, listens)
    return tally.distribution("recordings")


def by_popularity(root: Path, snapshot: Snapshot, heard: Weights) -> Distribution:
    """Recordings and their listens in twenty bands, with the sampling error of the listens."""
    tally = Tally(BANDS)
    for part in chunks(len(heard.listens)):
        alive = heard.basis[part] != GONE
        tally.add(heard.popularity[part][alive], heard.listens[part][alive])
    found = tally.distribution("recordings", whole=True)
    spread = _variances(root, snapshot, heard)
    bars = tuple(_with_interval(bar, float(spread[at])) for at, bar in enumerate(found.bars))
    return replace(found, bars=(*bars[:-1], replace(bars[-1], high=101)))


def coverage(order: Order) -> tuple[Held, ...]:
    """What the most heard recordings hold of all listens."""
    total = len(order.numbers)
    if not total or not order.listens[order.numbers[0]] > 0:
        return ()
    spread = np.geomspace(1, total, _POINTS).round()
    wanted = np.unique([*spread.astype(int), *(ceil(total * share) for share in SHARES), total])
    held, before = [], 0.0
    for part in chunks(total):
        sums = before + np.cumsum(order.listens[order.numbers[part]], dtype=np.float64)
        inside = wanted[(wanted > part.start) & (wanted <= part.start + len(sums))]
        held += [Held(int(number), float(sums[number - part.start - 1])) for number in inside]
        before = float(sums[-1])
    return tuple(held)


def _with_interval(bar: Bar, variance: float) -> Bar:
    """A sum of gamma variables is taken for a gamma variable of its mean and variance."""
    if not variance > 0 or not bar.listens:
        return bar
    return replace(bar, interval=gamma_interval(bar.listens, bar.listens**2 / variance))


def _variances(root: Path, snapshot: Snapshot, heard: Weights) -> Floats:
    """By band, the sum of the posterior variances: estimate^2 / shape (weights.interval). 0: not sampled."""
    found = np.zeros(len(BANDS))
    if snapshot.listens.synthetic_seed is not None:
        return found
    for part in chunks(len(heard.listens)):
        guessed = heard.basis[part] == CODES.index(ListensBasis.ESTIMATED)
        found += _in_bands(heard.popularity[part][guessed], _squared(heard.listens[part][guessed]) / SHAPE)
    return found + over_counts(root, snapshot, ("count", "squares"), partial(_of_counted, heard))


def _of_counted(heard: Weights, listens: Iterator[CountRows]) -> Floats:
    found = np.zeros(len(BANDS))
    for numbers, counts, squares in whole(map(_counted, listens)):
        first = starts(numbers)
        count, square = np.add.reduceat(counts, first), np.add.reduceat(squares, first)
        effective: Floats = np.divide(count * count, square, out=count.copy(), where=square > 0)
        places = numbers[first]
        found += _in_bands(heard.popularity[places], _squared(heard.listens[places]) / (effective + SHAPE))
    return found


def _counted(rows: CountRows) -> tuple[Ints, Floats, Floats]:
    """Number, count and squares (the count where nobody states them) of the listens that add up."""
    batch, adding = rows
    counts = batch.column("count").to_numpy()[adding]
    squares = batch.column("squares").to_numpy(zero_copy_only=False)[adding]
    return dense(batch)[adding], counts, np.where(np.isnan(squares), counts, squares)


def _in_bands(popularity: Numbers, values: Floats) -> Floats:
    sums = np.zeros(len(BANDS))
    sums += np.bincount(np.minimum(popularity // 5, len(BANDS) - 1), values, len(BANDS))
    return sums


def _squared(listens: Numbers) -> Floats:
    return listens.astype(np.float64) ** 2
