"""Plan: which recordings to hold at which tier under the budget (docs/formats/plan.md)."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

from tenuto import words
from tenuto.app.archive import Archive
from tenuto.app.config import DEFAULT
from tenuto.app.ordered import in_order
from tenuto.app.stages.candidates import Candidates
from tenuto.app.stages.catalogue import open_current
from tenuto.app.stages.given import Given, TiersWriter
from tenuto.app.stages.outlook import budget_to_cover
from tenuto.app.stages.plan_facts import Changes, plan_facts
from tenuto.app.stages.plans import (
    CURVE,
    SITES,
    STEPS,
    SUMMARY,
    TIERS,
    codes_before,
    former,
    steps_columns,
)
from tenuto.app.stages.result import StageResult
from tenuto.app.stages.sites import Placement, Placing
from tenuto.app.stages.spool import Spool
from tenuto.catalogue import SnapshotCatalogue
from tenuto.formats import plan as files
from tenuto.fsync import atomic_file, atomic_write_bytes, fsync_directory
from tenuto.ledger import SqliteLedger
from tenuto.model.catalogue import ListensBasis
from tenuto.model.errors import SpaceError
from tenuto.model.ids import PlanId
from tenuto.model.plan import TIER_CODES, PlanSummary
from tenuto.model.ports import Reporter
from tenuto.model.work import Counts, Outcome, Stage, Status
from tenuto.plan import (
    SLOTS,
    SMALL,
    CandidateBatch,
    Codes,
    Decision,
    Filler,
    Ints,
    Part,
    Tableau,
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
    reader, current = open_current(archive), former(archive)
    before = current.summary if current else None
    recordings = reader.summary().counts["recordings"]
    with _folder(archive) as folder:
        made, changes = _Making(archive, reader, reporter, folder, cover).make()
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
        self._config, self._reader, self._reporter = archive.config, reader, reporter
        self._folder, self._cover = folder, cover
        self._candidates = Candidates(archive, reader, codes_before(former(archive), reader.summary().id))
        self._placing = Placing(archive, reader.summary().id)
        self._limits = [limit.bytes for limit in self._candidates.limits]
        self._threads = archive.config.jobs

    def make(self) -> tuple[PlanSummary, Changes]:
        """All files of the plan, its summary, and what it changes against the current one."""
        with TemporaryFile(dir=self._folder) as file:
            spool = Spool(file, self._candidates.copies)
            self._reporter.phase("plan: survey", items=self._candidates.windows.numbers)
            parts = self._survey(spool)
            tableau = gathered(parts, self._candidates.totals, len(self._limits) + 1)
            budget = self._budget(tableau)
            decision = decide(tableau, budget, self._limits)
            given, placement = self._fitting(spool, tableau, budget)
        with atomic_file(self._folder / STEPS) as path:
            files.write_steps(path, steps_columns(tableau))
        if placement is not None:
            atomic_write_bytes(self._folder / SITES, placement.slots.tobytes())
        summary = self._summary(tableau, decision, given, placement)
        points = curve(tableau, self._limits)
        atomic_write_bytes(self._folder / CURVE, files.encode_curve(points, summary.listens_total))
        atomic_write_bytes(self._folder / SUMMARY, files.encode_summary(summary))
        return summary, Changes(given.churn, placement)

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

    def _budget(self, tableau: Tableau) -> int:
        """Bytes of one copy: what is set or wanted, and what the sites take. `SpaceError`."""
        most, setting = self._placing.most(0), self._config.values["plan.budget"]
        if self._cover is not None:
            wanted = budget_to_cover(tableau, self._cover, self._limits)
            if most is not None and wanted > most:
                what = f"{words.size(wanted)} are needed, and plan.sites take {words.size(most)} of each copy"
                raise SpaceError(what, remedy="Add a site, or ask for less")
            return wanted
        if most is not None and setting.origin == DEFAULT:
            return most
        budget = parse_size(self._config.text("plan.budget"))
        return budget if most is None else min(budget, most)

    def _fitting(self, spool: Spool, tableau: Tableau, budget: int) -> tuple[Given, Placement | None]:
        """Tiers whose copies fit the sites: what rounding to slots costs is left free at each site."""
        small = self._candidates.totals.recordings <= SMALL
        reserve = 0 if small or not self._placing.sites else 3 * budget // (2 * SLOTS)
        while True:
            most = self._placing.most(reserve)
            allowed = budget if most is None else min(budget, most)
            given = self._give_out(spool, decide(tableau, allowed, self._limits))
            if most is None:
                return given, None
            placement = self._placing.place(given.slots)
            if placement is not None:
                return replace(given, exact=given.exact and allowed == budget), placement
            reserve = max(2 * reserve, int(given.slots.bytes.max()) // 16, 1)

    def _give_out(self, spool: Spool, decision: Decision) -> Given:
        """Writes `tiers.bin`."""
        self._reporter.phase("plan: tiers", items=self._candidates.windows.numbers)
        best = self._best(spool, decision.budget)
        chosen = best if best is not None else self._filled(spool, decision)
        given = Given.nothing(self._candidates.objective, self._candidates.totals)
        with atomic_file(self._folder / TIERS) as path, path.open("wb") as file:
            tiers = TiersWriter(file)
            for batch, codes in chosen:
                tiers.add(batch, codes)
                given.add(batch, codes)
        return replace(given, tiers_sha256=tiers.sha256, exact=best is not None)

    def _best(self, spool: Spool, budget: int) -> list[tuple[CandidateBatch, Codes]] | None:
        """The exact optimum, where there are few recordings."""
        if self._candidates.totals.recordings > SMALL or len(self._candidates.windows.windows) > 1:
            return None
        found = list(spool.batches())
        objective, totals = self._candidates.objective, self._candidates.totals
        solved = [solve_small(each, objective, totals, budget, self._limits) for each in found]
        pairs = [(batch, codes) for batch, codes in zip(found, solved, strict=True) if codes is not None]
        return pairs if len(pairs) == len(found) else None

    def _filled(self, spool: Spool, decision: Decision) -> Iterator[tuple[CandidateBatch, Codes]]:
        filler = Filler(decision, self._candidates.objective, self._candidates.totals)
        for prepared in in_order(filler.prepared, spool.batches(), self._threads):
            self._reporter.advance(len(prepared.batch))
            yield prepared.batch, filler.tiers(prepared)

    def _summary(
        self, tableau: Tableau, decision: Decision, given: Given, placement: Placement | None
    ) -> PlanSummary:
        snapshot, tally = self._reader.summary(), given.tally
        low, high = interval(decision, tableau)
        return files.identified(
            PlanSummary(
                id=PlanId(""),
                snapshot=snapshot.id,
                budget_bytes=decision.budget,
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
                exact=given.exact,
                policy=self._candidates.policy,
                tiers_sha256=given.tiers_sha256,
                copies=self._placing.copies,
                sites=placement.shares if placement else (),
                sites_sha256=placement.sha256 if placement else "",
            )
        )
