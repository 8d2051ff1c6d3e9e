"""What the catalogue's peers get: a harvest's recordings, one flat row each, and what they are asked."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow.parquet as pq

COLUMNS = (
    *("key", "title", "artist", "release", "release_key", "release_artist", "disc_number", "track_number"),
    *("year", "duration_ms", "genre", "label", "isrc", "listens_count", "location_uri", "location_length"),
    "licence",
)
LOOK_UPS = (
    "one recording by id",
    "one recording by ISRC",
    "20 most heard, title begins 'bancer'",
    "20 most heard, title begins 'ban'",
    "20 most heard with a word 'difforg'",
    "up to 100,000 in rank order",
)
"""Tenuto's search finds words anywhere in title, artist and release."""


def flat_rows(rows: Sequence[Path]) -> Iterator[list[list[object]]]:
    """Batches of rows, in the order of COLUMNS."""
    for path in rows:
        for batch in pq.ParquetFile(path).iter_batches(20_000):
            yield [_flat(row) for row in batch.to_pylist()]


def _flat(row: dict[str, object]) -> list[object]:
    named, evidence = row["identifiers"], row["evidence"]
    assert isinstance(named, list)
    assert isinstance(evidence, list)
    told = {
        "isrc": named[0]["value"] if named else None,
        "licence": evidence[0]["statement"] if evidence else None,
    }
    return [told[column] if column in told else row[column] for column in COLUMNS]
