"""Harvest: sources into `harvest/`, each registered by its own record so that it can be harvested again."""

from collections.abc import Sequence
from pathlib import Path

from tenuto.app.archive import Archive
from tenuto.app.stages.result import StageResult
from tenuto.ledger import SqliteLedger
from tenuto.model.ids import SourceName
from tenuto.model.ports import Reporter, Source
from tenuto.model.source import SourceDescription
from tenuto.model.work import Outcome, Stage, Status
from tenuto.sources.harvest import HARVEST, load_description
from tenuto.sources.harvest import harvest as harvest_source


def source_name(text: str) -> SourceName:
    """A usable source name out of a folder's, package's or file's name."""
    name = "".join(c if c.isascii() and c.isalnum() else "-" for c in text.lower()).strip("-")
    return SourceName(name[:63] or "source")


def registered(archive: Archive) -> list[SourceDescription]:
    """All harvested sources by priority, then name."""
    found = [load_description(path.parent) for path in archive.harvest.glob(f"*/{HARVEST}")]
    return sorted(found, key=lambda description: (description.priority, description.name))


def harvest(
    archive: Archive, ledger: SqliteLedger, source: Source, reporter: Reporter, *, force: bool = False
) -> StageResult:
    """One source. Rejected rows are failed items, kept in the source's rejects file."""
    result = harvest_source(source, archive.harvest, reporter, force=force)
    name = result.description.name
    status = Status.SKIPPED if result.skipped else Status.DONE
    ledger.record(Stage.HARVEST, [Outcome(name, status, 0, result.skipped)])
    return StageResult(Stage.HARVEST, result.counts, {"source": name, "note": result.skipped or "read"})
