"""Versions of the catalogue: differences, deltas from one archive to another, and the rows it came from."""

from collections.abc import Iterator
from pathlib import Path

from tenuto.app.archive import Archive
from tenuto.app.stages.catalogue import make_readable
from tenuto.app.stages.result import Fact, StageResult
from tenuto.catalogue import delta, trace
from tenuto.catalogue.diff import Difference
from tenuto.catalogue.diff import diff as compare
from tenuto.catalogue.revisions import revision
from tenuto.formats.delta import Delta
from tenuto.ledger import SqliteLedger
from tenuto.model.ids import SnapshotId, SourceName
from tenuto.model.ports import Reporter
from tenuto.model.source import SourceRow
from tenuto.model.work import Counts, Outcome, Stage, Status

NOTHING = "nothing"
"""The base of a delta that needs no snapshot before it."""


def diff(archive: Archive, base: str, target: str, *, to: Path | None) -> Difference:
    """What the snapshot named `target` has that `base` hasn't; as lists in the folder `to` too."""
    return compare(archive.root, revision(archive.root, base), revision(archive.root, target), to=to)


def write_delta(archive: Archive, base: str, target: str, to: Path, reporter: Reporter) -> StageResult:
    """The folder `to` with the files that lead from one snapshot to another."""
    before: SnapshotId | None = None if base == NOTHING else revision(archive.root, base)
    return _result(delta.write(archive.root, before, revision(archive.root, target), to, reporter))


def apply_delta(archive: Archive, ledger: SqliteLedger, folder: Path, reporter: Reporter) -> StageResult:
    """Puts a delta's snapshot into the archive, makes it current and quick to read."""
    applied = delta.apply(archive.root, folder, reporter)
    make_readable(archive, applied.target, reporter)
    ledger.record(Stage.CATALOGUE, [Outcome(applied.target, Status.DONE)])
    return _result(applied)


def source_rows(archive: Archive, source: str) -> Iterator[SourceRow]:
    """The rows that a source brought into the current snapshot, by ordinal, without `raw`."""
    return trace.source_rows(archive.root, revision(archive.root, "current"), SourceName(source))


def _result(found: Delta) -> StageResult:
    files = len(found.files)
    counts = Counts(files, files, 0, 0, sum(each.bytes for each in found.files))
    facts: dict[str, Fact] = {"base": found.base or NOTHING, "snapshot": found.target}
    return StageResult(Stage.CATALOGUE, counts, facts)
