"""Build, rank order, look-ups: `python -m benchmarks.catalogue.bench_catalogue [ROWS]`; JSON on stdout."""

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import TypeVar

from benchmarks.catalogue.synthetic import synthetic_harvest
from tenuto.catalogue import SqliteCatalogue, build, build_derived, open_current
from tenuto.testing.source import Silence

T = TypeVar("T")


def timed(figures: dict[str, float], name: str, call: Callable[[], T]) -> T:
    """Adds the call's seconds and the process's peak memory so far."""
    began = time.perf_counter()
    result = call()
    figures[f"{name}_s"] = round(time.perf_counter() - began, 4)
    figures[f"{name}_peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return result


def look_ups(figures: dict[str, float], catalogue: SqliteCatalogue) -> None:
    for name, query in (("common", "song"), ("prefix", "son"), ("two_words", "song 123"), ("letter", "s")):
        timed(figures, f"search_{name}", lambda query=query: catalogue.search(query))  # type: ignore[misc]  # bound now
    timed(figures, "show_isrc", lambda: catalogue.show("GBSYN0000005"))
    rows = min(100_000, catalogue.summary().counts["recordings"])
    timed(figures, "ranked_100k", lambda: sum(1 for _ in islice(catalogue.ranked(), rows)))


def main(rows: int) -> dict[str, float]:
    """All figures of one run over `rows` source rows."""
    figures: dict[str, float] = {"rows": rows}
    with tempfile.TemporaryDirectory(prefix="tenuto-bench-") as name:
        root = Path(name)
        harvest = synthetic_harvest(root, rows)
        snapshot = timed(figures, "build", lambda: build(root, [harvest], None, Silence()))
        timed(figures, "rebuild", lambda: build(root, [harvest], snapshot, Silence()))
        for table in (root / "catalogue" / "core").iterdir():
            size = sum(part.stat().st_size for part in table.iterdir())
            figures[f"{table.name}_bytes_a_row"] = round(size / rows, 2)
        popularity = root / "catalogue" / snapshot / "popularity.parquet"
        figures["popularity_bytes_a_row"] = round(popularity.stat().st_size / rows, 2)
        serving = timed(figures, "derived", lambda: build_derived(root, snapshot, Silence()))
        figures["serving_bytes_a_row"] = round(serving.stat().st_size / rows, 1)
        look_ups(figures, open_current(root))
    return figures


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000), indent=1))
