"""Harvest rows of a catalogue that nobody ever sang, at any size, by a law without a random generator."""

from pathlib import Path

import duckdb

from tenuto.catalogue import Harvest
from tenuto.model.ids import SourceName

_ROWS = """
SELECT 'synthetic' AS source, i AS ordinal, 'recording' AS entity, 'key-' || i AS key, '{}' AS raw,
    'Song ' || (i * 7919 % 500009) || ' of ' || (i % 9973) AS title,
    'Artist ' || (i // 20) AS artist, 'Album ' || (i // 10) AS release, 'album-' || (i // 10) AS release_key,
    'Artist ' || (i // 20) AS release_artist, 1::INTEGER AS disc_number,
    (i % 10 + 1)::INTEGER AS track_number, (1950 + i // 10 % 75)::INTEGER AS year,
    (90000 + i * 7907 % 300000)::BIGINT AS duration_ms, 'Genre ' || (i // 20 % 40) AS genre,
    'Label ' || (i // 500) AS label,
    CASE WHEN i % 10 < 7
        THEN [{'scheme': 'isrc', 'value': 'GBSYN' || lpad((i % (? * 98 // 100))::VARCHAR, 7, '0')}]
        ELSE [] END AS identifiers,
    CASE WHEN i % 3 = 0 THEN floor(10000000 / (i * 7919 % ? + 1)) END AS listens_count,
    CASE WHEN i % 3 = 0 THEN 'plays' END AS listens_unit, CASE WHEN i % 3 = 0 THEN '' END AS listens_window,
    [{'kind': 'table', 'statement': 'https://creativecommons.org/licenses/by/4.0/',
      'origin': 'column licence', 'holder': ''}] AS evidence,
    'https://example.org/audio/' || i || '.flac' AS location_uri, 'remote' AS location_access,
    (20000000 + i * 31 % 30000000)::BIGINT AS location_length, NULL::VARCHAR AS location_sha256,
    'audio/flac' AS location_media_type
FROM range(?) AS t(i)
"""


def synthetic_harvest(folder: Path, rows: int) -> Harvest:
    """`rows` recordings on releases of ten; a third is counted, 2 % share an ISRC with another."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "synthetic.parquet"
    with duckdb.connect(config={"threads": "2", "memory_limit": "400MB"}) as connection:
        connection.execute("SET enable_progress_bar = false")  # it would go to stdout
        connection.execute(
            f"COPY ({_ROWS}) TO ? (FORMAT parquet, COMPRESSION zstd)", [rows, rows, rows, str(path)]
        )
    return Harvest(SourceName("synthetic"), 1, str(rows), "CC0-1.0", "nobody", (path,))
