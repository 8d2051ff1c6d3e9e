"""A harvest: `rows-*.parquet`, `rejects.jsonl` and `harvest.json` of one source (docs/formats/harvest.md)."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import rfc8785

from tenuto.formats.harvest_columns import ROWS_SCHEMA, batch_of, evidence_of, leaves, rows_of
from tenuto.model.errors import ConfigurationError
from tenuto.model.rights import Evidence
from tenuto.model.source import Entity, RejectedRow, SourceDescription, SourceRow

FORMAT: Final = 2

ROWS_PER_SEGMENT: Final = 262_144
"""Rows of each segment but the last: what a harvest that was cut short reads again at most."""

ROWS_PER_GROUP: Final = 32_768
RAW_PER_GROUP: Final = 16 * 2**20
"""Bytes of `raw`. The two bound the memory of writer and reader, whatever the rows' number and length."""

_ROWS_PER_BLOCK: Final = 512

_UNLIKE: Final = {"ordinal", "raw", "location_uri"}
"""Columns whose values don't repeat: dictionaries of them would be made only to be thrown away."""

_WRITER: Final[dict[str, Any]] = {
    "version": "2.6",
    "data_page_version": "2.0",
    "compression": "zstd",
    "compression_level": 3,
    "store_schema": False,
    "use_dictionary": [name for name in leaves(ROWS_SCHEMA) if name not in _UNLIKE],
    "column_encoding": {"ordinal": "DELTA_BINARY_PACKED"},
}

_MEMORY: Final = 10_000
"""Different evidence that is remembered while reading."""


@dataclass(frozen=True, slots=True)
class Block:
    """A run of a source's items, rows and rejects: whatever ordinal isn't in one is in the other."""

    rows: pa.RecordBatch
    """Of `ROWS_SCHEMA`, ordinals ascending."""
    rejects: tuple[RejectedRow, ...] = ()

    @property
    def items(self) -> int:
        return len(self.rows) + len(self.rejects)

    def cut(self, rows: int) -> "tuple[Block, Block | None]":
        """Its first `rows` rows with the rejects before the next one, and what is left."""
        if rows >= len(self.rows):
            return self, None
        following = self.rows.column("ordinal")[rows].as_py()
        before = tuple(each for each in self.rejects if each.ordinal < following)
        return Block(self.rows[:rows], before), Block(self.rows[rows:], self.rejects[len(before) :])


def blocks_of(items: Iterable[SourceRow | RejectedRow]) -> Iterator[Block]:
    """A source's items by the hundreds, streamed."""
    stream = iter(items)
    while some := list(islice(stream, _ROWS_PER_BLOCK)):
        rows = [item for item in some if isinstance(item, SourceRow)]
        yield Block(batch_of(rows), tuple(item for item in some if isinstance(item, RejectedRow)))


def items_of(block: Block) -> Iterator[SourceRow | RejectedRow]:
    """The block's items by ordinal."""
    rejects = list(reversed(block.rejects))
    for row in rows_of(block.rows):
        while rejects and rejects[-1].ordinal < row.ordinal:
            yield rejects.pop()
        yield row
    yield from reversed(rejects)


def write_rows(path: Path, rows: Iterable[SourceRow]) -> int:
    """Streams `rows` into one segment; returns their number."""
    return write_batches(path, (block.rows for block in blocks_of(rows)))


def write_batches(path: Path, batches: Iterable[pa.RecordBatch]) -> int:
    """Streams rows into one segment; returns their number. Equal rows give equal bytes."""
    written = 0
    with pq.ParquetWriter(path, ROWS_SCHEMA, **_WRITER) as writer:
        for group in _groups(batches):
            writer.write_table(group, row_group_size=ROWS_PER_GROUP)
            written += len(group)
    return written


