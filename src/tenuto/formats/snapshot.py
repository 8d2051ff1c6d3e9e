"""`snapshot.json`: what a snapshot of the catalogue is made of (docs/formats/snapshot.md)."""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Final

import msgspec
import rfc8785

from tenuto.formats.tables import TABLES
from tenuto.model.catalogue import ListensBasis, SnapshotSummary
from tenuto.model.errors import BadInputError
from tenuto.model.ids import Sha256, SnapshotId, SourceName

FORMAT: Final = 2
ID_LENGTH: Final = 16
"""Hexadecimal digits of a SHA-256 in snapshot ids and in the names of parts."""


class PartKind(StrEnum):
    """What a part does to the rows of earlier parts with its keys."""

    ROWS = "rows"
    """Replaces them by its own rows."""
    REMOVALS = "removals"
    """Removes them; it holds keys only."""


@dataclass(frozen=True, slots=True)
class Part:
    """One immutable Parquet file of a core table."""

    kind: PartKind
    generation: int
    """Which build of the table wrote it, from 0; parts of one generation have no key in common."""
    sha256: Sha256
    rows: int
    bytes: int
    ranges: dict[str, tuple[int | str, int | str]]
    """(least, greatest) of the columns in `Table.ranges`; where several start the key, of each by itself."""

    @property
    def file_name(self) -> str:
        infix = ".removals" if self.kind is PartKind.REMOVALS else ""
        return f"{self.sha256[:ID_LENGTH]}{infix}.parquet"


@dataclass(frozen=True, slots=True)
class PopularityFile:
    """`popularity.parquet` of the snapshot: one row a number of a recording, in ascending order."""

    sha256: Sha256
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class SnapshotSource:
    """A source whose rows went in. `sha256` names its harvest's rows (snapshot.md)."""

    name: SourceName
    priority: int
    version: str
    licence: str
    attribution: str
    rows: int
    sha256: Sha256


@dataclass(frozen=True, slots=True)
class SnapshotListens:
    """How the popularity file came about. `synthetic_seed` is None unless the listens are drawn."""

    basis: dict[ListensBasis, int]
    total: float
    synthetic_seed: int | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One immutable version of the catalogue. The order of a table's parts matters: later ones win."""

    parent: SnapshotId | None
    parts: dict[str, tuple[Part, ...]]
    popularity: PopularityFile
    sources: tuple[SnapshotSource, ...]
    """By priority, then name."""
    counts: dict[str, int]
    """Live rows by table."""
    numbers: dict[str, int]
    """Numbers given so far, those of removed rows included, by table that has them."""
    listens: SnapshotListens
    writer: dict[str, str]
    """Versions of what wrote the files."""
    repeats: dict[SourceName, tuple[str, ...]] = field(default_factory=dict)
    """Which of `release`, `release_artist` and `label` a source's tracks repeat; the others are blank."""
    periods: dict[SourceName, str] = field(default_factory=dict)
    """The period that all counts of a source have; its rows state none then."""
    format: int = FORMAT


def has_all_parts(after: Snapshot, before: Snapshot) -> bool:
    """Whether no part of `before` is missing: then numbers mean in `after` what they mean there."""
    return all(part in after.parts[name] for name, parts in before.parts.items() for part in parts)


def write_snapshot(snapshot: Snapshot) -> bytes:
    """Canonical JSON (RFC 8785)."""
    return rfc8785.dumps(asdict(snapshot))


def snapshot_id(data: bytes) -> SnapshotId:
    """The id of the snapshot whose canonical `snapshot.json` is `data`."""
    return SnapshotId(sha256(data).hexdigest()[:ID_LENGTH])


def read_snapshot(data: bytes, expected: SnapshotId) -> Snapshot:
    """`BadInputError` unless `data` is a snapshot of this format whose id is `expected`."""
    remedy = "Build the catalogue again"
    if snapshot_id(data) != expected:
        raise BadInputError("snapshot.json isn't what its id says", where=expected, remedy=remedy)
    try:
        snapshot = msgspec.json.decode(data, type=Snapshot)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadInputError(
            f"snapshot.json can't be read ({error})", where=expected, remedy=remedy
        ) from error
    if snapshot.format != FORMAT or set(snapshot.parts) != {table.name for table in TABLES}:
        raise BadInputError("a snapshot of another format", where=expected, remedy=remedy)
    return snapshot


def summarise(snapshot: Snapshot, snapshot_id: SnapshotId) -> SnapshotSummary:
    """What screens show of it."""
    return SnapshotSummary(
        snapshot_id,
        snapshot.parent,
        dict(snapshot.counts),
        dict(snapshot.listens.basis),
        snapshot.listens.total,
        tuple((source.name, source.version) for source in snapshot.sources),
    )
