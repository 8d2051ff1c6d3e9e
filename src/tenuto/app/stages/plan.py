"""Plan: which recordings to hold at which tier under the budget (docs/formats/plan.md)."""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

import numpy as np

from tenuto.app.archive import Archive
from tenuto.app.ordered import in_order
from tenuto.app.stages.candidates import Candidates
from tenuto.app.stages.catalogue import open_current
from tenuto.app.stages.outlook import budget_to_cover
from tenuto.app.stages.plan_facts import plan_facts
from tenuto.app.stages.plans import CURVE, STEPS, SUMMARY, TIERS, codes_before, current_plan, steps_columns
from tenuto.app.stages.result import StageResult
from tenuto.app.stages.spool import Spool
from tenuto.catalogue import SnapshotCatalogue
from tenuto.formats import plan as files
from tenuto.fsync import atomic_file, atomic_write_bytes, fsync_directory
from tenuto.ledger import SqliteLedger
from tenuto.model.catalogue import ListensBasis
from tenuto.model.ids import PlanId
from tenuto.model.plan import TIER_CODES, PlanSummary
from tenuto.model.ports import Reporter
from tenuto.model.work import Counts, Outcome, Stage, Status
from tenuto.plan import (
    SMALL,
    CandidateBatch,
    Codes,
    Decision,
    Filler,
    Ints,
    Part,
    Tableau,
    Tally,
    curve,
    decide,
    gathered,
    interval,
    part,
    solve_small,
    steps,
)
from tenuto.pointers import write_pointer
from tenuto.sizes import parse_size

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
    reader, before = open_current(archive), current_plan(archive)
    recordings = reader.summary().counts["recordings"]
    with _folder(archive) as folder:
        made, churn = _Making(archive, reader, reporter, folder, cover).make()
        unchanged = before is not None and _inputs(before) == _inputs(made)
        found = before if unchanged and before is not None else made
        facts = plan_facts(found, reader.summary(), churn)
        if unchanged and not dry_run:
            return StageResult(Stage.PLAN, Counts(recordings, 0, recordings, 0), facts)
        if not dry_run:
            _publish(folder, archive.plans / made.id)
            write_pointer(archive.plans, made.id)
            ledger.record(Stage.PLAN, [Outcome(made.id, Status.DONE, made.bytes)])
    return StageResult(Stage.PLAN, Counts(recordings, recordings, 0, 0), facts)


def _inputs(summary: PlanSummary) -> tuple[object, ...]:
    """Two plans with these in common are one: only the bonus for steadiness can tell their values apart."""
    return summary.snapshot, summary.budget_bytes, summary.policy, summary.tiers_sha256


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


