"""From a source to `rows-*.parquet`, `rejects.jsonl` and `harvest.json` (docs/formats/harvest.md)."""

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol, TextIO, runtime_checkable

from tenuto.formats import harvest as files
from tenuto.fsync import atomic_file, atomic_write_bytes
from tenuto.model.errors import ConfigurationError, NotFoundError
from tenuto.model.ports import Reporter, Source
from tenuto.model.source import RejectedRow, SourceDescription, SourceRow
from tenuto.model.work import Counts

ROWS: Final = "rows-00000.parquet"
REJECTS: Final = "rejects.jsonl"
HARVEST: Final = "harvest.json"

_REPORT_EVERY: Final = 500
"""Items between two calls of the reporter: progress must not cost more than the work."""


@runtime_checkable
class Preparable(Protocol):
    """A source that must fetch something before it can be described; so that the wait is reported."""

    def prepare(self, reporter: Reporter) -> None: ...


@dataclass(frozen=True, slots=True)
class HarvestResult:
    """What became of one harvest. Unchanged sources are skipped whole, and `skipped` says why."""

    description: SourceDescription
    counts: Counts
    folder: Path
    skipped: str = ""


def harvest(source: Source, directory: Path, reporter: Reporter, *, force: bool = False) -> HarvestResult:
    """Reads `source` into `directory/<name>/`. Raises what the source raises when nothing can be read."""
    if isinstance(source, Preparable):
        source.prepare(reporter)
    description = source.describe()
    folder = directory / description.name
    before = _recorded(folder / HARVEST, mending=force)
    if before is not None and before.description == description and not force:
        counts = Counts(before.entered, 0, before.entered, 0)
        return HarvestResult(
            description, counts, folder, f"unchanged since its harvest ({description.version[:80]})"
        )
    reporter.phase(f"harvest {description.name}")
    with ExitStack() as stack:
        rows = stack.enter_context(atomic_file(folder / ROWS))
        rejects = stack.enter_context(atomic_file(folder / REJECTS))
        with rejects.open("w", encoding="utf-8", newline="\n") as faults:
            sorter = _Sorter(source.rows(reporter), faults, reporter)
            done = files.write_rows(rows, sorter)
        record = files.HarvestRecord(
            description, done, sorter.failed, (files.Segment(ROWS, done, _sha256(rows)),)
        )
        if before is not None:
            _reopen(folder / HARVEST, before)
    atomic_write_bytes(folder / HARVEST, files.write_record(record))
    return HarvestResult(description, Counts(record.entered, done, 0, record.failed), folder)


def load_description(folder: Path) -> SourceDescription:
    """The source whose harvest is in `folder`. `NotFoundError` when there is no finished one."""
    record = _recorded(folder / HARVEST)
    if record is None:
        raise NotFoundError("no finished harvest", where=str(folder), remedy="Harvest this source first")
    return record.description


class _Sorter:
    """Lets rows through, writes rejects aside, keeps count."""

    def __init__(self, items: Iterator[SourceRow | RejectedRow], faults: TextIO, reporter: Reporter) -> None:
        self._items, self._faults, self._reporter, self.failed = items, faults, reporter, 0

    def __iter__(self) -> Iterator[SourceRow]:
        unreported = 0
        for item in self._items:
            unreported += 1
            if unreported == _REPORT_EVERY:
                self._reporter.advance(unreported)
                unreported = 0
            if isinstance(item, SourceRow):
                yield item
            else:
                self._set_aside(item)
        self._reporter.advance(unreported)

    def _set_aside(self, reject: RejectedRow) -> None:
        self.failed += 1
        self._faults.write(files.write_reject(reject))
        self._reporter.fault(f"{reject.source}: {reject.where}", reject.what)


def _reopen(path: Path, before: files.HarvestRecord) -> None:
    """New rows must never stand beside a record that calls them the old ones (clause 8).

    The record stays, with an empty version, so that the source is still known after a crash.
    """
    description = replace(before.description, version="")
    atomic_write_bytes(path, files.write_record(replace(before, description=description)))


def _recorded(path: Path, *, mending: bool = False) -> files.HarvestRecord | None:
    """None where there is no record, or, when it is to be mended, none that can be read."""
    try:
        return files.read_record(path.read_bytes(), str(path)) if path.exists() else None
    except ConfigurationError:
        if mending:
            return None
        raise


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
