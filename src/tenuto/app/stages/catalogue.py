"""Catalogue and rank: harvested rows into a snapshot with its derived structures."""

from tenuto.app.archive import Archive
from tenuto.app.stages.links import link_decisions
from tenuto.app.stages.result import Fact, StageResult
from tenuto.catalogue import (
    Merging,
    Resources,
    SnapshotCatalogue,
    Tiers,
    build_derived,
    current,
    find_harvests,
    summary,
)
from tenuto.catalogue import build as build_snapshot
from tenuto.catalogue import open_current as open_reader
from tenuto.catalogue import rank as rank_snapshot
from tenuto.ledger import SqliteLedger
from tenuto.model.catalogue import ListensBasis
from tenuto.model.errors import NotFoundError
from tenuto.model.ids import SnapshotId
from tenuto.model.ports import Reporter
from tenuto.model.work import Counts, Outcome, Stage, Status


def build(archive: Archive, ledger: SqliteLedger, reporter: Reporter) -> StageResult:
    """A new snapshot of all harvested rows; the current one again where nothing changed.

    A configured synthetic seed counts only where no source counts listens.
    """
    before = current(archive.root)
    merging = Merging(link_decisions(ledger), matching=archive.config.flag("catalogue.match"))
    snapshot = build_snapshot(
        archive.root,
        find_harvests(archive.harvest),
        before,
        reporter,
        merging=merging,
        resources=_resources(archive),
    )
    counted = ListensBasis.COUNTED in summary(archive.root, snapshot).listens_basis
    if archive.synthetic_seed is not None and not counted:
        snapshot = rank_snapshot(
            *(archive.root, snapshot, reporter),
            synthetic_seed=archive.synthetic_seed,
            resources=_resources(archive),
        )
    return _result(archive, ledger, snapshot, before, reporter)


def rank(
    archive: Archive, ledger: SqliteLedger, reporter: Reporter, *, synthetic_seed: int | None
) -> StageResult:
    """The current snapshot with its listens counted, or drawn, anew."""
    before = current(archive.root)
    if before is None:
        raise NotFoundError("no catalogue yet", where=str(archive.root), remedy="tenuto catalogue build")
    snapshot = rank_snapshot(
        *(archive.root, before, reporter), synthetic_seed=synthetic_seed, resources=_resources(archive)
    )
    return _result(archive, ledger, snapshot, before, reporter)


def open_current(archive: Archive, *, tiers: Tiers = b"") -> SnapshotCatalogue:
    """The current snapshot, for reading, with the tier of each rank if wanted (docs/search.md).

    `NotFoundError` before the first build.
    """
    return open_reader(archive.root, tiers=tiers)


def make_readable(archive: Archive, snapshot: SnapshotId, reporter: Reporter) -> None:
    """Rank order, search index and statistics, as the archive's settings say."""
    indexed = archive.config.number("catalogue.indexed")
    build_derived(archive.root, snapshot, reporter, resources=_resources(archive), indexed=indexed)


def _resources(archive: Archive) -> Resources:
    return Resources(memory_limit=f"{archive.config.number('catalogue.memory')}B")


def _result(
    archive: Archive,
    ledger: SqliteLedger,
    snapshot: SnapshotId,
    before: SnapshotId | None,
    reporter: Reporter,
) -> StageResult:
    make_readable(archive, snapshot, reporter)
    facts = summary(archive.root, snapshot)
    recordings = facts.counts["recordings"]
    if snapshot == before:
        counts = Counts(recordings, 0, recordings, 0)
    else:
        counts = Counts(recordings, recordings, 0, 0)
        ledger.record(Stage.CATALOGUE, [Outcome(snapshot, Status.DONE)])
    shown: dict[str, Fact] = {
        "snapshot": snapshot,
        "note": "unchanged" if snapshot == before else "built",
        "rows": dict(facts.counts),
        "listens_basis": {str(basis): n for basis, n in facts.listens_basis.items()},
        "listens": facts.total_listens,
    }
    return StageResult(Stage.CATALOGUE, counts, shown)
