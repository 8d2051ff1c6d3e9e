"""The data dictionary of exports: every table and column, its type, meaning and key (docs/export.md)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

import rfc8785

from tenuto.formats.tables import TABLES, Table

POPULARITY: Final = Table(
    "popularity",
    (("number", "UINTEGER"), ("popularity", "UTINYINT"), ("basis", "VARCHAR")),
    ("number",),
    ("number",),
    ("number",),
)
"""The snapshot's popularity file as a table of its own."""

EXPORTED: Final = (*TABLES, POPULARITY)

REFERENCES: Final[Mapping[str, tuple[str, str]]] = {
    "recordings.artist_number": ("artists", "number"),
    "tracks.recording": ("recordings", "number"),
    "tracks.release": ("releases", "number"),
    **{
        f"{name}.recording": ("recordings", "number")
        for name in ("rights", "locations", "listens", "features", "links")
    },
    "redirects.target": ("recordings", "id"),
    "popularity.number": ("recordings", "number"),
}
"""`table.column` to the column that it names a row of."""

_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("recordings", "releases", "artists", "popularity"), ("number",)),
    "tracks": ("recording", "place"),
    "identifiers": ("entity", "number", "scheme", "value"),
    "names": ("name", "entity", "number"),
    "listens": ("recording", "source", "unit", "period"),
    "features": ("recording",),
    "redirects": ("id",),
    "source_rows": ("entity", "number", "source", "ordinal"),
    "unplaced_rows": ("source", "ordinal"),
}
"""Columns that name a row; the other tables have distinct whole rows, with nulls among them."""

_UNITS: Final[Mapping[str, str]] = {
    "duration_ms": "ms",
    "length": "bytes",
    "tempo": "beats a minute",
    "year": "year (Gregorian)",
}

_TABLES: Final[Mapping[str, str]] = {
    "recordings": "Distinct audio performances.",
    "releases": "Albums and singles as issued.",
    "artists": "Who recordings and releases are credited to.",
    "tracks": "Places of recordings on releases.",
    "identifiers": "ISRCs, MBIDs and barcodes of recordings, releases and artists.",
    "names": "The identifiers in the order of their values, for looking up.",
    "rights": "Statements on rights in recordings, as found.",
    "locations": "Where audio can be had.",
    "listens": "Counts of listens by source, unit and period.",
    "features": "What sources say of the sound and the words of recordings.",
    "links": "Why rows of different sources, or different rows of one, are one recording.",
    "redirects": "Ids that lead to a recording with another id.",
    "source_rows": "From which row of which source everything comes.",
    "unplaced_rows": "Rows of sources that belong to nothing, with the reason.",
    "popularity": "How much each recording is heard, relative to the most heard.",
}

_COLUMNS: Final[Mapping[str, str]] = {
    "number": "Number of the recording, release or artist; stands for its id in all tables of a snapshot.",
    "id": "Permanent id, a UUID of version 5.",
    "title": "Title.",
    "artist": "The credit as printed.",
    "artist_number": "The artist credited first.",
    "year": "Year of first publication, as stated.",
    "duration_ms": "Duration.",
    "genre": "Genres, the most fitting first, separated by a semicolon and a space.",
    "label": "The label as printed.",
    "name": "Name.",
    "recording": "Number of the recording.",
    "place": "Place among the recording's releases; 0 is the first. May have gaps in a public export.",
    "release": "Number of the release.",
    "disc_number": "Disc, from 1.",
    "track_number": "Track on its disc, from 1.",
    "entity": "What the number is of: recording, release or artist.",
    "scheme": "isrc (ISO 3901), mbid (MusicBrainz) or barcode (GS1).",
    "value": "The identifier.",
    "kind": "Where the statement stands: a tag, a table, a copyright file ...",
    "statement": "SPDX expression, licence URL, RightsStatements.org URI, or the text found.",
    "origin": "Where in the source it stands.",
    "holder": "Who holds the rights, as stated; empty where nothing is said.",
    "uri": "Address of the audio.",
    "access": "held (in the operator's hands) or remote.",
    "length": "Length of the file.",
    "sha256": "SHA-256 of the file, in hexadecimal.",
    "media_type": "Media type of the file (RFC 6838).",
    "sha1": "SHA-1 of the file, in hexadecimal.",
    "md5": "MD5 of the file, in hexadecimal.",
    "source": "Name of the source.",
    "unit": "What is counted.",
    "period": "When, as an ISO 8601 interval; empty where nothing is said.",
    "count": "How many.",
    "listeners": "By how many listeners.",
    "squares": "Sum over listeners of the square of each one's count; null where it equals the count.",
    "explicit": "Whether the words are marked explicit.",
    "key": "Pitch class of the tonic, 0 = C to 11 = B.",
    "mode": "major or minor.",
    "tempo": "Tempo.",
    "other_source": "Name of the source on the other side.",
    "other_key": "Key in the other source.",
    "method": "What ties the two: a scheme, a URL, the matcher or the operator.",
    "confidence": "Probability that the two are one recording.",
    "evidence": "What was found equal or alike.",
    "merged": "Whether the link took effect.",
    "target": "Id of the recording that it leads to.",
    "ordinal": "Place of the row in the source, from 0; rows that came later stand behind.",
    "listens": "Whether the row counts listens (and doesn't describe).",
    "differs": "What the row says other than the merged facts, as a JSON object; empty in public exports.",
    "reason": "Why the row belongs to nothing.",
    "popularity": "0 to 100: logarithm of the listens, relative to the most heard.",
    "basis": "counted, estimated, synthetic (drawn for a demonstration), or none.",
}

