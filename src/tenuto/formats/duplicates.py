"""What is held more than once: `clusters.parquet`, `pairs.parquet`, `doubts.parquet`, `duplicates.json`.

Specified in docs/formats/duplicates.md.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import rfc8785

from tenuto.formats.parquet import WRITER, checked_batches
from tenuto.model.duplicates import DuplicatesSummary, Member, Pair, Tie
from tenuto.model.errors import BadInputError
from tenuto.model.ids import DuplicatesId, RecordingId, Sha256

FORMAT: Final = "tenuto-duplicates-1"
ROWS_PER_GROUP: Final = 8_192
"""So that one recording's rows are found by reading little (clause 2)."""


def _schema(*columns: tuple[str, pa.DataType]) -> pa.Schema:
    return pa.schema([pa.field(name, kind, nullable=False) for name, kind in columns])


MEMBERS: Final = _schema(
    ("recording", pa.string()), ("cluster", pa.string()), ("place", pa.int64()), ("object", pa.string())
)
PAIRS: Final = _schema(
    *(("one", pa.string()), ("other", pa.string()), ("tie", pa.string())),
    *(("error", pa.float64()), ("offset_s", pa.float64()), ("overlap_s", pa.float64())),
)


class _File(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    format: str
    id: str
    objects: int
    clusters: int
    members: int
    pairs: dict[Tie, int]
    sha256: dict[str, str]


def write_members(path: Path, members: Iterable[Member]) -> None:
    """Streams members, in the order given (by cluster and place)."""
    _write(path, MEMBERS, ((m.recording, m.cluster, m.place, m.object) for m in members))


def write_pairs(path: Path, pairs: Iterable[Pair]) -> None:
    """Streams pairs, each from both sides, in the order given (by `one` and `other`)."""
    rows = ((p.one, p.other, str(p.tie), p.error, p.offset_s, p.overlap_s) for p in pairs)
    _write(path, PAIRS, rows)


def read_members(path: Path) -> Iterator[Member]:
    """All members by cluster and place, streamed. `BadInputError` where it isn't such a file."""
    for recording, cluster, place, name in _rows(path, MEMBERS):
        yield Member(RecordingId(recording), RecordingId(cluster), place, Sha256(name))


def read_pairs(path: Path) -> Iterator[Pair]:
    """All pairs, each from both sides, streamed. `BadInputError` where it isn't such a file."""
    return map(_pair, _rows(path, PAIRS))


def pairs_of(path: Path, recording: RecordingId) -> tuple[Pair, ...]:
    """One recording's pairs, as `one`. Reads the row groups that may hold them. `BadInputError`."""
    try:
        found = pq.read_table(path, schema=PAIRS, filters=[("one", "=", recording)])
    except (pa.ArrowException, OSError) as error:
        raise _fault(str(error)) from error
    return tuple(_pair(tuple(row.values())) for row in found.to_pylist())


def encode_summary(summary: DuplicatesSummary, sha256: Mapping[str, str]) -> tuple[DuplicatesId, bytes]:
    """`duplicates.json`, canonical, and the id that its content gives it (clause 7), not `summary.id`.

    `sha256`: the files' digests by name.
    """
    content: dict[str, Any] = {
        "format": FORMAT,
        "objects": summary.objects,
        "clusters": summary.clusters,
        "members": summary.members,
        "pairs": {str(tie): count for tie, count in summary.pairs.items()},
        "sha256": dict(sha256),
    }
    identity = _identify(content)
    return identity, rfc8785.dumps({**content, "id": identity})


def decode_summary(data: bytes) -> DuplicatesSummary:
    """Reads `duplicates.json`; its id is checked. `BadInputError` if anything is amiss."""
    try:
        raw = msgspec.json.decode(data, type=_File)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _fault(str(error)) from error
    content: dict[str, Any] = msgspec.to_builtins(raw)
    if raw.format != FORMAT or _identify({k: v for k, v in content.items() if k != "id"}) != raw.id:
        raise _fault("its format is another, or its id isn't that of its content")
    return DuplicatesSummary(DuplicatesId(raw.id), raw.objects, raw.clusters, raw.members, raw.pairs)


def _identify(content: Mapping[str, Any]) -> DuplicatesId:
    return DuplicatesId(hashlib.sha256(rfc8785.dumps(dict(content))).hexdigest()[:16])


def _write(path: Path, schema: pa.Schema, rows: Iterable[tuple[Any, ...]]) -> None:
    source = iter(rows)
    with pq.ParquetWriter(path, schema, store_schema=False, use_dictionary=["tie"], **WRITER) as writer:
        while batch := list(islice(source, ROWS_PER_GROUP)):
            arrays = [
                pa.array(column, field.type)
                for column, field in zip(zip(*batch, strict=True), schema, strict=True)
            ]
            writer.write_table(pa.table(arrays, schema=schema), row_group_size=ROWS_PER_GROUP)


def _rows(path: Path, schema: pa.Schema) -> Iterator[tuple[Any, ...]]:
    for batch in checked_batches(path, schema):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _pair(row: tuple[Any, ...]) -> Pair:
    one, other, tie, *measured = row
    try:
        return Pair(one, other, Tie(tie), *measured)
    except ValueError as unknown:
        raise _fault(str(unknown)) from unknown


def _fault(what: str) -> BadInputError:
    return BadInputError(f"not a table of duplicates: {what}", remedy="Run `tenuto duplicates find` again")