def _groups(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Cut by the rows alone, however they came in batches: else equal rows would give other bytes."""
    group: list[pa.RecordBatch] = []
    rows, raw = ROWS_PER_GROUP, RAW_PER_GROUP
    for each in batches:
        batch = each
        while len(batch):
            lengths = np.cumsum(pc.binary_length(batch.column("raw")))
            fitting = min(rows, int(np.searchsorted(lengths, raw)) + 1, len(batch))
            group.append(batch[:fitting])
            rows, raw, batch = rows - fitting, raw - int(lengths[fitting - 1]), batch[fitting:]
            if rows == 0 or raw <= 0:
                whole = pa.Table.from_batches(group).combine_chunks()
                group, rows, raw = [], ROWS_PER_GROUP, RAW_PER_GROUP
                yield whole
    if group:
        yield pa.Table.from_batches(group).combine_chunks()


def read_rows(path: Path) -> Iterator[SourceRow]:
    """The rows of one segment, in their order, streamed."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=ROWS_PER_GROUP // 4):
            yield from rows_of(batch)


def read_recordings_evidence(path: Path) -> Iterator[tuple[Evidence, ...]]:
    """The evidence of each recording row (those that speak of listens only are left out), streamed.

    Equal evidence but for its origin and holder comes as one and the same tuple: tables repeat few licences.
    """
    seen: dict[tuple[tuple[str, str], ...], tuple[Evidence, ...]] = {}
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=ROWS_PER_GROUP // 4, columns=["entity", "evidence"]):
            columns = batch.to_pydict()
            for entity, found in zip(columns["entity"], columns["evidence"], strict=True):
                if entity == Entity.RECORDING:
                    key = tuple((each["kind"], each["statement"]) for each in found)
                    if key not in seen and len(seen) < _MEMORY:
                        seen[key] = evidence_of(found)
                    yield seen.get(key) or evidence_of(found)


@dataclass(frozen=True, slots=True)
class Segment:
    """One Parquet file of a harvest's rows."""

    name: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class HarvestRecord:
    """What `harvest.json` says: whose rows these are, how many, and in which files."""

    description: SourceDescription
    done: int
    failed: int
    segments: tuple[Segment, ...]
    """In the order of the rows."""
    writer: str = f"pyarrow {pa.__version__}"
    format: int = FORMAT

    @property
    def entered(self) -> int:
        return self.done + self.failed

    @property
    def is_whole(self) -> bool:
        """False where the power failed while new rows took the place of these (clause 8): don't use them."""
        return bool(self.description.version)


@dataclass(frozen=True, slots=True)
class Progress:
    """What `progress.json` says of a harvest under way: how far it is durable."""

    description: SourceDescription
    maker: str
    """Tenuto and the Parquet writer, by version: others don't go on with it."""
    segments: tuple[Segment, ...] = ()
    failed: int = 0
    rejects_length: int = 0
    """Bytes of `rejects.jsonl` that belong to the finished segments; what is behind them is written again."""
    finished: bool = False
    """No row is missing: only the files' places are."""

    @property
    def entered(self) -> int:
        """Items behind us, hence the next item's ordinal."""
        return sum(segment.rows for segment in self.segments) + self.failed


def write_record(record: HarvestRecord) -> bytes:
    """Canonical JSON."""
    return rfc8785.dumps(asdict(record) | {"entered": record.entered})


def read_record(data: bytes, where: str) -> HarvestRecord:
    """`ConfigurationError` when it isn't one of this format whose counts add up."""
    remedy = "Harvest this source again with --force"
    try:
        members = msgspec.json.decode(data, type=dict[str, Any])
        entered = members.pop("entered")
        record = msgspec.convert(members, HarvestRecord)
    except (msgspec.MsgspecError, UnicodeDecodeError, KeyError) as error:
        raise ConfigurationError(f"not a harvest record ({error})", where=where, remedy=remedy) from error
    counted = record.done == sum(segment.rows for segment in record.segments)
    if record.format != FORMAT or entered != record.entered or not counted:
        raise ConfigurationError("an unknown format, or counts don't add up", where=where, remedy=remedy)
    return record


def write_progress(progress: Progress) -> bytes:
    """Canonical JSON."""
    return rfc8785.dumps(asdict(progress))


def read_progress(data: bytes) -> Progress | None:
    """None when it can't be read: what it spoke of is harvested again."""
    try:
        return msgspec.json.decode(data, type=Progress)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def write_reject(reject: RejectedRow) -> str:
    """One line of `rejects.jsonl`, its line feed included."""
    return rfc8785.dumps(asdict(reject)).decode() + "\n"


def read_reject(line: str) -> RejectedRow:
    return msgspec.json.decode(line, type=RejectedRow)
