"""`edition.json`, the edition's `index.parquet`, `<volume>.files.json` (docs/formats/edition.md)."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final, Self

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tenuto.formats.canonical import canonical, decoded
from tenuto.formats.parquet import WRITER, checked_batches
from tenuto.model.edition import EditionSummary, PublishedPlace, VolumeEntry
from tenuto.model.errors import BadInputError
from tenuto.model.ids import EditionId, RecordingId, Sha256
from tenuto.model.plan import Tier

EDITION_FORMAT: Final = "tenuto-edition-2"
FILES_FORMAT: Final = "tenuto-volume-files-1"

INDEX_SCHEMA: Final = pa.schema(
    [
        pa.field("recording_id", pa.string(), nullable=False),
        pa.field("volume", pa.string(), nullable=False),
        pa.field("path", pa.string(), nullable=False),
        pa.field("file_index", pa.int32(), nullable=False),
        pa.field("offset", pa.int64(), nullable=False),
        pa.field("length", pa.int64(), nullable=False),
        pa.field("tier", pa.string(), nullable=False),
        pa.field("sha256", pa.string(), nullable=False),
        pa.field("pieces_root", pa.string(), nullable=False),
        pa.field("licence", pa.string(), nullable=False),
    ]
)


class _EditionFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: str
    edition: EditionSummary


class _FilesFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: str
    files: tuple[VolumeEntry, ...]


def write_edition(summary: EditionSummary) -> bytes:
    """Canonical JSON (RFC 8785); the fields are those of `EditionSummary`."""
    return canonical(_EditionFile(EDITION_FORMAT, summary))


def read_edition(data: bytes) -> EditionSummary:
    """`BadInputError` where `data` isn't an `edition.json` of this version."""
    found = decoded(data, _EditionFile)
    if found.format != EDITION_FORMAT:
        raise BadInputError(f"an edition of format {found.format!r}", remedy="Use a newer Tenuto")
    return found.edition


def write_files(entries: Sequence[VolumeEntry]) -> bytes:
    """Which object each file of a volume is, in torrent order; canonical JSON."""
    return canonical(_FilesFile(FILES_FORMAT, tuple(entries)))


def read_files(data: bytes) -> tuple[VolumeEntry, ...]:
    """`BadInputError` where `data` isn't a `<volume>.files.json` of this version."""
    found = decoded(data, _FilesFile)
    if found.format != FILES_FORMAT:
        raise BadInputError(f"a file list of format {found.format!r}", remedy="Use a newer Tenuto")
    return found.files


class EditionIndexWriter:
    """Writes the edition's `index.parquet` volume by volume, so memory holds one volume's rows."""

    def __init__(self, path: Path) -> None:
        self._writer = pq.ParquetWriter(path, INDEX_SCHEMA, **WRITER)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()

    def write(self, places: Sequence[tuple[RecordingId, str, PublishedPlace]]) -> None:
        """(recording, licence, place) of one volume's recordings, in its order: one row group."""
        rows = [_row(*place) for place in places]
        self._writer.write_table(pa.Table.from_pylist(rows, schema=INDEX_SCHEMA))

    def take_over(self, rows: pa.Table) -> None:
        """One volume's rows, as a former edition's index has them."""
        self._writer.write_table(rows)


def read_places(
    source: Path | BinaryIO, edition: EditionId, *, max_rows: int | None = None
) -> Iterator[tuple[RecordingId, PublishedPlace]]:
    """Every recording's place, streamed volume by volume. `BadInputError`, also for more than `max_rows`."""
    for batch in checked_batches(source, INDEX_SCHEMA, max_rows=max_rows):
        for row in batch.to_pylist():
            yield RecordingId(row["recording_id"]), _place(row, edition)


def find_place(path: Path, edition: EditionId, recording: RecordingId) -> PublishedPlace | None:
    """One recording's place: one column is scanned, and one batch of the others read. `BadInputError`."""
    for batch in checked_batches(path, INDEX_SCHEMA):
        at = batch.column("recording_id").index(recording).as_py()
        if at >= 0:
            return _place(batch.slice(at, 1).to_pylist()[0], edition)
    return None


def published_objects(path: Path, objects: Collection[Sha256]) -> set[Sha256]:
    """Which of `objects` the edition publishes; one column is scanned, in bounded memory. `BadInputError`."""
    wanted, found = pa.array(sorted(objects), pa.string()), set[Sha256]()
    for batch in checked_batches(path, INDEX_SCHEMA):
        column = batch.column("sha256")
        found.update(column.filter(pc.is_in(column, wanted)).to_pylist())
    return found


def _row(recording: RecordingId, licence: str, place: PublishedPlace) -> dict[str, object]:
    return {
        "recording_id": recording,
        "volume": place.volume,
        "path": place.path,
        "file_index": place.file_index,
        "offset": place.offset,
        "length": place.length,
        "tier": place.tier,
        "sha256": place.object,
        "pieces_root": place.pieces_root,
        "licence": licence,
    }


def _place(row: dict[str, Any], edition: EditionId) -> PublishedPlace:
    try:
        tier = Tier(row["tier"])
    except ValueError as error:
        raise BadInputError(f"{row['tier']!r} is no tier", where=row["recording_id"]) from error
    return PublishedPlace(
        edition=edition,
        volume=row["volume"],
        path=row["path"],
        file_index=row["file_index"],
        offset=row["offset"],
        length=row["length"],
        tier=tier,
        object=Sha256(row["sha256"]),
        pieces_root=row["pieces_root"],
    )
