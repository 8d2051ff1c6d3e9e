"""Plans of millions.

    pytest benchmarks/plan/bench_solve.py --benchmark-only
python -m benchmarks.plan.bench_solve --recordings 20000000
"""

import argparse
import resource
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from tenuto.plan import CandidateBatch, curve, predict_access_bytes, solve

BATCH = 100_000
FLAC_BYTES_PER_MS = 106
ACCESS_BYTES_PER_MS = predict_access_bytes(10**9, 96_000) / 10**9


def zipf_batches(recordings: int) -> Callable[[], Iterator[CandidateBatch]]:
    """Listens after Zipf with exponent 1.02, nine tenths heard at all; log-normal durations around 200 s."""

    def batches() -> Iterator[CandidateBatch]:
        for start in range(0, recordings, BATCH):
            rank = np.arange(start, min(start + BATCH, recordings), dtype=np.int64)
            listens = 1e9 / np.power(rank + 1, 1.02, dtype=np.float64)
            listens[rank >= recordings * 9 // 10] = 0
            duration_ms = np.random.default_rng(start).lognormal(12.2, 0.45, len(rank))
            yield CandidateBatch(
                rank,
                listens,
                (duration_ms * FLAC_BYTES_PER_MS).astype(np.int64),
                (duration_ms * ACCESS_BYTES_PER_MS).astype(np.int64),
            )

    return batches


def everything(recordings: int) -> int:
    """Bytes of all originals."""
    return sum(int(batch.original_bytes.sum()) for batch in zipf_batches(recordings)())


@pytest.mark.parametrize("share", [0.05, 0.3])
def test_solve(benchmark: Any, share: float) -> None:  # noqa: ANN401  pytest-benchmark has no types
    recordings = 1_000_000
    budget = int(share * everything(recordings))
    solution = benchmark.pedantic(solve, (zipf_batches(recordings), budget), rounds=3)
    benchmark.extra_info |= {"recordings": recordings, "gap": solution.gap}


def test_curve(benchmark: Any) -> None:  # noqa: ANN401  pytest-benchmark has no types
    benchmark.pedantic(curve, (zipf_batches(1_000_000),), rounds=3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recordings", type=int, default=20_000_000)
    recordings = parser.parse_args().recordings
    batches, total = zipf_batches(recordings), everything(recordings)
    for share in (0.01, 0.05, 0.3, 0.9):
        started = time.perf_counter()
        solution = solve(batches, int(total * share))
        seconds = time.perf_counter() - started
        print(
            f"budget {share:4.0%} of {total / 1e12:.1f} TB: {recordings / seconds / 1e6:.1f} M recordings/s, "
            f"gap {solution.gap:.1e}, {solution.budget_bytes - solution.bytes} bytes left, "
            f"coverage {solution.listens_covered / solution.listens_total:.2%}"
        )
    started = time.perf_counter()
    points = len(curve(batches))
    print(f"curve: {points} points, {recordings / (time.perf_counter() - started) / 1e6:.1f} M recordings/s")
    print(f"largest memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
