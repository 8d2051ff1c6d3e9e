"""A plan: `choices.parquet`, `plan.json` and `curve.csv` (docs/formats/plan.md)."""

import csv
import hashlib
import io
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import rfc8785

from tenuto.formats.parquet import WRITER, checked_batches
from tenuto.model.errors import BadInputError, UsageError
from tenuto.model.ids import PlanId, RecordingId, SnapshotId
from tenuto.model.plan import Choice, CurvePoint, PlanSummary, Tier

FORMAT: Final = "tenuto-plan-1"
ROWS_PER_GROUP: Final = 131_072
"""Bounds the memory of writer and reader."""
LARGEST: Final = 2**53 - 1
"""RFC 8785 numbers are doubles; larger byte counts can't be written."""

CHOICES_SCHEMA: Final = pa.schema(
    [
        pa.field("rank", pa.int64(), nullable=False),
        pa.field("recording", pa.string(), nullable=False),
        pa.field("tier", pa.string(), nullable=False),
        pa.field("bytes", pa.int64(), nullable=False),
        pa.field("listens", pa.float64(), nullable=False),
    ]
)

_CURVE_HEADER: Final = ["bytes", "recordings", "listens", "coverage"]


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


def write_choices(path: Path, choices: Iterable[Choice]) -> int:
    """Streams choices, in the order given (by rank), into a Parquet file; returns their number."""
    written = 0
    stream = iter(choices)
    with pq.ParquetWriter(
        path, CHOICES_SCHEMA, store_schema=False, use_dictionary=["tier"], **WRITER
    ) as writer:
        while rows := list(islice(stream, ROWS_PER_GROUP)):
            writer.write_table(_table(rows), row_group_size=ROWS_PER_GROUP)
            written += len(rows)
    return written


def read_choices(path: Path) -> Iterator[Choice]:
    """The choices of a plan in rank order, streamed. `BadInputError` if the file isn't one."""
    for batch in checked_batches(path, CHOICES_SCHEMA):
        columns = (batch.column(name).to_pylist() for name in CHOICES_SCHEMA.names)
        for rank, recording, tier, size, listens in zip(*columns, strict=True):
            yield Choice(RecordingId(recording), rank, _tier(tier), size, listens)


def identify(
    *,
    snapshot: SnapshotId,
    budget_bytes: int,
    bytes: int,  # noqa: A002  the field's name
    by_tier: Mapping[Tier, int],
    bytes_by_tier: Mapping[Tier, int],
    listens_covered: float,
    listens_total: float,
    synthetic: bool,
) -> PlanSummary:
    """A summary with the id that its content gives it (clause 5)."""
    summary = PlanSummary(
        id=PlanId(""),
        snapshot=snapshot,
        budget_bytes=budget_bytes,
        bytes=bytes,
        by_tier=dict(by_tier),
        bytes_by_tier=dict(bytes_by_tier),
        listens_covered=listens_covered,
        listens_total=listens_total,
        synthetic=synthetic,
    )
    return _with_id(summary)


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
    summary = identify(**fields)
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
        writer.writerow([point.bytes, point.recordings, repr(point.listens), repr(coverage)])
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
    columns = [(point.bytes, point.recordings, point.listens) for point in points]
    if any(sorted(column) != list(column) for column in zip(*columns, strict=True)):
        raise _fault("curve.csv", "its figures don't ascend")
    return points


def _point(size: str, recordings: str, listens: str, coverage: str) -> CurvePoint:
    if not (math.isfinite(float(listens)) and math.isfinite(float(coverage))):
        raise ValueError(f"{listens} or {coverage} isn't a finite number")
    return CurvePoint(int(size), int(recordings), float(listens))


def _table(rows: list[Choice]) -> pa.Table:
    columns = {
        "rank": [row.rank for row in rows],
        "recording": [row.recording for row in rows],
        "tier": [row.tier.value for row in rows],
        "bytes": [row.bytes for row in rows],
        "listens": [row.listens for row in rows],
    }
    return pa.table(columns, schema=CHOICES_SCHEMA)


def _tier(text: str) -> Tier:
    try:
        return Tier(text)
    except ValueError as error:
        raise _fault("choices.parquet", f"{text!r} isn't a tier") from error


def _content(summary: PlanSummary) -> dict[str, object]:
    """`plan.json` without its id."""
    return {
        "format": FORMAT,
        "snapshot": summary.snapshot,
        "budget_bytes": summary.budget_bytes,
        "bytes": summary.bytes,
        "by_tier": {tier.value: summary.by_tier.get(tier, 0) for tier in Tier},
        "bytes_by_tier": {tier.value: summary.bytes_by_tier.get(tier, 0) for tier in Tier},
        "listens_covered": summary.listens_covered,
        "listens_total": summary.listens_total,
        "synthetic": summary.synthetic,
    }


def _with_id(summary: PlanSummary) -> PlanSummary:
    digest = hashlib.sha256(_canonical(_content(summary))).hexdigest()
    return replace(summary, id=PlanId(digest[:16]))


def _canonical(content: dict[str, object]) -> bytes:
    try:
        return rfc8785.dumps(content)  # type: ignore[arg-type]  # plain JSON values, which its type can't say
    except rfc8785.IntegerDomainError as error:
        remedy = "Choose a budget below that"
        raise UsageError(f"a byte count above {LARGEST} can't be written in JSON", remedy=remedy) from error


def _fault(where: str, what: str) -> BadInputError:
    return BadInputError(f"not the file it should be: {what}", where=where, remedy="Make the plan again")