_SPECIAL: Final[Mapping[str, str]] = {
    "names.name": "Scheme, a colon, and the identifier.",
    "artists.name": "The artist's name.",
    "links.key": "Key in the source.",
    "source_rows.key": "Key of the row in its source.",
    "unplaced_rows.key": "Key of the row in its source.",
    "unplaced_rows.entity": "What the row speaks of: recording, release, artist or listens.",
}
"""Columns whose name means something else in one table."""


@dataclass(frozen=True, slots=True)
class ColumnDescription:
    """One column. `type` is the SQL type in the catalogue; a format may have none that fits exactly."""

    name: str
    type: str
    unit: str
    meaning: str
    references: str
    """`table.column`, or empty."""


@dataclass(frozen=True, slots=True)
class TableDescription:
    """One table. Its rows stand in ascending order of `order`; documents in that of recordings' numbers."""

    name: str
    meaning: str
    primary_key: tuple[str, ...]
    """Columns that name a row; empty where whole rows are distinct."""
    order: tuple[str, ...]
    columns: tuple[ColumnDescription, ...]


DOCUMENT: Final = TableDescription(
    "recordings",
    "One JSON document a recording and line, with all that belongs to it.",
    ("id",),
    (),
    tuple(
        ColumnDescription(name, kind, _UNITS.get(name, ""), meaning, "")
        for name, kind, meaning in (
            ("id", "UUID", _COLUMNS["id"]),
            ("title", "VARCHAR", _COLUMNS["title"]),
            ("artist", "VARCHAR", _COLUMNS["artist"]),
            ("artist_id", "UUID", "Id of the artist credited first, or null."),
            ("year", "INTEGER", _COLUMNS["year"]),
            ("duration_ms", "BIGINT", _COLUMNS["duration_ms"]),
            ("genre", "VARCHAR", _COLUMNS["genre"]),
            ("popularity", "UTINYINT", _COLUMNS["popularity"]),
            ("basis", "VARCHAR", _COLUMNS["basis"]),
            (
                "releases",
                "JSON",
                "id, title, artist, label, year, disc_number, track_number of each, the first first.",
            ),
            ("identifiers", "JSON", "scheme and value of each."),
            ("listens", "JSON", "source, unit, period, count, listeners of each count."),
            ("rights", "JSON", "kind, statement, origin, holder of each statement."),
            ("locations", "JSON", "uri, access, length, sha256, media_type, sha1, md5 of each."),
            ("features", "JSON", "explicit, key, mode, tempo; null where nothing is said."),
        )
    ),
)
"""The lines of a JSON Lines export."""


def described(tables: Sequence[Table]) -> tuple[TableDescription, ...]:
    """What the dictionary says of these tables."""
    return tuple(
        TableDescription(
            table.name,
            _TABLES[table.name],
            _KEYS.get(table.name, ()),
            table.order,
            tuple(_column(table, name, kind) for name, kind in table.columns),
        )
        for table in tables
    )


def write_dictionary(tables: Sequence[TableDescription]) -> bytes:
    """`dictionary.json`, canonical."""
    return rfc8785.dumps({"schema": "tenuto/dictionary/1", "tables": [asdict(table) for table in tables]})


def dictionary_page(tables: Sequence[TableDescription]) -> str:
    """`dictionary.md`: the same for people."""
    lines = ["# Data dictionary"]
    for table in tables:
        lines += ["", f"## {table.name}", "", table.meaning, ""]
        if table.primary_key:
            lines += [f"Key: {', '.join(table.primary_key)}.", ""]
        if table.order:
            lines += [f"Order: {', '.join(table.order)}.", ""]
        lines += ["| column | type | unit | meaning | names a row of |", "|---|---|---|---|---|"]
        lines += [
            f"| {column.name} | {column.type} | {column.unit} | {column.meaning} | {column.references} |"
            for column in table.columns
        ]
    return "\n".join(lines) + "\n"


def _column(table: Table, name: str, kind: str) -> ColumnDescription:
    place = f"{table.name}.{name}"
    references = ".".join(REFERENCES[place]) if place in REFERENCES else ""
    return ColumnDescription(
        name, kind, _UNITS.get(name, ""), _SPECIAL.get(place, _COLUMNS[name]), references
    )
