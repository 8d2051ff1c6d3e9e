"""The catalogue's core tables in Parquet: columns, keys, order, settings (docs/formats/snapshot.md)."""

from dataclasses import dataclass
from typing import Final

ROWS_PER_GROUP: Final = 8_192
"""Small enough that one row is read in milliseconds, large enough to compress well."""

PARQUET_SETTINGS: Final = "FORMAT parquet, PARQUET_VERSION V2, COMPRESSION zstd, COMPRESSION_LEVEL 3"
"""DuckDB's `COPY` options beside `ROW_GROUP_SIZE`. They must not change within one `TABLES_VERSION`."""

TABLES_VERSION: Final = 2
"""Of this module: columns, order and writer settings together."""


@dataclass(frozen=True, slots=True)
class Table:
    """One core table. Rows with equal `key` are replaced and removed together."""

    name: str
    columns: tuple[tuple[str, str], ...]
    """(name, SQL type) in file order."""
    key: tuple[str, ...]
    order: tuple[str, ...]
    """Total order of the rows in a part; starts with `key`."""
    ranges: tuple[str, ...]
    """Columns by which rows are looked up: `snapshot.json` states their range in each part."""

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.columns)

    @property
    def telling(self) -> tuple[str, ...]:
        """The columns whose change is a change of the row; that it has another `ordinal` is none."""
        return tuple(name for name in self.column_names if name != "ordinal" or name in self.key)


def _columns(text: str) -> tuple[tuple[str, str], ...]:
    pairs = (pair.split(" ") for pair in text.split(", "))
    return tuple((name, kind) for name, kind in pairs)


def _of_recordings(name: str, columns: str, order: str) -> Table:
    """A table with rows of a recording, which stand and fall together."""
    ordered = ("recording", *order.split(", "))
    return Table(name, _columns(f"recording UINTEGER, {columns}"), ("recording",), ordered, ("recording",))


RECORDINGS: Final = Table(
    "recordings",
    _columns(
        "number UINTEGER, id UUID, title VARCHAR, artist VARCHAR, artist_number UINTEGER, year INTEGER, "
        "duration_ms BIGINT, genre VARCHAR"
    ),
    *(("number",), ("number",), ("number", "id")),
)
RELEASES: Final = Table(
    "releases",
    _columns(
        "number UINTEGER, id UUID, title VARCHAR, artist VARCHAR, label VARCHAR, year INTEGER, genre VARCHAR"
    ),
    *(("number",), ("number",), ("number", "id")),
)
ARTISTS: Final = Table(
    "artists", _columns("number UINTEGER, id UUID, name VARCHAR"), ("number",), ("number",), ("number", "id")
)
TRACKS: Final = _of_recordings(
    "tracks", "place UINTEGER, release UINTEGER, disc_number INTEGER, track_number INTEGER", "place"
)
RIGHTS: Final = _of_recordings(
    "rights",
    "kind VARCHAR, statement VARCHAR, origin VARCHAR, holder VARCHAR",
    "kind, statement, origin, holder",
)
LOCATIONS: Final = _of_recordings(
    "locations",
    "uri VARCHAR, access VARCHAR, length BIGINT, sha256 VARCHAR, media_type VARCHAR, sha1 VARCHAR, "
    "md5 VARCHAR",
    "uri, access, length, sha256, media_type, sha1, md5",
)
LISTENS: Final = _of_recordings(
    "listens",
    "source VARCHAR, unit VARCHAR, period VARCHAR, count DOUBLE, listeners BIGINT, squares DOUBLE",
    "source, unit, period",
)
FEATURES: Final = _of_recordings(
    "features", "explicit BOOLEAN, key TINYINT, mode VARCHAR, tempo FLOAT", "explicit, key, mode, tempo"
)
LINKS: Final = _of_recordings(
    "links",
    "source VARCHAR, key VARCHAR, other_source VARCHAR, other_key VARCHAR, method VARCHAR, "
    "confidence DOUBLE, evidence VARCHAR, merged BOOLEAN",
    "source, key, other_source, other_key, method",
)
IDENTIFIERS: Final = Table(
    "identifiers",
    _columns("entity VARCHAR, number UINTEGER, scheme VARCHAR, value VARCHAR"),
    *(("entity", "number"), ("entity", "number", "scheme", "value"), ("entity", "number")),
)
NAMES: Final = Table(
    "names",
    _columns("name VARCHAR, entity VARCHAR, number UINTEGER"),
    *(("name",), ("name", "entity", "number"), ("name",)),
)
REDIRECTS: Final = Table("redirects", _columns("id UUID, target UUID"), ("id",), ("id",), ("id",))
SOURCE_ROWS: Final = Table(
    "source_rows",
    _columns(
        "entity VARCHAR, number UINTEGER, source VARCHAR, ordinal BIGINT, key VARCHAR, listens BOOLEAN, "
        "differs VARCHAR"
    ),
    *(("entity", "number"), ("entity", "number", "source", "ordinal"), ("entity", "number")),
)
UNPLACED_ROWS: Final = Table(
    "unplaced_rows",
    _columns("source VARCHAR, ordinal BIGINT, entity VARCHAR, key VARCHAR, reason VARCHAR"),
    *(("source", "ordinal"), ("source", "ordinal"), ("source", "ordinal")),
)

TABLES: Final = (
    *(RECORDINGS, RELEASES, ARTISTS, TRACKS, IDENTIFIERS, NAMES, RIGHTS, LOCATIONS, LISTENS),
    *(FEATURES, LINKS, REDIRECTS, SOURCE_ROWS, UNPLACED_ROWS),
)
