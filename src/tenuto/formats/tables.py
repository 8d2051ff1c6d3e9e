"""The catalogue's core tables in Parquet: columns, keys, order, settings (docs/formats/snapshot.md)."""

from dataclasses import dataclass
from typing import Final

PARQUET_SETTINGS: Final = (
    "FORMAT parquet, PARQUET_VERSION V2, COMPRESSION zstd, COMPRESSION_LEVEL 3, ROW_GROUP_SIZE 122880"
)
"""DuckDB's `COPY` options. They must not change within one `TABLES_VERSION`."""

TABLES_VERSION: Final = 1
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

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.columns)


RECORDINGS: Final = Table(
    "recordings",
    (
        *(("id", "UUID"), ("title", "VARCHAR"), ("artist_id", "UUID"), ("artist", "VARCHAR")),
        *(("year", "INTEGER"), ("duration_ms", "BIGINT"), ("genre", "VARCHAR")),
    ),
    key=("id",),
    order=("id",),
)
RELEASES: Final = Table(
    "releases",
    (
        *(("id", "UUID"), ("title", "VARCHAR"), ("artist", "VARCHAR"), ("label", "VARCHAR")),
        *(("year", "INTEGER"), ("genre", "VARCHAR")),
    ),
    key=("id",),
    order=("id",),
)
ARTISTS: Final = Table("artists", (("id", "UUID"), ("name", "VARCHAR")), key=("id",), order=("id",))
TRACKS: Final = Table(
    "tracks",
    (
        *(("recording_id", "UUID"), ("place", "INTEGER"), ("release_id", "UUID")),
        *(("disc_number", "INTEGER"), ("track_number", "INTEGER")),
    ),
    key=("recording_id",),
    order=("recording_id", "place"),
)
IDENTIFIERS: Final = Table(
    "identifiers",
    (("recording_id", "UUID"), ("scheme", "VARCHAR"), ("value", "VARCHAR")),
    key=("recording_id",),
    order=("recording_id", "scheme", "value"),
)
RIGHTS: Final = Table(
    "rights",
    (
        *(("recording_id", "UUID"), ("kind", "VARCHAR"), ("statement", "VARCHAR")),
        *(("origin", "VARCHAR"), ("holder", "VARCHAR")),
    ),
    key=("recording_id",),
    order=("recording_id", "kind", "statement", "origin", "holder"),
)
LOCATIONS: Final = Table(
    "locations",
    (
        *(("recording_id", "UUID"), ("uri", "VARCHAR"), ("access", "VARCHAR"), ("length", "BIGINT")),
        *(("sha256", "VARCHAR"), ("media_type", "VARCHAR")),
    ),
    key=("recording_id",),
    order=("recording_id", "uri", "access", "length", "sha256", "media_type"),
)
LISTENS: Final = Table(
    "listens",
    (
        *(("recording_id", "UUID"), ("source", "VARCHAR"), ("unit", "VARCHAR"), ("period", "VARCHAR")),
        ("count", "DOUBLE"),
    ),
    key=("recording_id",),
    order=("recording_id", "source", "unit", "period"),
)
REDIRECTS: Final = Table("redirects", (("id", "UUID"), ("target", "UUID")), key=("id",), order=("id",))
SOURCE_ROWS: Final = Table(
    "source_rows",
    (
        *(("source", "VARCHAR"), ("ordinal", "BIGINT"), ("entity", "VARCHAR"), ("key", "VARCHAR")),
        *(("id", "UUID"), ("reason", "VARCHAR")),
    ),
    key=("source", "ordinal"),
    order=("source", "ordinal"),
)

TABLES: Final = (
    *(RECORDINGS, RELEASES, ARTISTS, TRACKS, IDENTIFIERS),
    *(RIGHTS, LOCATIONS, LISTENS, REDIRECTS, SOURCE_ROWS),
)
