"""Do 95 % intervals of coverage hold the true share? Catalogues of artists, sampled, planned, compared.

python -m benchmarks.plan.bench_bands [--size CATALOGUES]
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import show, size_option
from tenuto.plan import (
    CandidateBatch,
    Filler,
    Objective,
    Totals,
    decide,
    gathered,
    interval,
    part,
    predict_access_bytes,
    steps,
)

_ARTISTS = 300
_SHAPE, _PULL = 0.5, 5.0
"""As docs/listens.md has them."""
_SHARES = (0.02, 0.05, 0.1, 0.2)
"""Of the bytes of all recordings at their best tier."""
_LAWS = ((3.0, 0.7), (3.0, 1.5), (0.0, 1.5))
"""Of artists' mean listens, log-normal: as the catalogue's prior has it, wider, and hardly heard at all."""
_OBJECTIVE = Objective(rarity=0.0, quality=(0.75, 0.87, 0.91, 1.0))

Floats = NDArray[np.float64]


def sampled(random: np.random.Generator, law: tuple[float, float]) -> tuple[Floats, CandidateBatch]:
    """True rates, and candidates as a catalogue estimates them from one sample."""
    artist = np.repeat(np.arange(_ARTISTS), random.geometric(0.1, _ARTISTS))
    rates = random.gamma(_SHAPE, random.lognormal(*law, _ARTISTS)[artist] / _SHAPE)
    counts = random.poisson(rates).astype(np.float64)
    sums, sizes = np.bincount(artist, counts), np.bincount(artist)
    mean = ((sums + _PULL * counts.mean()) / (sizes + _PULL))[artist]
    listens, none = (counts + _SHAPE) * mean / (mean + _SHAPE), np.zeros(len(artist))
    duration = random.lognormal(12.2, 0.45, len(artist)).astype(np.int64)
    bytes_at = np.stack([predict_access_bytes(duration, rate) for rate in (64_000, 96_000, 128_000, 850_000)])
    return rates, CandidateBatch(
        *(np.arange(len(artist)), listens, counts, counts, none, bytes_at),
        *(none.astype(np.int8), none.astype(np.bool_), none.astype(np.int8)),
    )


def trial(random: np.random.Generator, law: tuple[float, float]) -> list[tuple[bool, float]]:
    """For each share of bytes, whether the interval holds the truth, and how wide it is."""
    rates, batch = sampled(random, law)
    totals = Totals(len(rates), float(batch.listens.sum()))
    tableau = gathered([part(steps(batch, _OBJECTIVE, totals), 1)], totals, 1)
    found = []
    for share in _SHARES:
        decision = decide(tableau, int(share * tableau.column("cost").sum()))
        filler = Filler(decision, _OBJECTIVE, totals)
        held = filler.tiers(filler.prepared(batch)) > 0
        low, high = interval(decision, tableau)
        found.append((bool(low <= rates[held].sum() / rates.sum() <= high), high - low))
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    trials = size_option(__doc__, "catalogues", 200, arguments)
    random = np.random.default_rng(95)
    rows = []
    for law in _LAWS:
        found = np.array([trial(random, law) for _ in range(trials)])
        for share, (held, width) in zip(_SHARES, found.transpose(1, 2, 0), strict=True):
            name = f"means log-normal({law[0]:g}, {law[1]:g}), {share:.0%} of bytes"
            rows.append(
                [name, f"{int(held.sum()):,} of {trials:,}", f"{held.mean():.1%}", f"{width.mean():.2%}"]
            )
    show("95 % intervals of coverage that hold the true share", ("", "hold", "share", "mean width"), rows)


if __name__ == "__main__":
    main()
