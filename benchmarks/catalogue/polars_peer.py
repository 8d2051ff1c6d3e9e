"""The rows in one Parquet file by descending listens, written and scanned by Polars.

It isn't among the dependencies: `make bench` installs it.
"""

from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.catalogue.flat import COLUMNS, LOOK_UPS

_TEXTS = {"isrc": ("identifiers", "value"), "licence": ("evidence", "statement")}


def installed() -> bool:
    return find_spec("polars") is not None


def build(root: Path, rows: Sequence[Path]) -> int:
    """Reads, takes the first identifier and licence out of their lists, sorts, writes; bytes of the file."""
    pl = import_module("polars")
    path = root / "peer.parquet"
    columns = [
        pl.col(_TEXTS[name][0]).list.first().struct.field(_TEXTS[name][1]).alias(name)
        if name in _TEXTS
        else pl.col(name)
        for name in COLUMNS
    ]
    ranked = (
        pl.scan_parquet(list(rows)).select(columns).sort("listens_count", descending=True, nulls_last=True)
    )
    ranked.sink_parquet(path, compression="zstd")
    return path.stat().st_size


def calls(root: Path, isrc: str) -> dict[str, Callable[[], object]]:
    """By the names in LOOK_UPS. Nothing is held in memory between the calls."""
    pl = import_module("polars")
    rows, title = pl.scan_parquet(root / "peer.parquet"), pl.col("title")
    key = rows.filter(pl.col("isrc") == isrc).first().collect()["key"][0]
    plans: tuple[Any, ...] = (
        rows.filter(pl.col("key") == key),
        rows.filter(pl.col("isrc") == isrc),
        rows.filter(title.str.starts_with("bancer")).head(20),
        rows.filter(title.str.starts_with("ban")).head(20),
        rows.filter(title.str.contains("difforg", literal=True)).head(20),
        rows.head(100_000),
    )
    return {name: _rows_of(plan) for name, plan in zip(LOOK_UPS, plans, strict=True)}


def _rows_of(plan: Any) -> Callable[[], object]:  # noqa: ANN401 -- the peer may not be installed
    return lambda: plan.collect().rows()
