"""A plan for millions of recordings, beside the rule of the bulk archive of 2025 and greedy sorting in NumPy.

python -m benchmarks.plan.bench_solve [--size RECORDINGS]

The rule, in rank order up to a cut: popularity above 0 gets the original at 160 kbit/s, the rest Opus at 75.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import Measured, megabytes, race, ratio, seconds, show, size_option
from tenuto.plan import (
    CandidateBatch,
    Codes,
    Filler,
    Floats,
    Ints,
    Objective,
    Tally,
    Totals,
    decide,
    gathered,
    loss_chance,
    part,
    predict_access_bytes,
    predict_original_bytes,
    quality,
    steps,
)

_BATCH: Final = 1 << 18
_SHARES: Final = (0.3, 0.6)
"""Budgets, as shares of the bytes that the rule would take without a cut."""
_RATES: Final = (64_000, 96_000, 128_000)
_OBJECTIVE: Final = Objective(rarity=0.5, quality=(*map(quality, _RATES), 1.0), floor=1)  # type: ignore[arg-type]
_LISTENS_ONLY: Final = Objective(rarity=0.0, quality=_OBJECTIVE.quality)
_RULE_RATE: Final = 75_000
_TAIL: Final = 0.1
"""What is less heard than this share of recordings is the tail."""


@dataclass(frozen=True, slots=True)
class Planned:
    """Shares of all listens, of the tail's recordings, and of the losses expected elsewhere."""

    bytes: int
    coverage: float
    served: float
    """Listens, by the quality of what serves them."""
    tail: float
    saved: float
    gap: float | None = None


