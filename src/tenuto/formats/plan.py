"""A plan: `tiers.bin`, `steps.parquet`, `plan.json` and `curve.csv` (docs/formats/plan.md)."""

import csv
import hashlib
import io
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import rfc8785
from numpy.typing import NDArray

from tenuto.formats.parquet import WRITER, checked_batches
from tenuto.model.errors import BadInputError, UsageError
from tenuto.model.ids import PlanId
from tenuto.model.plan import GROUPS, TIER_CODES, CurvePoint, PlanSummary, SiteShare, Tier

FORMAT: Final = "tenuto-plan-3"
LARGEST: Final = 2**53 - 1
"""RFC 8785 numbers are doubles; larger byte counts can't be written."""

_HELD: Final = tuple(str(tier) for tier in TIER_CODES[1:])
_WHOLE: Final = ("pool", "bucket", "cost", "recordings", *_HELD, *GROUPS)
STEPS_SCHEMA: Final = pa.schema(
    [
        pa.field(name, pa.int64() if name in _WHOLE else pa.float64(), nullable=False)
        for name in (
            "pool",
            "bucket",
            "cost",
            "gain",
            "loss",
            "recordings",
            "listens",
            "counted",
            "squares",
            "edge",
            *_HELD,
            *GROUPS,
        )
    ]
)

_CURVE_HEADER: Final = ["bytes", "recordings", "listens", "coverage", "low", "high", "saved", *GROUPS]


class _PlanFile(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    format: str
    id: str
    snapshot: str
    budget_bytes: int
    bytes: int
    by_tier: dict[Tier, int]
    bytes_by_tier: dict[Tier, int]
    listens_covered: float
    listens_total: float
    synthetic: bool
    coverage_low: float
    coverage_high: float
    counted_total: float
    squares_total: float
    loss_avoided: float
    loss_total: float
    value: float
    bound: float
    exact: bool
    policy: dict[str, str | int | float | bool | list[str]]
    tiers_sha256: str
    covered: dict[str, int]
    known: dict[str, int]
    copies: int
    sites: tuple[SiteShare, ...]
    sites_sha256: str


def write_steps(path: Path, columns: Mapping[str, NDArray[Any]]) -> None:
    """The bucket sums, a row a pool and bucket, in the order given."""
    arrays = [pa.array(columns[field.name].astype(field.type.to_pandas_dtype())) for field in STEPS_SCHEMA]
    table = pa.table(arrays, schema=STEPS_SCHEMA)
    with pq.ParquetWriter(path, STEPS_SCHEMA, store_schema=False, use_dictionary=False, **WRITER) as writer:
        writer.write_table(table)


def read_steps(path: Path) -> dict[str, NDArray[Any]]:
    """`BadInputError` if the file isn't one."""
    batches = list(checked_batches(path, STEPS_SCHEMA, batch_rows=1 << 20))
    table = pa.Table.from_batches(batches, STEPS_SCHEMA)
    return {name: np.asarray(table.column(name)) for name in STEPS_SCHEMA.names}


def identified(summary: PlanSummary) -> PlanSummary:
    """The summary with the id that its content gives it (clause 6)."""
    digest = hashlib.sha256(_canonical(_content(summary))).hexdigest()
    return replace(summary, id=PlanId(digest[:16]))


def encode_summary(summary: PlanSummary) -> bytes:
    """`plan.json`, canonical. `UsageError` where a number is too large for JSON."""
    return _canonical({**_content(summary), "id": summary.id})


def decode_summary(data: bytes) -> PlanSummary:
    """Reads `plan.json`; its id is checked. `BadInputError` if anything is amiss."""
    try:
        raw = msgspec.json.decode(data, type=_PlanFile)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _fault("plan.json", str(error)) from error
    if raw.format != FORMAT:
        raise _fault("plan.json", f"its format is {raw.format!r}, not {FORMAT!r}")
    fields = {name: getattr(raw, name) for name in raw.__struct_fields__ if name not in ("format", "id")}
    summary = identified(PlanSummary(id=PlanId(""), **fields))
    if summary.id != raw.id:
        raise _fault("plan.json", f"its content gives the id {summary.id}, but it says {raw.id}")
    return summary


def encode_curve(points: Iterable[CurvePoint], listens_total: float) -> bytes:
    """`curve.csv`. Coverage is a point's listens over `listens_total`, 0 where nobody listens, 1 at most."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_CURVE_HEADER)
    for point in points:
        coverage = min(point.listens / listens_total, 1.0) if listens_total else 0.0
        reals = (point.listens, coverage, point.low, point.high, point.saved)
        groups = (point.releases, point.artists, point.genres)
        writer.writerow([point.bytes, point.recordings, *map(repr, reals), *groups])
    return text.getvalue().encode()


def decode_curve(data: bytes) -> tuple[CurvePoint, ...]:
    """Reads `curve.csv`. `BadInputError` if it isn't one, or doesn't ascend."""
    try:
        header, *rows = csv.reader(io.StringIO(data.decode()), strict=True)
        if header != _CURVE_HEADER:
            raise _fault("curve.csv", f"its header is {header}, not {_CURVE_HEADER}")
        points = tuple(_point(*row) for row in rows)
    except (ValueError, TypeError, csv.Error) as error:
        raise _fault("curve.csv", str(error)) from error
    columns = [(p.bytes, p.recordings, p.listens, p.releases, p.artists, p.genres) for p in points]
    if any(sorted(column) != list(column) for column in zip(*columns, strict=True)):
        raise _fault("curve.csv", "its figures don't ascend")
    return points


def _point(size: str, recordings: str, *others: str) -> CurvePoint:
    reals, groups = others[: -len(GROUPS)], others[-len(GROUPS) :]
    listens, coverage, low, high, saved = map(float, reals)
    if not all(map(math.isfinite, (listens, coverage, low, high, saved))):
        raise ValueError(f"{reals} aren't all finite numbers")
    return CurvePoint(int(size), int(recordings), listens, saved, low, high, *map(int, groups))


def _content(summary: PlanSummary) -> dict[str, object]:
    """`plan.json` without its id."""
    content = {name: value for name, value in asdict(summary).items() if name != "id"}
    for name in ("by_tier", "bytes_by_tier"):
        content[name] = {tier.value: content[name].get(tier, 0) for tier in Tier}
    return {"format": FORMAT, **content}


def _canonical(content: dict[str, object]) -> bytes:
    try:
        return rfc8785.dumps(content)  # type: ignore[arg-type]  # plain JSON values, which its type can't say
    except rfc8785.IntegerDomainError as error:
        remedy = "Choose a budget below that"
        raise UsageError(f"a byte count above {LARGEST} can't be written in JSON", remedy=remedy) from error


def _fault(where: str, what: str) -> BadInputError:
    return BadInputError(f"not the file it should be: {what}", where=where, remedy="Make the plan again")
