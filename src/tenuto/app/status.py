"""The state of an archive, read from pointers and running totals only: O(1) in the archive's size."""

from collections.abc import Iterator
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
    damaged: int
    """Holdings with faults: `faults` has them."""
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
            ledger.damaged(),
            {
                each.stage: list(ledger.failures(each.stage, limit=_SHOWN_FAILURES))
                for each in stages
                if each.counts.failed
            },
        )


@dataclass(frozen=True, slots=True)
class Faulty:
    """An item that isn't as it should be. `state`: damaged (and held), or failed in its stage."""

    state: str
    item: str
    what: str


def faults(archive: Archive) -> Iterator[Faulty]:
    """Everything damaged that is held, then everything that failed, streamed."""
    with archive.ledger(read_only=True) as ledger:
        for holding, _, found in ledger.all_damaged():
            yield Faulty("damaged", holding.source_uri, "; ".join(map(str, found.faults)))
        for stage in Stage:
            for failure in ledger.failures(stage):
                yield Faulty(f"failed in {stage}", failure.key, failure.detail)
