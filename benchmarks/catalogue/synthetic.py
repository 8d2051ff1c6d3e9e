"""Harvests of a catalogue that nobody ever sang, at any size, in the proportions of the largest known one.

Of N recordings: 0.229 N releases, 0.06 N artists, 1.38 recordings an ISRC (so 27 % repeat a song of another
release), listens by Zipf's law (P(listens >= n) = 100/n; three of ten recordings are counted nowhere), 4 %
with a location. `brainz` names N/10 more keys by MBID, two fifths of them songs of the first source by ISRC;
`scrobbles` counts half of those. Every value comes from a hash of its number: no random generator.
"""

from collections.abc import Iterator
from pathlib import Path

import duckdb

from tenuto.catalogue import Harvest
from tenuto.formats.harvest_columns import ROWS_SCHEMA
from tenuto.model.ids import SourceName

SEGMENT = 4_000_000
RELEASES, ARTISTS, SONGS = 58.6 / 256, 15.4 / 256, 1 / 1.38

_MACROS = """
-- A share of 1. One argument of hash() only: streams of hash(n, salt) are correlated.
CREATE MACRO draw(n, salt) AS ((hash(n * 1009 + salt) >> 11)::BIGINT / 9007199254740992.0);
CREATE MACRO syllable(k) AS substr(
    'bancerdifforguhhanjenkillommunnapperquirolsuntarvenwicxodyulzanbelcordunfalgorhiljankelmarnorteosky',
    (k % 32) * 3 + 1, 3);
CREATE MACRO spelled(k) AS syllable(k) || syllable(k // 32)
    || CASE WHEN k >= 1024 THEN syllable(k // 1024) ELSE '' END;
-- Words by Zipf's law: the logarithm of the place is uniform.
CREATE MACRO spoken(u) AS spelled(floor(exp(u * ln(30000.0)))::BIGINT);
CREATE MACRO titled(n, salt) AS spoken(draw(n, salt + 334))
    || CASE WHEN draw(n, salt + 371) < 0.8 THEN ' ' || spoken(draw(n, salt + 408)) ELSE '' END
    || CASE WHEN draw(n, salt + 371) < 0.4 THEN ' ' || spoken(draw(n, salt + 445)) ELSE '' END;
CREATE MACRO isrc_of(song) AS ['US','GB','DE','FR','QM','QZ','JP','BR','SE','NL'][(song // 100000 % 10) + 1]
    || substr('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', (song // 100000 * 7919 % 36 + 1)::INTEGER, 1)
    || substr('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', (song // 3600000 % 36 + 1)::INTEGER, 1)
    || substr('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', (song // 129600000 % 36 + 1)::INTEGER, 1)
    || lpad((song // 100000 % 25)::VARCHAR, 2, '0') || lpad((song % 100000)::VARCHAR, 5, '0');
CREATE MACRO key_of(n, salt) AS substr(to_base64(unhex(md5(salt || n))), 1, 22);
CREATE MACRO mbid_of(n) AS (md5('brainz' || n)::UUID)::VARCHAR;
CREATE MACRO artist_of(song) AS floor(@artists * pow(draw(song, 1), 2))::BIGINT;
CREATE MACRO named(artist) AS titled(artist, 40028) || ' ' || spelled(artist % 32768);
CREATE MACRO lasting(song) AS (60000 + floor(360000 * draw(song, 38) * draw(song, 75)))::BIGINT;
"""

_EMPTY = {
    "VARCHAR": "''",
    "list": "[]",
}

_RECORDINGS = """
WITH numbered AS (SELECT i, CASE WHEN i < @songs THEN i ELSE floor(@songs * draw(i, 112))::BIGINT END AS song,
    i * @releases // @recordings AS album FROM numbers AS t(i))
SELECT 'bulk' AS source, i + @releases AS ordinal, 'recording' AS entity, key_of(i, 'track') AS key,
    titled(song, 50035) AS title, named(artist_of(song)) AS artist, titled(album, 50035) AS release,
    key_of(album, 'album') AS release_key, named(artist_of(album * 7)) AS release_artist,
    1 AS disc_number, (i % 11 + 1) AS track_number, (2024 - floor(60 * pow(draw(album, 149), 3))) AS year,
    lasting(song) AS duration_ms, spelled(1000 + artist_of(song) % 300) AS genre,
    [{'scheme': 'isrc', 'value': isrc_of(song)}] AS identifiers,
    CASE WHEN draw(song, 186) < 0.7 THEN floor(100 / (draw(i, 223) + 1e-12)) END AS listens_count,
    CASE WHEN i % 10 = 0 THEN [{'kind': 'table', 'statement': ['https://creativecommons.org/licenses/by/4.0/',
        'https://creativecommons.org/publicdomain/zero/1.0/', 'https://creativecommons.org/licenses/by-nc/3.0/',
        'https://creativecommons.org/licenses/by-sa/4.0/'][(album % 4) + 1], 'origin': 'column licence',
        'holder': ''}] ELSE [] END AS evidence,
    CASE WHEN i % 25 = 0 THEN 'https://example.org/audio/' || i || '.flac' END AS location_uri,
    song % 12 AS features_key, (song % 10 = 0) AS features_explicit
FROM numbered
"""

