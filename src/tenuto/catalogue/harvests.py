"""Harvests as the catalogue takes them in."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from tenuto.catalogue.parts import digest_of_files
from tenuto.formats.harvest import read_record
from tenuto.formats.snapshot import SnapshotSource
from tenuto.model.errors import ConfigurationError
from tenuto.model.ids import SourceName


@dataclass(frozen=True, slots=True)
class Harvest:
    """One source's rows, and the terms they stand under. `rows` are the segments of harvest.md, in order."""

    name: SourceName
    priority: int
    version: str
    licence: str
    attribution: str
    rows: tuple[Path, ...]
    keys_are_recordings: bool = True


def find_harvests(folder: Path) -> tuple[Harvest, ...]:
    """Every finished harvest in the subfolders of `folder`, by priority, then name.

    `ConfigurationError` for a record that can't be read, or whose rows aren't whole: without that source,
    its recordings would vanish from the catalogue.
    """
    return in_order([_harvest(path) for path in sorted(folder.glob("*/harvest.json"))])


def in_order(harvests: Sequence[Harvest]) -> tuple[Harvest, ...]:
    """By priority, then name."""
    return tuple(sorted(harvests, key=lambda harvest: (harvest.priority, harvest.name)))


def described(harvest: Harvest) -> SnapshotSource:
    """What a snapshot says of it. Reads all its bytes."""
    return SnapshotSource(
        *(harvest.name, harvest.priority, harvest.version, harvest.licence, harvest.attribution),
        sum(pq.read_metadata(path).num_rows for path in harvest.rows),
        digest_of_files(harvest.rows),
    )


def _harvest(path: Path) -> Harvest:
    record = read_record(path.read_bytes(), str(path))
    about = record.description
    rows = tuple(path.with_name(segment.name) for segment in record.segments)
    missing = [each.name for each in rows if not each.is_file()]
    if missing or not record.is_whole:
        what = f"rows are missing ({missing[0]})" if missing else "its last harvest was cut short"
        remedy = f"Harvest it again: tenuto harvest again, or tenuto harvest … --name {about.name} --force"
        raise ConfigurationError(what, where=str(path.parent), remedy=remedy)
    return Harvest(
        *(about.name, about.priority, about.version, about.licence, about.attribution),
        rows,
        about.keys_are_recordings,
    )
