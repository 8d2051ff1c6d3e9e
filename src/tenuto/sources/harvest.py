"""From a source to `rows-*.parquet`, `rejects.jsonl` and `harvest.json` (docs/formats/harvest.md)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

from tenuto.formats.harvest import (
    ROWS_PER_SEGMENT,
    Block,
    HarvestRecord,
    blocks_of,
    read_record,
    write_record,
)
from tenuto.fsync import atomic_write_bytes, space_or
from tenuto.model.errors import ConfigurationError, NotFoundError
from tenuto.model.ports import Reporter, Source
from tenuto.model.source import SourceDescription
from tenuto.model.work import Counts
from tenuto.sources.draft import Draft

HARVEST: Final = "harvest.json"
_UNFINISHED: Final = "unfinished"


@runtime_checkable
class Preparable(Protocol):
    """A source that must fetch something before it can be described; so that the wait is reported."""

    def prepare(self, reporter: Reporter) -> None: ...


@runtime_checkable
class Renewable(Protocol):
    """A source that keeps what a server answered: `renew` makes the next `prepare` ask again."""

    def renew(self) -> None: ...


@runtime_checkable
class Columnar(Protocol):
    """A source that has its rows in columns: `rows` then says the same, row by row, for those who ask."""

    def blocks(self, reporter: Reporter, *, start: int = 0) -> Iterator[Block]: ...


@dataclass(frozen=True, slots=True)
class HarvestResult:
    """What became of one harvest. Unchanged sources are skipped whole, and `skipped` says why."""

    description: SourceDescription
    counts: Counts
    segments: tuple[Path, ...]
    """The files of the rows, in their order."""
    folder: Path
    skipped: str = ""


def harvest(
    source: Source,
    directory: Path,
    reporter: Reporter,
    *,
    force: bool = False,
    rows_per_segment: int = ROWS_PER_SEGMENT,
) -> HarvestResult:
    """Reads `source` into `directory/<name>/`. Raises what the source raises when nothing can be read.

    Goes on behind the last finished segment of a harvest of the same description that was cut short.
    """
    if force and isinstance(source, Renewable):
        source.renew()
    if isinstance(source, Preparable):
        source.prepare(reporter)
    description = source.describe()
    folder = directory / description.name
    before = _recorded(folder / HARVEST, mending=force)
    draft = Draft(folder / _UNFINISHED, description, rows_per_segment=rows_per_segment)
    unchanged = before is not None and before.description == description
    if before is not None and unchanged and not force and not draft.progress.segments:
        why = f"unchanged since its harvest ({description.version[:80]})"
        return _result(before, folder, Counts(before.entered, 0, before.entered, 0), why)
    reporter.phase(f"harvest {description.name}")
    reporter.advance(draft.progress.entered)
    try:
        draft.complete(_blocks(source, reporter, draft.progress.entered), reporter)
        record = _publish(draft, folder, before)
    except OSError as error:
        raise space_or(error, folder) from error
    return _result(record, folder, Counts(record.entered, record.done, 0, record.failed))


def load_description(folder: Path) -> SourceDescription:
    """The source whose harvest is in `folder`. `NotFoundError` when there is no finished one."""
    record = _recorded(folder / HARVEST)
    if record is None:
        raise NotFoundError("no finished harvest", where=str(folder), remedy="Harvest this source first")
    return record.description


def _blocks(source: Source, reporter: Reporter, start: int) -> Iterator[Block]:
    if isinstance(source, Columnar):
        return source.blocks(reporter, start=start)
    return blocks_of(source.rows(reporter, start=start))


def _publish(draft: Draft, folder: Path, before: HarvestRecord | None) -> HarvestRecord:
    """New rows must never stand beside a record that calls them the old ones (clause 8).

    The old record stays meanwhile, with an empty version, so that the source is known after a crash.
    """
    path, progress = folder / HARVEST, draft.progress
    if before is not None:
        reopened = replace(before, description=replace(before.description, version=""))
        atomic_write_bytes(path, write_record(reopened))
    draft.publish(folder)
    done = progress.entered - progress.failed
    record = HarvestRecord(progress.description, done, progress.failed, progress.segments)
    atomic_write_bytes(path, write_record(record))
    draft.discard()
    return record


def _result(record: HarvestRecord, folder: Path, counts: Counts, skipped: str = "") -> HarvestResult:
    segments = tuple(folder / segment.name for segment in record.segments)
    return HarvestResult(record.description, counts, segments, folder, skipped)


def _recorded(path: Path, *, mending: bool = False) -> HarvestRecord | None:
    """None where there is no record, or, when it is to be mended, none that can be read."""
    try:
        return read_record(path.read_bytes(), str(path)) if path.exists() else None
    except ConfigurationError:
        if mending:
            return None
        raise
