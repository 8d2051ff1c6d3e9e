"""Dumps in the shapes that MusicBrainz documents, made small; and its own test fixtures as such a dump."""

import io
import re
import tarfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from tenuto.sources.musicbrainz.schema import CORE, DERIVED
from tests.shared import SHARED_DATA

HEADS = {
    "TIMESTAMP": b"2026-05-20 00:10:01.5+00\n",
    "REPLICATION_SEQUENCE": b"184000\n",
    "SCHEMA_SEQUENCE": b"30\n",
}
TABLES = CORE | DERIVED

Row = Mapping[str, str | None]


def mbid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


_MODES: dict[str, Literal["w:xz", "w:bz2", "w:gz"]] = {".xz": "w:xz", ".bz2": "w:bz2", ".gz": "w:gz"}


def write_archive(path: Path, members: Mapping[str, bytes]) -> Path:
    """A tar archive as the server makes it: heads first, compressed as the name says."""
    with tarfile.open(path, _MODES[path.suffix]) as archive:
        for name, data in (*HEADS.items(), *members.items()):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def write_documents(folder: Path, entity: str, *documents: object, schema: bytes = b"1\n") -> Path:
    """`<entity>.tar.xz`; the last line has no line feed, as in the real ones."""
    lines = [each if isinstance(each, bytes) else msgspec.json.encode(each) for each in documents]
    members = {f"mbdump/{entity}": b"\n".join(lines), "JSON_DUMPS_SCHEMA_NUMBER": schema}
    return write_archive(folder / f"{entity}.tar.xz", members)


def copy_text(table: str, *rows: Row) -> bytes:
    """What `COPY table TO stdout` writes of `rows`; columns that a row doesn't name are NULL."""
    return b"".join(
        "\t".join(_escaped(row.get(column)) for column in TABLES[table].columns).encode() + b"\n"
        for row in rows
    )


def _escaped(value: str | None) -> str:
    if value is None:
        return r"\N"
    escapes = {"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r", "\v": r"\v", "\b": r"\b", "\f": r"\f"}
    return "".join(escapes.get(char, char) for char in value)


FIXTURES = SHARED_DATA / "musicbrainz_sql" / "t_sql_all.sql"

_REFERENCES = {
    "recording": {"artist_credit": "artist_credit"},
    "track": {"recording": "recording", "medium": "medium", "artist_credit": "artist_credit"},
    "medium": {"release": "release"},
    "release": {"artist_credit": "artist_credit"},
    "artist_credit_name": {"artist_credit": "artist_credit", "artist": "artist"},
    "isrc": {"recording": "recording"},
    "release_label": {"release": "release", "label": "label"},
    "release_country": {"release": "release"},
    "release_unknown_country": {"release": "release"},
    "recording_gid_redirect": {"new_id": "recording"},
    "release_gid_redirect": {"new_id": "release"},
    "artist_gid_redirect": {"new_id": "artist"},
}


def fixture_tables() -> dict[str, list[dict[str, str | None]]]:
    """The rows of the fixtures' INSERT statements, by table.

    The file is many fixtures behind one another, each a world of its own that counts its ids from 1: a world
    ends where an id comes a second time. Ids are counted anew here, over all worlds.
    """
    tables: dict[str, list[dict[str, str | None]]] = defaultdict(list)
    seen: dict[str, set[str | None]] = defaultdict(set)
    ids: dict[str, dict[object, str]] = defaultdict(dict)
    world = 0

    def anew(table: str, old: object) -> str:
        return ids[table].setdefault(old, str(len(ids[table]) + 1))

    for table, rows in _inserts(FIXTURES.read_text(encoding="utf-8")):
        new = {row["id"] for row in rows if "id" in row}
        if new & seen[table]:
            seen.clear()
            world += 1
        seen[table] |= new
        for row in rows:
            if "id" in TABLES[table].columns:
                row["id"] = anew(table, (world, row["id"]) if "id" in row else object())
            for column, target in _REFERENCES.get(table, {}).items():
                if row.get(column) is not None:
                    row[column] = anew(target, (world, row[column]))
            tables[table].append(row)
    return tables


_TOKEN = re.compile(
    r"\s+|--[^\n]*|/\*.*?\*/|(?P<text>[Ee]?'(?:[^']|'')*')|(?P<word>[A-Za-z_][\w.]*|-?[\d.]+)|(?P<mark>.)",
    re.DOTALL,
)


def _inserts(sql: str) -> Iterator[tuple[str, list[dict[str, str | None]]]]:
    """(table, rows) of each `INSERT INTO table (columns) VALUES (…), (…);` into a table that we read."""
    statement: list[str] = []
    for match in _TOKEN.finditer(sql):
        if match[0] == ";" and match.lastgroup == "mark":
            if statement[:1] == ["INSERT"] and (table := statement[2].removeprefix("musicbrainz.")) in TABLES:
                end = statement.index(")")
                columns = [each for each in statement[4:end] if each != ","]
                yield table, [dict(zip(columns, row, strict=True)) for row in _rows(statement[end + 2 :])]
            statement = []
        elif match.lastgroup:
            statement.append(match[0])


def _rows(tokens: Sequence[str]) -> Iterator[list[str | None]]:
    row: list[str | None] = []
    depth = 0
    for token in tokens:
        depth += {"(": 1, ")": -1}.get(token, 0)
        if token == ")" and not depth:
            yield row
            row = []
        elif depth == 1 and token not in {"(", ",", ")"}:
            row.append(_value(token))


def _value(token: str) -> str | None:
    if token.endswith("'"):
        return token.lstrip("Ee")[1:-1].replace("''", "'")
    return {"NULL": None, "TRUE": "t", "FALSE": "f"}.get(token.upper(), token)