def catalogue(recordings: int) -> Iterator[tuple[CandidateBatch, Ints]]:
    """In rank order, with durations. Listens after Zipf, the last tenth unheard; originals at 160 kbit/s.

    Two in three have an ISRC, one in five up to three hosts.
    """
    for start in range(0, recordings, _BATCH):
        rank = np.arange(start, min(start + _BATCH, recordings), dtype=np.int64)
        random = np.random.default_rng(start)
        listens = np.where(rank < recordings * 9 // 10, 1e9 / np.power(rank + 1, 1.02), 0.0)
        duration = random.lognormal(12.2, 0.45, len(rank)).astype(np.int64)
        hosts = np.where(random.random(len(rank)) < 0.2, random.integers(1, 4, len(rank)), 0)
        loss = loss_chance(hosts, random.random(len(rank)) < 0.67, random.integers(0, 60, len(rank)))
        copies = [predict_access_bytes(duration, rate) for rate in _RATES]
        sizes = np.stack((*copies, predict_original_bytes(duration, np.full(len(rank), 160_000))))
        none = np.zeros(len(rank), dtype=np.int8)
        yield (
            CandidateBatch(rank, listens, listens, listens, loss, sizes, none, none.astype(np.bool_), none),
            duration,
        )


def totals_of(recordings: int) -> Totals:
    return Totals(recordings, sum(float(batch.listens.sum()) for batch, _ in catalogue(recordings)))


class Score:
    """Adds up what a plan holds."""

    def __init__(self, recordings: int) -> None:
        self._recordings = recordings
        self._sums = np.zeros(8)

    def add(self, batch: CandidateBatch, worth: Floats, sizes: Ints) -> None:
        """`worth` is the quality of what is held, 0 where nothing is."""
        tail = batch.number >= self._recordings * _TAIL
        held = worth > 0
        self._sums += (
            *(batch.listens[held].sum(), batch.listens.sum(), (batch.listens * worth).sum()),
            *(
                (held & tail).sum(),
                tail.sum(),
                (batch.loss * worth).sum(),
                batch.loss.sum(),
                sizes[held].sum(),
            ),
        )

    def planned(self, gap: float | None = None) -> Planned:
        held, heard, served, tail, tails, saved, losses, size = self._sums.tolist()
        return Planned(int(size), held / heard, served / heard, tail / tails, saved / losses, gap)


def tenuto(recordings: int, budget: int, objective: Objective) -> Planned:
    totals = totals_of(recordings)
    parts = (part(steps(batch, objective, totals), 1) for batch, _ in catalogue(recordings))
    decision = decide(gathered(parts, totals, 1), budget)
    filler, tally, score = Filler(decision, objective, totals), Tally(objective, totals), Score(recordings)
    for batch, _ in catalogue(recordings):
        codes: Codes = filler.tiers(filler.prepared(batch))
        tally.add(batch, codes)
        sizes = np.vstack((np.zeros_like(batch.sizes[:1]), batch.sizes))[codes, np.arange(len(batch))]
        score.add(batch, np.array([0.0, *objective.quality])[codes], sizes)
    return score.planned(1 - tally.worth / decision.bound)


def popular(batch: CandidateBatch) -> NDArray[np.bool_]:
    """Popularity above 0: listens that reach a hundredth of the most heard one's logarithm."""
    popularity: Floats = 100 * np.log1p(batch.listens) / np.log1p(1e9)
    return popularity >= 1


def rule(recordings: int, budget: int) -> Planned:
    """In rank order until the disk is full."""
    score, spent = Score(recordings), 0
    for batch, duration in catalogue(recordings):
        hit = popular(batch)
        sizes = np.where(hit, batch.sizes[3], predict_access_bytes(duration, _RULE_RATE))
        fits = spent + np.cumsum(sizes) <= budget
        spent += int(sizes.sum())
        score.add(batch, np.where(fits, np.where(hit, 1.0, quality(_RULE_RATE)), 0.0), sizes)
    return score.planned()


def greedy(recordings: int, budget: int) -> Planned:
    """All in memory: one tier for all (96 kbit/s), sorted by listens a byte."""
    read = [batch for batch, _ in catalogue(recordings)]
    listens, sizes = np.concatenate([b.listens for b in read]), np.concatenate([b.sizes[1] for b in read])
    order = np.argsort(-listens / sizes)
    held = np.zeros(recordings, dtype=np.bool_)
    held[order[: int(np.searchsorted(np.cumsum(sizes[order]), budget, side="right"))]] = True
    score = Score(recordings)
    for batch in read:
        score.add(batch, np.where(held[batch.number], _OBJECTIVE.quality[1], 0.0), batch.sizes[1])
    return score.planned()


def uncut(recordings: int) -> int:
    """What the rule takes of a disk without end."""
    return rule(recordings, 2**62).bytes


def report(title: str, runs: dict[str, Measured[Planned]]) -> None:
    ours = next(iter(runs.values())).cpu
    rows = [
        [
            *(name, f"{run.result.bytes:,}", f"{run.result.coverage:.3%}", f"{run.result.served:.3%}"),
            *(f"{run.result.tail:.2%}", f"{1 - run.result.saved:.2%}"),
            "" if run.result.gap is None else f"{run.result.gap:.1e}",
            *(seconds(run.cpu), ratio(run.cpu, ours), megabytes(run.peak_bytes)),
        ]
        for name, run in runs.items()
    ]
    columns = ("what", "bytes", "coverage", "by quality", "tail held", "loss left", "gap")
    show(title, (*columns, "processor s", "÷ Tenuto", "peak MB"), rows)


def main(arguments: Sequence[str] | None = None) -> None:
    recordings = size_option(__doc__, "recordings", 2_000_000, arguments)
    whole = uncut(recordings)
    for share in _SHARES:
        budget = int(share * whole)
        calls: dict[str, Callable[[], Planned]] = {
            "Tenuto: rarity 0.5": partial(tenuto, recordings, budget, _OBJECTIVE),
            "Tenuto: listens only": partial(tenuto, recordings, budget, _LISTENS_ONLY),
            "rule of 2025": partial(rule, recordings, budget),
            "NumPy: greedy, Opus 96": partial(greedy, recordings, budget),
        }
        title = f"plan: {recordings:,} recordings, {share:.0%} of the bytes of the rule without a cut"
        report(title, race(calls, rounds=1))


if __name__ == "__main__":
    main()
