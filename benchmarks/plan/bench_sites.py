"""Copies at twelve sites of eight places: how full they get, and what moves when a site comes or goes.

python -m benchmarks.plan.bench_sites [--size TERABYTES]

Beside it weighted rendezvous hashing of every slot (Thaler and Ravishankar 1998; weights as in Schindelhauer
and Schomaker 2005), which knows capacities only as weights.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import numpy as np

from benchmarks.report import race, seconds, show, size_option
from tenuto.model.plan import Site
from tenuto.plan import SLOTS, Codes, Ints, most_held, placed

_COPIES: Final = 3
_FULL: Final = 0.97
"""Of what fits."""


def sites_of(terabytes: int) -> list[Site]:
    """Capacities from a third to three times the mean; two sites at four of the places."""
    parts = [3.0, 2.5, 2.0, 1.5, 1.2, 1.0, 0.8, 0.7, 0.6, 0.5, 0.4, 0.34]
    unit = terabytes * 10**12 // 10
    return [Site(f"s{at}", f"p{at % 8}", int(part * unit)) for at, part in enumerate(parts)]


def volumes_of(volume: int) -> Ints:
    """Slots of some 4,000 recordings each differ by a percent or two."""
    spread = np.random.default_rng(1).normal(1, 0.015, SLOTS)
    found: Ints = (volume / SLOTS * spread / spread.mean()).astype(np.int64)
    return found


def ours(volumes: Ints, sites: Sequence[Site], before: Codes | None) -> Codes:
    found = placed(volumes, sites, _COPIES, before)
    assert found is not None
    return found


def rendezvous(volumes: Ints, sites: Sequence[Site], before: Codes | None) -> Codes:
    """The three best scores at different places, whatever was before."""
    del before
    scores = np.empty((len(sites), len(volumes)))
    for at, site in enumerate(sites):
        seed = int.from_bytes(site.name.encode(), "big")
        scores[at] = -np.log(np.random.default_rng(seed).random(len(volumes))) / site.capacity
    found = np.empty((len(volumes), _COPIES), dtype=np.int8)
    for copy in range(_COPIES):
        best = scores.argmin(axis=0)
        found[:, copy] = best
        for at, site in enumerate(sites):
            same = np.array([each.place == site.place for each in sites])
            scores[np.ix_(same, best == at)] = np.inf
    return found


def received(before: Codes, after: Codes, volumes: Ints, names: tuple[Sequence[Site], Sequence[Site]]) -> int:
    """Bytes that sites must get."""
    total = 0
    for at, site in enumerate(names[1]):
        had = [place for place, each in enumerate(names[0]) if each.name == site.name]
        here = (after == at).any(axis=1) & ~np.isin(before, had).any(axis=1)
        total += int(volumes[here].sum())
    return total


def trial(
    place: Callable[[Ints, Sequence[Site], Codes | None], Codes], terabytes: int
) -> tuple[float, float, float]:
    """(fullest site, bytes moved for a new site, for a lost one): shares of capacity, and of all copies."""
    sites = sites_of(terabytes)
    volumes = volumes_of(int(_FULL * most_held(sites, _COPIES)))
    first = place(volumes, sites, None)
    fullest = max(volumes[(first == at).any(axis=1)].sum() / site.capacity for at, site in enumerate(sites))
    more = [*sites, Site("new", "p8", sites[0].capacity)]
    second = place(volumes, more, first)
    copies = _COPIES * int(volumes.sum())
    fewer = more[1:]
    third = place(volumes, fewer, (second - 1).astype(np.int8))
    return (
        float(fullest),
        received(first, second, volumes, (sites, more)) / copies,
        received(second, third, volumes, (more, fewer)) / copies,
    )


def main(arguments: Sequence[str] | None = None) -> None:
    terabytes = size_option(__doc__, "terabytes", 100, arguments)
    calls = {
        "Tenuto": partial(trial, ours, terabytes),
        "rendezvous hashing": partial(trial, rendezvous, terabytes),
    }
    runs = race(calls, rounds=1)
    rows = [[name, *(f"{share:.2%}" for share in run.result), seconds(run.cpu)] for name, run in runs.items()]
    title = f"{_COPIES} copies, {len(sites_of(terabytes))} sites, {_FULL:.0%} of what fits"
    show(title, ("", "fullest site", "moved: a site more", "moved: a site lost", "processor s"), rows)


if __name__ == "__main__":
    main()
