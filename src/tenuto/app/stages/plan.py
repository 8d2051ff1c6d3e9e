"""Plan: which recordings to hold at which tier under the budget (docs/formats/plan.md)."""

import shutil
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile

from tenuto import words
from tenuto.app.archive import Archive
from tenuto.app.sizes import parse_size
from tenuto.app.stages.catalogue import open_current
from tenuto.app.stages.choose import BATCH, candidates, spooled
from tenuto.app.stages.copies import copies
from tenuto.app.stages.duplicates import current_members
from tenuto.app.stages.result import Fact, StageResult
from tenuto.catalogue import current as current_snapshot
from tenuto.formats import plan as files
from tenuto.fsync import atomic_file, atomic_write_bytes, fsync_directory
from tenuto.ledger import SqliteLedger
from tenuto.model.catalogue import ListensBasis, SnapshotSummary
from tenuto.model.errors import NotFoundError
from tenuto.model.plan import Choice, CurvePoint, PlanSummary, Tier
from tenuto.model.ports import CatalogueReader, Reporter
from tenuto.model.work import Counts, Outcome, Stage, Status
from tenuto.plan import TIERS, Batches, Solution, curve, solve
from tenuto.pointers import read_pointer, write_pointer

CHOICES, SUMMARY, CURVE = "choices.parquet", "plan.json", "curve.csv"


def plan(archive: Archive, ledger: SqliteLedger, reporter: Reporter, *, dry_run: bool = False) -> StageResult:
    """Decides for the current snapshot and the configured budget; the same inputs give the same plan."""
    reader = open_current(archive)
    reporter.phase("plan")
    one_copy = copies(reader, current_members(archive), archive.config)
    with TemporaryFile(dir=archive.plans) as spool:
        batches = spooled(map(one_copy.apply, candidates(reader, archive.config)), spool)
        return _decide(archive, ledger, reporter, reader, batches, dry_run=dry_run)


def _decide(
    archive: Archive,
    ledger: SqliteLedger,
    reporter: Reporter,
    reader: CatalogueReader,
    batches: Batches,
    *,
    dry_run: bool,
) -> StageResult:
    solution = solve(batches, parse_size(archive.config.text("plan.budget")))
    summary = _summary(reader, solution)
    entered = sum(solution.by_tier.values())
    if dry_run:
        return StageResult(
            Stage.PLAN, Counts(entered, entered, 0, 0), _facts(summary, solution, reader.summary())
        )
    if read_pointer(archive.plans) == summary.id:
        return StageResult(
            Stage.PLAN, Counts(entered, 0, entered, 0), _facts(summary, solution, reader.summary())
        )
    _write(archive.plans / summary.id, reader, solution, batches, summary)
    write_pointer(archive.plans, summary.id)
    ledger.record(Stage.PLAN, [Outcome(summary.id, Status.DONE, summary.bytes)])
    reporter.advance(entered)
    return StageResult(
        Stage.PLAN, Counts(entered, entered, 0, 0), _facts(summary, solution, reader.summary())
    )


def current_plan(archive: Archive) -> PlanSummary | None:
    """The current plan, or None before the first one."""
    folder = _current(archive)
    return files.decode_summary((folder / SUMMARY).read_bytes()) if folder else None


def current_curve(archive: Archive) -> tuple[CurvePoint, ...]:
    """Its coverage curve; empty without a plan."""
    folder = _current(archive)
    return files.decode_curve((folder / CURVE).read_bytes()) if folder else ()


def current_choices(archive: Archive) -> Iterator[Choice]:
    """Its choices in rank order, streamed. `NotFoundError` without a plan."""
    folder = _current(archive)
    if folder is None:
        raise NotFoundError("no plan yet", where=str(archive.root), remedy="tenuto plan --budget SIZE")
    return files.read_choices(folder / CHOICES)


def planned_tiers(archive: Archive) -> bytes:
    """The tier of each rank of the current snapshot, as its place in `Tier`; empty without a plan of it."""
    found = current_plan(archive)
    if found is None or found.snapshot != current_snapshot(archive.root):
        return b""
    places = {tier: place for place, tier in enumerate(Tier)}
    return bytes(places[choice.tier] for choice in current_choices(archive))


def _current(archive: Archive) -> Path | None:
    current = read_pointer(archive.plans)
    return archive.plans / current if current else None


def _summary(reader: CatalogueReader, solution: Solution) -> PlanSummary:
    snapshot = reader.summary()
    return files.identify(
        snapshot=snapshot.id,
        budget_bytes=solution.budget_bytes,
        bytes=solution.bytes,
        by_tier=solution.by_tier,
        bytes_by_tier=solution.bytes_by_tier,
        listens_covered=solution.listens_covered,
        listens_total=solution.listens_total,
        synthetic=bool(snapshot.listens_basis.get(ListensBasis.SYNTHETIC)),
    )


def _write(
    folder: Path,
    reader: CatalogueReader,
    solution: Solution,
    batches: Batches,
    summary: PlanSummary,
) -> None:
    """All files in a folder of their own, which gets its name when they are durable."""
    partial = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    with atomic_file(partial / CHOICES) as choices:
        files.write_choices(choices, _choices(reader, solution, batches))
    atomic_write_bytes(partial / CURVE, files.encode_curve(curve(batches), summary.listens_total))
    atomic_write_bytes(partial / SUMMARY, files.encode_summary(summary))
    fsync_directory(partial)
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)
    fsync_directory(folder.parent)


def _choices(reader: CatalogueReader, solution: Solution, batches: Batches) -> Iterator[Choice]:
    ranked = reader.ranked()
    for batch in batches():
        for row, code, original, access in zip(
            islice(ranked, BATCH),
            solution.tiers(batch),
            batch.original_bytes,
            batch.access_bytes,
            strict=True,
        ):
            tier = TIERS[code]
            size = {Tier.METADATA: 0, Tier.ACCESS: int(access), Tier.ORIGINAL: int(original)}[tier]
            popularity = row.summary.popularity
            yield Choice(row.summary.id, popularity.rank, tier, size, popularity.listens)


def _facts(summary: PlanSummary, solution: Solution, snapshot: SnapshotSummary) -> dict[str, Fact]:
    total = summary.listens_total
    return {
        "plan": summary.id,
        "budget_bytes": summary.budget_bytes,
        "planned_bytes": summary.bytes,
        "files": sum(n for tier, n in summary.by_tier.items() if tier is not Tier.METADATA),
        "recordings_by_tier": {str(tier): n for tier, n in summary.by_tier.items()},
        "bytes_by_tier": {str(tier): size for tier, size in summary.bytes_by_tier.items()},
        "listens_covered": summary.listens_covered,
        "listens_total": total,
        "coverage": words.percent(summary.listens_covered, total) if total else "nobody counts listens",
        "listens_basis": {str(basis): n for basis, n in snapshot.listens_basis.items()},
        "listens_are_synthetic": summary.synthetic,
        "gap_to_upper_bound": f"{solution.gap:.4%}",
    }
