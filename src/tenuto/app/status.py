"""The state of an archive, read from pointers and running totals only: O(1) in the archive's size."""

from dataclasses import dataclass

from tenuto.app.archive import Archive
from tenuto.app.stages.result import StageResult
from tenuto.model.plan import Tier
from tenuto.model.work import Outcome, Stage
from tenuto.pointers import read_pointer

_SHOWN_FAILURES = 10


@dataclass(frozen=True, slots=True)
class Status:
    """What `tenuto status` shows. `failures` holds at most ten a stage."""

    name: str
    snapshot: str | None
    plan: str | None
    edition: str | None
    held: dict[Tier, tuple[int, int]]
    stages: tuple[StageResult, ...]
    failures: dict[Stage, list[Outcome]]


def status(archive: Archive) -> Status:
    """Raises `ConfigurationError` where the ledger is missing."""
    with archive.ledger(read_only=True) as ledger:
        stages = tuple(StageResult(stage, ledger.counts(stage)) for stage in Stage)
        return Status(
            archive.name,
            read_pointer(archive.catalogue),
            read_pointer(archive.plans),
            read_pointer(archive.editions),
            ledger.held_totals(),
            tuple(result for result in stages if result.counts.entered),
            {s.stage: ledger.failures(s.stage, limit=_SHOWN_FAILURES) for s in stages if s.counts.failed},
        )