class _Making:
    """One plan: a pass over the catalogue adds up steps, one over the spool gives out tiers."""

    def __init__(
        self,
        archive: Archive,
        reader: SnapshotCatalogue,
        reporter: Reporter,
        folder: Path,
        cover: float | None,
    ) -> None:
        self._reader, self._reporter, self._folder, self._cover = reader, reporter, folder, cover
        self._budget = parse_size(archive.config.text("plan.budget"))
        before = codes_before(archive, reader.summary().id)
        self._candidates = Candidates(archive, reader, before)
        self._limits = [limit.bytes for limit in self._candidates.limits]
        self._tally = Tally(self._candidates.objective, self._candidates.totals)
        self._threads = archive.config.jobs
        self._churn = dict.fromkeys(("added", "dropped", "moved", "added_bytes", "moved_bytes"), 0)

    def make(self) -> tuple[PlanSummary, dict[str, int]]:
        """All files of the plan, its summary, and what it changes against the current one."""
        with TemporaryFile(dir=self._folder) as file:
            spool = Spool(file, self._candidates.copies)
            self._reporter.phase("plan: survey", items=self._candidates.windows.numbers)
            parts = self._survey(spool)
            tableau = gathered(parts, self._candidates.totals, len(self._limits) + 1)
            if self._cover is not None:
                self._budget = budget_to_cover(tableau, self._cover, self._limits)
            decision = decide(tableau, self._budget, self._limits)
            self._reporter.phase("plan: tiers", items=self._candidates.windows.numbers)
            digest, exact = self._give_out(spool, decision)
        with atomic_file(self._folder / STEPS) as path:
            files.write_steps(path, steps_columns(tableau))
        summary = self._summary(tableau, decision, digest, exact=exact)
        points = curve(tableau, self._limits)
        atomic_write_bytes(self._folder / CURVE, files.encode_curve(points, summary.listens_total))
        atomic_write_bytes(self._folder / SUMMARY, files.encode_summary(summary))
        return summary, self._churn

    def _survey(self, spool: Spool) -> Iterator[Part]:
        pools = len(self._limits) + 1

        def work(numbers: range) -> tuple[CandidateBatch, Ints, Part]:
            batch, duration = self._candidates.read(numbers)
            found = steps(batch, self._candidates.objective, self._candidates.totals)
            return batch, duration, part(found, pools)

        for batch, duration, found in in_order(work, self._candidates.windows.windows, self._threads):
            spool.add(batch, duration)
            self._reporter.advance(len(batch))
            yield found

    def _give_out(self, spool: Spool, decision: Decision) -> tuple[str, bool]:
        """`tiers.bin`; its SHA-256, and whether it is proved to be the best."""
        digest, at = hashlib.sha256(), 0
        best = self._best(spool)
        chosen = best if best is not None else self._filled(spool, decision)
        with atomic_file(self._folder / TIERS) as path, path.open("wb") as file:
            for batch, codes in chosen:
                start, stop = at, int(batch.number[-1]) + 1 if len(batch) else at
                whole = np.zeros(stop - start, dtype=np.uint8)
                whole[batch.number - start] = codes
                at = stop
                file.write(whole.data)
                digest.update(whole.data)
                self._count(batch, codes)
        return digest.hexdigest(), best is not None

    def _best(self, spool: Spool) -> list[tuple[CandidateBatch, Codes]] | None:
        """The exact optimum, where there are few recordings."""
        if self._candidates.totals.recordings > SMALL or len(self._candidates.windows.windows) > 1:
            return None
        found = list(spool.batches())
        objective, totals = self._candidates.objective, self._candidates.totals
        solved = [solve_small(each, objective, totals, self._budget, self._limits) for each in found]
        pairs = [(batch, codes) for batch, codes in zip(found, solved, strict=True) if codes is not None]
        return pairs if len(pairs) == len(found) else None

    def _filled(self, spool: Spool, decision: Decision) -> Iterator[tuple[CandidateBatch, Codes]]:
        filler = Filler(decision, self._candidates.objective, self._candidates.totals)
        for prepared in in_order(filler.prepared, spool.batches(), self._threads):
            self._reporter.advance(len(prepared.batch))
            yield prepared.batch, filler.tiers(prepared)

    def _count(self, batch: CandidateBatch, codes: Codes) -> None:
        self._tally.add(batch, codes)
        sizes = np.vstack((np.zeros_like(batch.sizes[:1]), batch.sizes))[codes, np.arange(len(batch))]
        had, has = batch.before > 0, codes > 0
        for name, which in (("added", ~had & has), ("moved", had & has & (codes != batch.before))):
            self._churn[name] += int(which.sum())
            self._churn[f"{name}_bytes"] += int(sizes[which].sum())
        self._churn["dropped"] += int((had & ~has).sum())

    def _summary(self, tableau: Tableau, decision: Decision, digest: str, *, exact: bool) -> PlanSummary:
        snapshot, tally = self._reader.summary(), self._tally
        low, high = interval(decision, tableau)
        return files.identified(
            PlanSummary(
                id=PlanId(""),
                snapshot=snapshot.id,
                budget_bytes=self._budget,
                bytes=int(tally.bytes.sum()),
                by_tier=dict(zip(TIER_CODES, tally.recordings.tolist(), strict=True)),
                bytes_by_tier=dict(zip(TIER_CODES, tally.bytes.tolist(), strict=True)),
                listens_covered=tally.listens,
                listens_total=snapshot.total_listens,
                synthetic=bool(snapshot.listens_basis.get(ListensBasis.SYNTHETIC)),
                coverage_low=low,
                coverage_high=high,
                counted_total=tableau.counted,
                squares_total=tableau.squares,
                loss_avoided=tally.loss,
                loss_total=tableau.loss,
                value=tally.worth,
                bound=max(decision.bound, tally.worth),
                exact=exact,
                policy=self._candidates.policy,
                tiers_sha256=digest,
            )
        )
