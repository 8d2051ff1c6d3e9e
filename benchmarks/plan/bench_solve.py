"""A plan for millions of recordings, beside greedy sorting in NumPy.

python -m benchmarks.plan.bench_solve [--size RECORDINGS]
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import Measured, megabytes, race, ratio, seconds, show, size_option
from tenuto.plan import Batches, CandidateBatch, curve, predict_access_bytes, solve

_BATCH = 100_000
_FLAC_BYTES_PER_MS = 106
_ACCESS_BYTES_PER_MS = predict_access_bytes(10**9, 96_000) / 10**9
_ACCESS_WORTH = 0.97
_SHARES = (0.05, 0.3)
"""Budgets, as shares of the bytes of all originals; access copies of all would take 0.12."""

TENUTO = "Tenuto: solve"
GREEDY = {
    "NumPy: greedy, originals only": "originals",
    "NumPy: greedy, access copies only": "copies",
    "NumPy: greedy, both steps": "both",
}


@dataclass(frozen=True, slots=True)
class Planned:
    """`utility` is a share of all listens, each worth 1 from an original and 0.97 from an access copy."""

    coverage: float
    utility: float
    spent: int
    gap: float | None = None
    """To the upper bound, as the solver itself states it."""


def write_candidates(path: Path, recordings: int) -> int:
    """Bytes of all originals. Listens after Zipf with exponent 1.02, nine tenths heard; log-normal durations.

    The file holds records of four 64-bit numbers, so that both sides read the same bytes.
    """
    total = 0
    with path.open("wb") as file:
        for start in range(0, recordings, _BATCH):
            rank = np.arange(start, min(start + _BATCH, recordings), dtype=np.int64)
            listens = 1e9 / np.power(rank + 1, 1.02, dtype=np.float64)
            listens[rank >= recordings * 9 // 10] = 0
            duration_ms = np.random.default_rng(start).lognormal(12.2, 0.45, len(rank))
            original = (duration_ms * _FLAC_BYTES_PER_MS).astype(np.int64)
            access = (duration_ms * _ACCESS_BYTES_PER_MS).astype(np.int64)
            np.stack((rank, listens.view(np.int64), original, access)).tofile(file)
            total += int(original.sum())
    return total


def batches(path: Path) -> Iterator[CandidateBatch]:
    with path.open("rb") as file:
        while len(block := np.fromfile(file, dtype=np.int64, count=4 * _BATCH)):
            rank, listens, original, access = block.reshape(4, -1)
            yield CandidateBatch(rank, listens.view(np.float64), original, access)


def tenuto(path: Path, budget: int) -> Planned:
    solution = solve(partial(batches, path), budget)
    total = solution.listens_total
    return Planned(solution.listens_covered / total, solution.utility / total, solution.bytes, solution.gap)


def whole_curve(path: Path) -> Planned:
    reread: Batches = partial(batches, path)
    curve(reread)
    return Planned(0, 0, 0)


def greedy(path: Path, budget: int, tiers: str) -> Planned:
    """All in memory: sort by listens a byte, cut where the budget ends."""
    read = [(batch.listens, batch.original_bytes, batch.access_bytes) for batch in batches(path)]
    listens, original, access = (np.concatenate(arrays) for arrays in zip(*read, strict=True))
    if tiers == "both":
        held, gain, cost = _both_steps(listens, original, access)
    elif tiers == "copies":
        held, gain, cost = listens, _ACCESS_WORTH * listens, access
    else:
        held, gain, cost = listens, listens, original
    order = np.argsort(-gain / cost)
    bought = order[: int(np.searchsorted(np.cumsum(cost[order]), budget, side="right"))]
    total = float(listens.sum())
    return Planned(
        float(held[bought].sum()) / total, float(gain[bought].sum()) / total, int(cost[bought].sum())
    )


def _both_steps(
    listens: NDArray[np.float64], original: NDArray[np.int64], access: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """First the access copy, then the rest to the original; right where all originals are the larger."""
    return (
        np.concatenate((listens, np.zeros_like(listens))),
        np.concatenate((_ACCESS_WORTH * listens, (1 - _ACCESS_WORTH) * listens)),
        np.concatenate((access, original - access)),
    )


def report(title: str, budget: int, runs: dict[str, Measured[Planned]]) -> None:
    ours = runs[TENUTO].cpu
    rows = [
        [
            *(name, seconds(run.cpu), ratio(run.cpu, ours), megabytes(run.peak_bytes)),
            *(f"{run.result.coverage:.4%}", f"{run.result.utility:.6%}", f"{budget - run.result.spent:,}"),
            "" if run.result.gap is None else f"{run.result.gap:.0e}",
        ]
        for name, run in runs.items()
    ]
    columns = ("what", "processor s", "÷ Tenuto", "peak MB", "coverage", "utility", "bytes left", "gap")
    show(title, columns, rows)


def main(arguments: Sequence[str] | None = None) -> None:
    recordings = size_option(__doc__, "recordings", 1_000_000, arguments)
    with tempfile.TemporaryDirectory(prefix="tenuto-bench-") as name:
        path = Path(name) / "candidates"
        total = write_candidates(path, recordings)
        rounds = 3 if recordings <= 2_000_000 else 1
        for share in _SHARES:
            budget = int(share * total)
            calls: dict[str, Callable[[], Planned]] = {TENUTO: partial(tenuto, path, budget)}
            calls |= {label: partial(greedy, path, budget, tiers) for label, tiers in GREEDY.items()}
            title = f"plan: {recordings:,} recordings, {budget / 1e12:.2f} TB ({share:.0%} of all originals)"
            report(title, budget, race(calls, rounds=rounds))
        whole = race({"curve": partial(whole_curve, path)}, rounds=rounds)["curve"]
        print(
            f"\nTenuto's coverage curve: {seconds(whole.cpu)} processor s, {megabytes(whole.peak_bytes)} MB"
        )


if __name__ == "__main__":
    main()
