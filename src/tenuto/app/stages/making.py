"""One plan: a pass over the catalogue adds up steps, one over what was read gives out tiers."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryFile

import numpy as np

from tenuto import words
from tenuto.app.archive import Archive
from tenuto.app.config import DEFAULT
from tenuto.app.stages.candidates import Candidates
from tenuto.app.stages.given import Given, TiersWriter
from tenuto.app.stages.groups import Belonging, Groups
from tenuto.app.stages.outlook import budget_to_cover
from tenuto.app.stages.plan_facts import Changes
from tenuto.app.stages.plans import CURVE, SITES, STEPS, SUMMARY, TIERS, codes_before, former, steps_columns
from tenuto.app.stages.sites import Placement, Placing, SlotSums
from tenuto.app.stages.spool import Buckets, Spool
from tenuto.catalogue import MembershipReader, SnapshotCatalogue
from tenuto.formats import plan as files
from tenuto.fsync import atomic_file, atomic_write_bytes
from tenuto.model.catalogue import ListensBasis
from tenuto.model.errors import SpaceError
from tenuto.model.ids import PlanId
from tenuto.model.plan import TIER_CODES, PlanSummary
from tenuto.model.ports import Reporter
from tenuto.ordered import in_order
from tenuto.plan import (
    SLOTS,
    SMALL,
    CandidateBatch,
    Codes,
    Decision,
    Filler,
    Ints,
    Part,
    Prepared,
    Tableau,
    Tally,
    curve,
    decide,
    gathered,
    interval,
    limit_ends,
    part,
    solve_small,
    steps,
)
from tenuto.sizes import parse_size


class Making:
    """Makes a plan's files in a folder. `cover` asks for a share of all listens instead of a budget."""

    def __init__(
        self,
        archive: Archive,
        reader: SnapshotCatalogue,
        reporter: Reporter,
        folder: Path,
        *,
        cover: float | None,
    ) -> None:
        snapshot, before = reader.summary(), former(archive)
        self._config, self._snapshot, self._reporter = archive.config, snapshot, reporter
        self._folder, self._cover = folder, cover
        self._candidates = Candidates(archive, reader, codes_before(before, snapshot.id))
        self._members = MembershipReader(archive.root, snapshot.id)
        self._placing = Placing(archive.config, before, snapshot.id)
        self._limits = [limit.bytes for limit in self._candidates.limits]

    def make(self) -> tuple[PlanSummary, Changes]:
        """All files of the plan, its summary, and what it changes against the current one."""
        with TemporaryFile(dir=self._folder) as file:
            spool = Spool(file, self._candidates.copies)
            self._reporter.phase("plan: survey", items=self._candidates.windows.numbers)
            tableau = gathered(self._survey(spool), self._candidates.totals, len(self._limits) + 1)
            decision = decide(tableau, self._budget(tableau), self._limits)
            given, placement = self._fitting(spool, tableau, decision.budget)
        tableau = given.groups.added_to(tableau)
        with atomic_file(self._folder / STEPS) as path:
            files.write_steps(path, steps_columns(tableau))
        if placement is not None:
            atomic_write_bytes(self._folder / SITES, placement.slots.tobytes())
        summary = self._summary(tableau, decision, given, placement)
        points = curve(tableau, self._limits)
        atomic_write_bytes(self._folder / CURVE, files.encode_curve(points, summary.listens_total))
        atomic_write_bytes(self._folder / SUMMARY, files.encode_summary(summary))
        return summary, Changes(given.churn, given.missed, placement)

    def _survey(self, spool: Spool) -> Iterator[Part]:
        pools = len(self._limits) + 1

        def work(numbers: range) -> tuple[CandidateBatch, Ints, Buckets, Part]:
            batch, duration = self._candidates.read(numbers)
            found = steps(batch, self._candidates.objective, self._candidates.totals)
            return batch, duration, found.bucket[0], part(found, pools)

        for batch, duration, bucket, found in in_order(
            work, self._candidates.windows.windows, self._config.jobs
        ):
            spool.add(batch, duration, bucket)
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
        reserve = 0 if small else 3 * budget // (2 * SLOTS)
        ends = limit_ends(tableau, self._limits)
        while True:
            most = self._placing.most(reserve)
            allowed = budget if most is None else min(budget, most)
            given = self._give_out(spool, decide(tableau, allowed, self._limits), ends)
            if given.slots is None:
                return given, None
            placement = self._placing.place(given.slots)
            if placement is not None and (self._cover is None or allowed == budget):
                return replace(given, exact=given.exact and allowed == budget), placement
            if placement is not None:
                remedy = "Make a site a little larger, or ask for a little less"
                raise SpaceError(
                    "plan.sites have no room for that coverage once it is split up", remedy=remedy
                )
            reserve = max(2 * reserve, int(given.slots.bytes.max()) // 16, 1)

    def _give_out(self, spool: Spool, decision: Decision, ends: Ints) -> Given:
        """Writes `tiers.bin`."""
        objective, totals = self._candidates.objective, self._candidates.totals
        self._reporter.phase("plan: tiers", items=self._candidates.windows.numbers)
        best, filler = self._best(spool, decision.budget), Filler(decision, objective, totals)
        slots = SlotSums() if self._placing.sites else None
        given = Given(decision, Tally(objective, totals), slots, Groups(self._members))

        def work(window: tuple[range, tuple[CandidateBatch, Buckets]]) -> tuple[Prepared, Belonging]:
            numbers, (batch, bucket) = window
            entry = np.where(bucket > ends[batch.pool], bucket, -1)
            return filler.prepared(batch), self._belonging(numbers, batch, entry)

        windows = zip(self._candidates.windows.windows, spool.batches(), strict=True)
        with atomic_file(self._folder / TIERS) as path, path.open("wb") as file:
            tiers = TiersWriter(file)
            for number, (prepared, belonging) in enumerate(in_order(work, windows, self._config.jobs)):
                batch = prepared.batch
                codes = best[number] if best is not None else filler.tiers(prepared)
                tiers.add(batch, codes)
                given.add(batch, codes)
                given.groups.add(belonging, codes)
                self._reporter.advance(len(batch))
        return replace(given, tiers_sha256=tiers.sha256, exact=best is not None)

    def _belonging(self, numbers: range, batch: CandidateBatch, entry: Buckets) -> Belonging:
        places = batch.number - numbers.start
        whole, counts = np.full(len(numbers), -1, dtype=np.int32), np.zeros(len(numbers), dtype=np.bool_)
        whole[places], counts[places] = entry, ~self._candidates.spared(batch.number)
        return Belonging(self._members.read(numbers), places, whole, counts)

    def _best(self, spool: Spool, budget: int) -> list[Codes] | None:
        """The exact optimum, where there are few recordings."""
        if self._candidates.totals.recordings > SMALL or len(self._candidates.windows.windows) > 1:
            return None
        objective, totals = self._candidates.objective, self._candidates.totals
        solved = [solve_small(batch, objective, totals, budget, self._limits) for batch, _ in spool.batches()]
        found = [codes for codes in solved if codes is not None]
        return found if len(found) == len(solved) else None

    def _summary(
        self, tableau: Tableau, decision: Decision, given: Given, placement: Placement | None
    ) -> PlanSummary:
        snapshot, tally = self._snapshot, given.tally
        low, high = interval(given.decision, tableau)
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
                covered=given.groups.covered,
                known=given.groups.known,
                copies=self._placing.copies,
                sites=placement.shares if placement else (),
                sites_sha256=placement.sha256 if placement else "",
            )
        )
