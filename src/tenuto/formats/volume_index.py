"""`index.parquet` of a volume: a row a recording, in rank order (docs/formats/volume.md, clauses 4-7)."""

from collections.abc import Iterator
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tenuto.formats.parquet import WRITER, checked_batches
from tenuto.formats.volume import VolumeContent, VolumeItem
from tenuto.model.ids import RecordingId
from tenuto.model.source import Scheme

_EVIDENCE = pa.list_(
    pa.field(
        "element",
        pa.struct(
            [
                ("kind", pa.string()),
                ("statement", pa.string()),
                ("origin", pa.string()),
                ("holder", pa.string()),
            ]
        ),
    )
)
_STRINGS = pa.list_(pa.field("element", pa.string()))

INDEX_SCHEMA: Final = pa.schema(
    [
        pa.field("recording_id", pa.string(), nullable=False),
        pa.field("isrcs", _STRINGS, nullable=False),
        pa.field("mbids", _STRINGS, nullable=False),
        pa.field("title", pa.string(), nullable=False),
        pa.field("artist", pa.string(), nullable=False),
        pa.field("release", pa.string(), nullable=False),
        pa.field("year", pa.int32()),
        pa.field("path", pa.string(), nullable=False),
        pa.field("file_index", pa.int32(), nullable=False),
        pa.field("offset", pa.int64(), nullable=False),
        pa.field("length", pa.int64(), nullable=False),
        pa.field("sha256", pa.string(), nullable=False),
        pa.field("essence", pa.string(), nullable=False),
        pa.field("pieces_root", pa.string(), nullable=False),
        pa.field("tier", pa.string(), nullable=False),
        pa.field("media_type", pa.string(), nullable=False),
        pa.field("source_uri", pa.string(), nullable=False),
        pa.field("licence", pa.string(), nullable=False),
        pa.field("evidence", _EVIDENCE, nullable=False),
        pa.field("codec", pa.string(), nullable=False),
        pa.field("bit_rate", pa.int64(), nullable=False),
        pa.field("sample_rate_hz", pa.int32(), nullable=False),
        pa.field("channels", pa.int16(), nullable=False),
        pa.field("duration_ms", pa.int64(), nullable=False),
        pa.field("integrity", pa.string(), nullable=False),
        pa.field("integrated_lufs", pa.float64()),
        pa.field("loudness_range_lu", pa.float64()),
        pa.field("true_peak_dbtp", pa.float64()),
        pa.field("listens", pa.float64(), nullable=False),
        pa.field("listens_basis", pa.string(), nullable=False),
        pa.field("popularity", pa.int16(), nullable=False),
    ]
)


def write_index(content: VolumeContent) -> bytes:
    """The whole file; the same bytes for the same content and version of the writer."""
    table = pa.Table.from_pylist([_row(item) for item in content.items], schema=INDEX_SCHEMA)
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(sink, INDEX_SCHEMA, **WRITER) as writer:
        writer.write_table(table)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def read_index(data: bytes, *, max_rows: int | None = None) -> Iterator[dict[str, Any]]:
    """Its rows as dictionaries by column name. `BadInputError` where it isn't such a file."""
    for batch in checked_batches(pa.BufferReader(data), INDEX_SCHEMA, max_rows=max_rows):
        yield from batch.to_pylist()


def find_named(data: bytes, name: str) -> RecordingId | None:
    """The recording that has this ISRC (hyphens or not, any case) or MBID. `BadInputError`."""
    isrc, mbid = name.replace("-", "").upper(), name.lower()
    for batch in checked_batches(pa.BufferReader(data), INDEX_SCHEMA):
        for column, wanted in ("isrcs", isrc), ("mbids", mbid):
            names = batch.column(column)
            at = pc.list_flatten(names).index(wanted).as_py()
            if at >= 0:
                row = pc.list_parent_indices(names)[at].as_py()
                return RecordingId(batch.column("recording_id")[row].as_py())
    return None


def _row(item: VolumeItem) -> dict[str, object]:
    subject, about = item.cleared.subject, item.cleared.subject.characterisation
    recording, holding = subject.recording, subject.holding
    by_scheme: dict[Scheme, list[str]] = {scheme: [] for scheme in Scheme}
    for identifier in sorted(subject.identifiers, key=lambda identifier: identifier.value):
        by_scheme[identifier.scheme].append(identifier.value)
    return {
        "recording_id": recording.id,
        "isrcs": by_scheme[Scheme.ISRC],
        "mbids": by_scheme[Scheme.MBID],
        "title": recording.title,
        "artist": recording.artist,
        "release": recording.release,
        "year": recording.year,
        "path": "/".join(item.path),
        "file_index": item.placed.index,
        "offset": item.placed.offset,
        "length": item.placed.length,
        "sha256": subject.digests.sha256,
        "essence": about.essence,
        "pieces_root": subject.digests.pieces_root.hex(),
        "tier": holding.tier,
        "media_type": holding.media_type,
        "source_uri": holding.source_uri,
        "licence": item.cleared.licence,
        "evidence": [
            {"kind": e.kind, "statement": e.statement, "origin": e.origin, "holder": e.holder}
            for e in item.cleared.evidence
        ],
        "codec": about.codec,
        "bit_rate": about.bit_rate,
        "sample_rate_hz": about.sample_rate_hz,
        "channels": about.channels,
        "duration_ms": about.duration_ms,
        "integrity": about.integrity,
        "integrated_lufs": about.loudness.integrated_lufs,
        "loudness_range_lu": about.loudness.range_lu,
        "true_peak_dbtp": about.loudness.true_peak_dbtp,
        "listens": recording.popularity.listens,
        "listens_basis": recording.popularity.basis,
        "popularity": recording.popularity.popularity,
    }
