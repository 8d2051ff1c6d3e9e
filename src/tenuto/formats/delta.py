"""`delta.json`: the files that lead from one snapshot of the catalogue to another (docs/formats/delta.md)."""

import re
from dataclasses import asdict, dataclass
from typing import Final

import msgspec
import rfc8785

from tenuto.formats.snapshot import Part, Snapshot
from tenuto.model.errors import BadInputError
from tenuto.model.ids import Sha256, SnapshotId

FORMAT: Final = 1

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_IDENTITY: Final = re.compile(r"[0-9a-f]{16}")
_REMEDY: Final = "Get the delta again"


@dataclass(frozen=True, slots=True, order=True)
class DeltaFile:
    """One file of the delta's folder; `bytes` is its length."""

    name: str
    sha256: Sha256
    bytes: int


@dataclass(frozen=True, slots=True)
class Delta:
    """What a folder holds beside `delta.json`. `base` is None where the delta needs no snapshot before it."""

    base: SnapshotId | None
    target: SnapshotId
    files: tuple[DeltaFile, ...]
    """By name."""
    format: int = FORMAT


def write_delta(delta: Delta) -> bytes:
    """Canonical JSON (RFC 8785)."""
    return rfc8785.dumps(asdict(delta))


def read_delta(data: bytes, where: str) -> Delta:
    """`BadInputError` unless `data` is a manifest of this format."""
    try:
        delta = msgspec.json.decode(data, type=Delta)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadInputError(f"delta.json can't be read ({error})", where=where, remedy=_REMEDY) from error
    if delta.format != FORMAT:
        remedy = "Apply it with the version of Tenuto that made it"
        raise BadInputError(f"a delta of format {delta.format}", where=where, remedy=remedy)
    if not all(_IDENTITY.fullmatch(each) for each in (delta.target, delta.base or delta.target)):
        raise BadInputError("delta.json names no snapshots", where=where, remedy=_REMEDY)
    return delta


def new_parts(base: Snapshot | None, target: Snapshot) -> list[tuple[str, Part]]:
    """(table, part) of the target's files that the base hasn't; each file once."""
    found: dict[tuple[str, str], Part] = {}
    for table, parts in target.parts.items():
        if not all(_DIGEST.fullmatch(part.sha256) for part in parts):
            raise BadInputError(f"a part of {table} has no SHA-256", remedy=_REMEDY)
        held = {part.file_name for part in base.parts[table]} if base else set()
        found |= {(table, part.file_name): part for part in parts if part.file_name not in held}
    return [(table, part) for (table, _), part in sorted(found.items(), key=lambda each: each[0])]


def files_of(base: Snapshot | None, target: Snapshot, record: DeltaFile) -> tuple[DeltaFile, ...]:
    """What a delta from `base` to `target` holds. `record` is the target's `snapshot.json`."""
    popularity = DeltaFile("popularity.parquet", target.popularity.sha256, target.popularity.bytes)
    parts = (
        DeltaFile(part_name(table, part), part.sha256, part.bytes) for table, part in new_parts(base, target)
    )
    return tuple(sorted((record, popularity, *parts)))


def part_name(table: str, part: Part) -> str:
    """A part's name in a delta's folder, where the tables stand side by side."""
    return f"{table}.{part.file_name}"