_ALBUMS = """
SELECT 'bulk' AS source, album AS ordinal, 'release' AS entity, key_of(album, 'album') AS key,
    titled(album, 50035) AS title, named(artist_of(album * 7)) AS artist,
    spelled(2000 + album % 50000) AS label, (2024 - floor(60 * pow(draw(album, 149), 3))) AS year
FROM numbers AS t(album)
"""

_BRAINZ = """
SELECT 'brainz' AS source, i AS ordinal, 'recording' AS entity, mbid_of(i) AS key,
    titled(song, 50035) AS title, named(artist_of(song)) AS artist, lasting(song) + 137 AS duration_ms,
    CASE WHEN i % 5 < 2
        THEN [{'scheme': 'mbid', 'value': mbid_of(i)}, {'scheme': 'isrc', 'value': isrc_of(song)}]
        ELSE [{'scheme': 'mbid', 'value': mbid_of(i)}] END AS identifiers
FROM (SELECT i, floor(@songs * draw(i, 260))::BIGINT AS song FROM numbers AS t(i))
"""

_SCROBBLES = """
SELECT 'scrobbles' AS source, i AS ordinal, 'listens' AS entity, mbid_of(2 * i) AS key,
    [{'scheme': 'mbid', 'value': mbid_of(2 * i)}] AS identifiers,
    floor(10 / (draw(i, 297) + 1e-9)) AS listens_count
FROM numbers AS t(i)
"""


def synthetic_harvests(folder: Path, recordings: int) -> list[Harvest]:
    """The three harvests, in segments in `folder`; about 60 bytes a recording."""
    folder.mkdir(parents=True, exist_ok=True)
    sizes = {
        "recordings": recordings,
        "releases": int(recordings * RELEASES),
        "artists": int(recordings * ARTISTS) + 1,
        "songs": int(recordings * SONGS) + 1,
    }
    with duckdb.connect(config={"threads": "2", "memory_limit": "3GB"}) as connection:
        connection.execute("SET enable_progress_bar = false")  # it would go to stdout
        connection.execute(_filled(_MACROS, sizes))
        bulk = [
            *_segments(connection, folder / "bulk-a", _ALBUMS, sizes, sizes["releases"]),
            *_segments(connection, folder / "bulk-b", _RECORDINGS, sizes, recordings),
        ]
        brainz = [*_segments(connection, folder / "brainz", _BRAINZ, sizes, recordings // 10)]
        scrobbles = [*_segments(connection, folder / "scrobbles", _SCROBBLES, sizes, recordings // 20)]
    return [
        Harvest(SourceName("brainz"), 1, str(recordings), "CC0-1.0", "nobody", tuple(brainz)),
        Harvest(SourceName("bulk"), 2, str(recordings), "CC0-1.0", "nobody", tuple(bulk)),
        Harvest(SourceName("scrobbles"), 3, str(recordings), "CC0-1.0", "nobody", tuple(scrobbles)),
    ]


def _segments(
    connection: duckdb.DuckDBPyConnection, stem: Path, query: str, sizes: dict[str, int], rows: int
) -> Iterator[Path]:
    for number, low in enumerate(range(0, rows, SEGMENT)):
        path = stem.with_name(f"{stem.name}-{number:05}.parquet")
        # A table, because range() itself is read by one thread.
        connection.execute(
            f"CREATE OR REPLACE TABLE numbers AS FROM range({low}, {min(rows, low + SEGMENT)})"
        )
        columns = ", ".join(_column(field.name, str(field.type), query) for field in ROWS_SCHEMA)
        connection.execute(
            f"COPY (SELECT {columns} FROM ({_filled(query, sizes)})) TO ? "
            "(FORMAT parquet, PARQUET_VERSION V2, COMPRESSION zstd, ROW_GROUP_SIZE 122880)",
            [str(path)],
        )
        yield path


_KINDS = {"string": "VARCHAR", "int64": "BIGINT", "int32": "INTEGER", "double": "DOUBLE", "bool": "BOOLEAN"}
_KINDS |= {"int8": "TINYINT", "float": "FLOAT"}
_CONSTANT = {"raw": "'{}'", "listens_unit": "'listens'", "listens_window": "'2024-01-01/2024-12-31'"}
_LISTS = {
    "identifiers": "STRUCT(scheme VARCHAR, value VARCHAR)[]",
    "evidence": "STRUCT(kind VARCHAR, statement VARCHAR, origin VARCHAR, holder VARCHAR)[]",
}


def _column(name: str, kind: str, query: str) -> str:
    """The column as the query gives it, or what the format wants where it gives none."""
    sql_kind = _LISTS.get(name) or _KINDS[kind]
    if f" AS {name}" in query:
        return f"{name}::{sql_kind} AS {name}"
    if name.startswith("listens_") and name in _CONSTANT and " AS listens_count" in query:
        return f"CASE WHEN listens_count IS NOT NULL THEN {_CONSTANT[name]} END AS {name}"
    if name == "location_access" and " AS location_uri" in query:
        return "CASE WHEN location_uri IS NOT NULL THEN 'remote' END AS location_access"
    if name == "raw":
        return "'{}' AS raw"
    nullable = ROWS_SCHEMA.field(name).nullable
    return f"{'NULL' if nullable else '[]' if name in _LISTS else chr(39) * 2}::{sql_kind} AS {name}"


def _filled(text: str, names: dict[str, int]) -> str:
    for name, value in names.items():
        text = text.replace(f"@{name}", str(value))
    return text
