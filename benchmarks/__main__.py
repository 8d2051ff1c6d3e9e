"""`python -m benchmarks`: every benchmark at its moderate size."""

import time

from benchmarks.audio import bench_characterise, bench_duplicates, bench_engine, bench_integrity
from benchmarks.catalogue import (
    bench_builds,
    bench_catalogue,
    bench_delta,
    bench_match,
    bench_scale,
    bench_search,
)
from benchmarks.plan import bench_bands, bench_exact, bench_sites, bench_solve
from benchmarks.publish import bench_publish
from benchmarks.report import machine
from benchmarks.sources import bench_discogs, bench_listenbrainz, bench_musicbrainz, bench_table
from benchmarks.store import bench_hashing
from benchmarks.swarm import bench_health, bench_seed


def main() -> None:
    print(machine())
    began = time.perf_counter()
    for benchmark in (
        *(bench_table, bench_musicbrainz, bench_listenbrainz, bench_discogs),
        *(bench_catalogue, bench_scale, bench_delta, bench_builds, bench_match, bench_search),
        *(bench_solve, bench_exact, bench_sites, bench_bands),
        *(bench_characterise, bench_integrity, bench_duplicates, bench_engine),
        *(bench_hashing, bench_publish, bench_health, bench_seed),
    ):
        benchmark.main([])
    print(f"\nall in {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
