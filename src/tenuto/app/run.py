"""The order of the stages. Each does what is missing, so a run after any crash goes on where it stopped."""

from datetime import date

from tenuto.app.archive import Archive
from tenuto.app.stages import catalogue, harvest, intake, plan, publish
from tenuto.app.stages.result import StageResult
from tenuto.ledger import SqliteLedger
from tenuto.model.errors import NotFoundError
from tenuto.model.ports import Reporter


def run(
    archive: Archive, ledger: SqliteLedger, reporter: Reporter, *, on: date | None = None
) -> tuple[StageResult, ...]:
    """From the registered sources to an edition. Raises `NotFoundError` where no source is registered."""
    harvested = harvest.again(archive, ledger, reporter)
    if not harvested:
        raise NotFoundError(
            "no source is registered",
            where=str(archive.root),
            remedy="Begin with `tenuto harvest folder DIR`",
        )
    return (*harvested, *after_harvest(archive, ledger, reporter, on=on))


def after_harvest(
    archive: Archive, ledger: SqliteLedger, reporter: Reporter, *, on: date | None = None
) -> tuple[StageResult, ...]:
    """From the harvested rows to an edition."""
    return (
        catalogue.build(archive, ledger, reporter),
        plan.plan(archive, ledger, reporter),
        *intake.intake(archive, ledger, reporter),
        publish.publish(archive, ledger, reporter, on=on),
    )
