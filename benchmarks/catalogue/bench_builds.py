"""Many builds, each on the one before with one row in 1,000 changed: generations, new bytes, look-ups.

python -m benchmarks.catalogue.bench_builds [--size RECORDINGS] [--builds N]
"""

import argparse
import shutil
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from benchmarks.catalogue.bench_delta import built, changed_harvests
from benchmarks.catalogue.generations import left_by, report_left
from benchmarks.catalogue.synthetic import synthetic_harvests
from benchmarks.report import measure

ONE_IN = 1000


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", type=int, default=100_000, help="recordings")
    parser.add_argument("--builds", type=int, default=6)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="tenuto-bench-") as name:
        root, builds, parent = Path(name), [], None
        harvests = synthetic_harvests(root / "1", given.size)
        for build in range(1, given.builds + 1):
            run = measure(partial(built, root, harvests, parent))
            builds.append(measure(partial(left_by, root, build, run.wall)).result)
            parent = run.result
            if build < given.builds:
                harvests = changed_harvests(harvests, root / str(build + 1), ONE_IN)
            shutil.rmtree(root / str(build))
        report_left(f"catalogue: {given.size:,} recordings, one row in {ONE_IN:,} changed a build", builds)


if __name__ == "__main__":
    main()
