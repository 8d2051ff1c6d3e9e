"""The tables of a PostgreSQL dump that are read: their columns in the dump's order, and those that are kept.

From MusicBrainz Server's `admin/sql/CreateTables.sql`. Newer schemas put new columns behind these.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

import pyarrow as pa


class Kind(Enum):
    """What a cell must hold."""

    NUMBER = "a whole number"
    NUMBER_OR_NULL = "a whole number or NULL"
    TEXT = "text"
    TEXT_OR_NULL = "text or NULL"
    MBID = "an MBID"


_NUMBERS: Final = {Kind.NUMBER, Kind.NUMBER_OR_NULL}


@dataclass(frozen=True, slots=True)
class Table:
    """`columns` are all; `kept` are those that the joins need. `id` among them must be unique."""

    columns: tuple[str, ...]
    kept: dict[str, Kind]
    raw: bool = False
    """Whether the whole row is kept too, as canonical JSON: of tables that become source rows."""

    @property
    def keyed(self) -> bool:
        return "id" in self.kept

    @property
    def stored(self) -> pa.Schema:
        fields = [
            pa.field(name, pa.int64() if kind in _NUMBERS else pa.string())
            for name, kind in self.kept.items()
        ]
        return pa.schema(
            [pa.field("line", pa.int64()), *fields, *([pa.field("raw", pa.string())] * self.raw)]
        )


_CHANGED = ("edits_pending", "last_updated")
_SPAN = (
    *("begin_date_year", "begin_date_month", "begin_date_day"),
    *("end_date_year", "end_date_month", "end_date_day"),
)
_REDIRECT: Final = Table(("gid", "new_id", "created"), {"gid": Kind.MBID, "new_id": Kind.NUMBER})
_NAME: Final = {"id": Kind.NUMBER, "name": Kind.TEXT}

CORE: Final[dict[str, Table]] = {
    "artist": Table(
        (
            *("id", "gid", "name", "sort_name", *_SPAN, "type", "area", "gender", "comment", *_CHANGED),
            *("ended", "begin_area", "end_area"),
        ),
        {"id": Kind.NUMBER, "gid": Kind.MBID, "name": Kind.TEXT},
        raw=True,
    ),
    "artist_credit": Table(("id", "name", "artist_count", "ref_count", "created"), _NAME),
    "artist_credit_name": Table(
        ("artist_credit", "position", "artist", "name", "join_phrase"),
        {"artist_credit": Kind.NUMBER, "position": Kind.NUMBER, "artist": Kind.NUMBER},
    ),
    "artist_gid_redirect": _REDIRECT,
    "genre": Table(("id", "gid", "name", "comment", *_CHANGED), _NAME),
    "isrc": Table(
        ("id", "recording", "isrc", "source", "edits_pending", "created"),
        {"recording": Kind.NUMBER, "isrc": Kind.TEXT},
    ),
    "label": Table(
        ("id", "gid", "name", *_SPAN, "label_code", "type", "area", "comment", *_CHANGED, "ended"), _NAME
    ),
    "medium": Table(
        ("id", "release", "position", "format", "name", *_CHANGED, "track_count"),
        {"id": Kind.NUMBER, "release": Kind.NUMBER, "position": Kind.NUMBER},
    ),
    "recording": Table(
        ("id", "gid", "name", "artist_credit", "length", "comment", *_CHANGED, "video"),
        {
            "id": Kind.NUMBER,
            "gid": Kind.MBID,
            "name": Kind.TEXT,
            "artist_credit": Kind.NUMBER,
            "length": Kind.NUMBER_OR_NULL,
        },
        raw=True,
    ),
    "recording_gid_redirect": _REDIRECT,
    "release": Table(
        (
            *("id", "gid", "name", "artist_credit", "release_group", "status", "packaging", "language"),
            *("script", "barcode", "comment", "edits_pending", "quality", "last_updated"),
        ),
        {
            "id": Kind.NUMBER,
            "gid": Kind.MBID,
            "name": Kind.TEXT,
            "artist_credit": Kind.NUMBER,
            "barcode": Kind.TEXT_OR_NULL,
        },
        raw=True,
    ),
    "release_country": Table(
        ("release", "country", "date_year", "date_month", "date_day"),
        {"release": Kind.NUMBER, "date_year": Kind.NUMBER_OR_NULL},
    ),
    "release_gid_redirect": _REDIRECT,
    "release_label": Table(
        ("id", "release", "label", "catalog_number", "last_updated"),
        {"id": Kind.NUMBER, "release": Kind.NUMBER, "label": Kind.NUMBER_OR_NULL},
    ),
    "release_unknown_country": Table(
        ("release", "date_year", "date_month", "date_day"),
        {"release": Kind.NUMBER, "date_year": Kind.NUMBER_OR_NULL},
    ),
    "track": Table(
        (
            *("id", "gid", "recording", "medium", "position", "number", "name", "artist_credit"),
            *("length", *_CHANGED, "is_data_track"),
        ),
        {
            "id": Kind.NUMBER,
            "recording": Kind.NUMBER,
            "medium": Kind.NUMBER,
            "position": Kind.NUMBER,
            "length": Kind.NUMBER_OR_NULL,
        },
        raw=True,
    ),
}
"""In `mbdump.tar.bz2`, CC0-1.0."""

DERIVED: Final[dict[str, Table]] = {
    "recording_tag": Table(
        ("recording", "tag", "count", "last_updated"),
        {"recording": Kind.NUMBER, "tag": Kind.NUMBER, "count": Kind.NUMBER},
    ),
    "tag": Table(("id", "name", "ref_count"), _NAME),
}
"""In `mbdump-derived.tar.bz2`, CC BY-NC-SA 3.0. A genre is a tag that has a genre's name."""

NEVER_EMPTY: Final = ("recording", "artist_credit", "artist_credit_name", "artist")
"""Tables that any dump has: the server leaves out empty ones, so the lack of another says nothing."""
