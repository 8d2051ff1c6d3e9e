"""Plan: which recordings to hold at which tier under the budget (docs/formats/plan.md)."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tenuto.app.archive import Archive
from tenuto.app.stages.catalogue import open_current
from tenuto.app.stages.making import Making
from tenuto.app.stages.plan_facts import plan_facts
from tenuto.app.stages.plans import former
from tenuto.app.stages.result import StageResult
from tenuto.fsync import fsync_directory
from tenuto.ledger import SqliteLedger
from tenuto.model.plan import PlanSummary
from tenuto.model.ports import Reporter
from tenuto.model.work import Counts, Outcome, Stage, Status
from tenuto.pointers import write_pointer

_NEW: Final = ".new"


def plan(
    archive: Archive,
    ledger: SqliteLedger,
    reporter: Reporter,
    *,
    cover: float | None = None,
    dry_run: bool = False,
) -> StageResult:
    """Decides for the current snapshot and the configured budget; the same inputs give the same plan.

    `cover` asks for a share of all listens instead of a budget. What the current plan holds counts a little
    more (`plan.steadiness`), so that a new plan moves little.
    """
    reader, current = open_current(archive), former(archive)
    before = current.summary if current else None
    recordings = reader.summary().counts["recordings"]
    with _folder(archive) as folder:
        made, changes = Making(archive, reader, reporter, folder, cover=cover).make()
        unchanged = before is not None and _inputs(before) == _inputs(made)
        found = before if unchanged and before is not None else made
        facts = plan_facts(found, reader.summary(), changes)
        if unchanged and not dry_run:
            return StageResult(Stage.PLAN, Counts(recordings, 0, recordings, 0), facts)
        if not dry_run:
            _publish(folder, archive.plans / made.id)
            write_pointer(archive.plans, made.id)
            ledger.record(Stage.PLAN, [Outcome(made.id, Status.DONE, made.bytes)])
    return StageResult(Stage.PLAN, Counts(recordings, recordings, 0, 0), facts)


def _inputs(summary: PlanSummary) -> tuple[object, ...]:
    """Two plans with these in common are one: only the bonus for steadiness can tell their values apart."""
    files_of = summary.tiers_sha256, summary.sites_sha256
    return summary.snapshot, summary.budget_bytes, summary.policy, *files_of


@contextmanager
def _folder(archive: Archive) -> Iterator[Path]:
    """Where a plan is written; gone afterwards, unless it was given its name."""
    folder = archive.plans / _NEW
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _publish(partial: Path, folder: Path) -> None:
    """The folder gets its name when all files in it are durable."""
    fsync_directory(partial)
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)
    fsync_directory(folder.parent)
