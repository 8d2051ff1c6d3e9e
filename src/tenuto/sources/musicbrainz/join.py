"""Joins the loaded tables with DuckDB, on disk where memory doesn't suffice: one Parquet file an answer."""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Final

import duckdb

from tenuto.sources.musicbrainz.load import REJECTS
from tenuto.sources.musicbrainz.schema import Table

_MEMORY: Final = "2GB"
_ROW_GROUP: Final = 16_384
"""Rows that a writing thread holds; with DuckDB's default a sort of wide rows met the memory limit."""


def join(scratch: Path, tables: Mapping[str, Table], *, genres: bool) -> None:
    """Answers every query in `sql/` over what `load` left in `scratch`, one after the other."""
    database = scratch / "joins.duckdb"
    settings: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "memory_limit": _MEMORY,
        "temp_directory": str(scratch / "spill"),
    }
    with duckdb.connect(database, config=settings) as connection:
        connection.execute("SET enable_progress_bar = false")  # it would go to stdout, which is for data
        _read(connection, REJECTS, scratch).create(REJECTS)
        for name, table in tables.items():
            _add(connection, name, table, scratch)
        connection.execute(_script("prepare"))
        for query in ("recordings", "recording_codes", "tracks", "releases", "artists", "rejects"):
            _write(connection, _script(query), answer(scratch, query))
        for table_name in ("recording", "release", "artist"):
            _write(connection, _script("merged", table=table_name), answer(scratch, f"{table_name}_merged"))
        if genres:
            _write(connection, _script("recording_genres"), answer(scratch, "recording_genres"))
    database.unlink()


def answer(scratch: Path, query: str) -> Path:
    """The file with a query's answer, in its order."""
    return scratch / "answers" / f"{query}.parquet"


def _write(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    options = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_ROW_GROUP}"
    connection.execute(f"COPY (\n{query}\n) TO ? ({options})", [str(path)])


def _add(connection: duckdb.DuckDBPyConnection, name: str, table: Table, scratch: Path) -> None:
    """A view of the table's name, in which no id stands twice."""
    if not table.keyed:
        _read(connection, name, scratch).create_view(name)
        return
    _read(connection, name, scratch).create_view(f"{name}_read")
    raw = "raw" if table.raw else f"to_json({name}_read)"
    connection.execute(_script("keyed", table=name, raw=raw))


def _read(connection: duckdb.DuckDBPyConnection, table: str, scratch: Path) -> duckdb.DuckDBPyRelation:
    path = str(scratch / f"{table}.parquet")
    literal = "".join(f"[{letter}]" if letter in "*?[" else letter for letter in path)  # it may be a pattern
    return connection.read_parquet(literal)


class _Script(Template):
    delimiter = "@"


def _script(name: str, **words: str) -> str:
    text = files(__package__).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
    return _Script(text).substitute(words)
