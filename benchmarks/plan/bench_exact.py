"""Exact plans of random small instances, half of them with limits and must-haves, beside HiGHS.

python -m benchmarks.plan.bench_exact [--size INSTANCES]
"""

import time
from collections import Counter
from collections.abc import Sequence

import numpy as np
from tests.plan.instances import instance, optimum, value

from benchmarks.report import ratio, seconds, show, size_option
from tenuto.plan import exact

_TOLERANCE = 1e-7
"""Relative: HiGHS' own arithmetic isn't finer."""


def main(arguments: Sequence[str] | None = None) -> None:
    instances = size_option(__doc__, "instances", 500, arguments)
    random = np.random.default_rng(2025)
    found: dict[bool, Counter[str]] = {False: Counter(), True: Counter()}
    spent = {"Tenuto: exact": 0.0, "HiGHS: branch and bound": 0.0}
    for number in range(instances):
        problem = instance(random, constrained=bool(number % 2))
        begun = time.process_time()
        codes = exact(problem)
        between = time.process_time()
        best = optimum(problem)
        spent["Tenuto: exact"] += between - begun
        spent["HiGHS: branch and bound"] += time.process_time() - between
        if codes is None or best is None:
            verdict = "no plan is allowed" if codes is None and best is None else "one finds none"
        else:
            ours = value(problem, codes)
            differs = abs(ours - best) > _TOLERANCE * max(best, 1e-3)
            verdict = ("better" if ours > best else "WORSE") if differs else "equal"
        found[bool(number % 2)][verdict] += 1
    rows = [
        [kind, *(f"{counts[name]:,}" for name in _VERDICTS), f"{sum(counts.values()):,}"]
        for kind, counts in (("without constraints", found[False]), ("with constraints", found[True]))
    ]
    show(f"{instances:,} random plans of up to 200 recordings", ("", *_VERDICTS, "all"), rows)
    ours = spent["Tenuto: exact"]
    show(
        "processor time",
        ("what", "processor s", "÷ Tenuto"),
        [[name, seconds(each), ratio(each, ours)] for name, each in spent.items()],
    )


_VERDICTS = ("equal", "better", "WORSE", "no plan is allowed", "one finds none")

if __name__ == "__main__":
    main()
