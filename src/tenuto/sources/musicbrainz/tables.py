"""The PostgreSQL dump: its tables joined by DuckDB, outside of memory where they don't fit."""

import errno
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any, Final

import duckdb

from tenuto import __version__
from tenuto.formats.text import clean
from tenuto.fsync import atomic_write_bytes, space_or
from tenuto.model.errors import SpaceError
from tenuto.model.ids import SourceKey, SourceName
from tenuto.model.ports import Reporter
from tenuto.model.source import Entity, Identifier, RejectedRow, SourceRow
from tenuto.sources.identifiers import barcode
from tenuto.sources.musicbrainz.load import REJECTS, load
from tenuto.sources.musicbrainz.rows import isrcs, mbid
from tenuto.sources.musicbrainz.schema import CORE, DERIVED, Table

_MEMORY: Final = "1GB"
_BATCH: Final = 8192
_LOADED: Final = "loaded"
"""Written last: says of which version the folder holds the tables."""

Item = SourceRow | RejectedRow
Values = tuple[Any, ...]
Section = tuple[Iterator[Values], Callable[[int, Values], Item]]
"""Rows of a query, and what makes a source row of one."""


class TableDumps:
    """Rows of a PostgreSQL dump: recordings, tracks, releases, artists, each by id; then the rejects."""

    def __init__(
        self, source: SourceName, paths: Sequence[Path], scratch: Path, version: str, *, genres: bool
    ) -> None:
        self._source, self._paths, self._scratch = source, paths, scratch
        self._version = f"{version}\ntenuto {__version__}\n"
        self._tables = CORE | (DERIVED if genres else {})
        self._genres = genres

    def rows(self, reporter: Reporter, *, start: int = 0) -> Iterator[Item]:
        """The tables are loaded once: they stay in the scratch folder until the last row was given."""
        ordinal = 0
        with _spaced(self._scratch):
            self._load(reporter)
            with _session(self._scratch, self._tables) as session:
                for values, make in self._sections(session):
                    for row in values:
                        if ordinal >= start:
                            yield make(ordinal, row)
                        ordinal += 1
            shutil.rmtree(self._scratch)

    def _load(self, reporter: Reporter) -> None:
        marker = self._scratch / _LOADED
        if marker.exists() and marker.read_text(encoding="utf-8") == self._version:
            return
        shutil.rmtree(self._scratch, ignore_errors=True)
        self._scratch.mkdir(parents=True)
        load(self._paths, self._tables, self._scratch, reporter)
        atomic_write_bytes(marker, self._version.encode())

    def _sections(self, session: "_Session") -> Iterator[Section]:
        yield self._recordings(session), self._recording
        yield session.stream(_script("tracks")), self._track
        yield self._with_redirects(session, "releases", "release"), self._release
        yield self._with_redirects(session, "artists", "artist"), self._artist
        yield session.stream("SELECT * FROM rejects ORDER BY rowid"), self._reject

    def _recordings(self, session: "_Session") -> Iterator[Values]:
        codes = _Beside(session.stream(_script("recording_codes")))
        genres = _Beside(session.stream(_script("recording_genres")) if self._genres else iter(()))
        for row in self._with_redirects(session, "recordings", "recording"):
            yield *row, codes.of(row[0]), genres.of(row[0])

    def _with_redirects(self, session: "_Session", script: str, table: str) -> Iterator[Values]:
        """Each row with the MBIDs that were merged into it."""
        merged = _Beside(session.stream(f"SELECT new_id, gid FROM {table}_gid_redirect ORDER BY ALL"))  # noqa: S608  names of our own
        for row in session.stream(_script(script)):
            yield *row, merged.of(row[0])

    def _recording(self, ordinal: int, values: Values) -> SourceRow:
        _, gid, name, artist, artist_key, length, raw, merged, codes, genres = values
        return SourceRow(
            self._source,
            ordinal,
            Entity.RECORDING,
            SourceKey(gid),
            raw,
            title=clean(name),
            artist=clean(artist or ""),
            artist_key=artist_key,
            duration_ms=_positive(length),
            genre="; ".join(map(clean, genres)),
            identifiers=(*_mbids(gid, merged), *isrcs(codes)),
        )

    def _track(self, ordinal: int, values: Values) -> Item:
        line, gid, name, artist, artist_key, length, disc, number, *on, raw = values
        if gid is None:
            what = "a track of a recording that isn't in the dump; fetch the dump again"
            return RejectedRow(self._source, ordinal, f"mbdump/track:{line}", what, raw)
        release_key, release, release_artist, year, label = on
        return SourceRow(
            self._source,
            ordinal,
            Entity.RECORDING,
            SourceKey(gid),
            raw,
            title=clean(name),
            artist=clean(artist or ""),
            artist_key=artist_key,
            release=clean(release or ""),
            release_key=release_key,
            release_artist=clean(release_artist or ""),
            disc_number=_positive(disc),
            track_number=_positive(number),
            year=_positive(year),
            duration_ms=_positive(length),
            label=clean(label or ""),
            identifiers=(mbid(gid),),
        )

    def _release(self, ordinal: int, values: Values) -> SourceRow:
        _, gid, name, artist, artist_key, year, label, code, raw, merged = values
        found = barcode(code or "")
        return SourceRow(
            self._source,
            ordinal,
            Entity.RELEASE,
            SourceKey(gid),
            raw,
            title=clean(name),
            artist=clean(artist or ""),
            artist_key=artist_key,
            year=_positive(year),
            label=clean(label or ""),
            identifiers=(*_mbids(gid, merged), *([found] if found else [])),
        )

    def _artist(self, ordinal: int, values: Values) -> SourceRow:
        _, gid, name, raw, merged = values
        return SourceRow(
            self._source,
            ordinal,
            Entity.ARTIST,
            SourceKey(gid),
            raw,
            title=clean(name),
            artist=clean(name),
            artist_key=SourceKey(gid),
            identifiers=_mbids(gid, merged),
        )

    def _reject(self, ordinal: int, values: Values) -> RejectedRow:
        return RejectedRow(self._source, ordinal, *values)


class _Beside:
    """What a second query says of the rows of a first, both in the order of the first's ids."""

    def __init__(self, pairs: Iterator[Values]) -> None:
        self._pairs = pairs
        self._next = next(pairs, None)

    def of(self, number: int) -> list[str]:
        """Asked for in ascending order; what belongs to no row is passed over."""
        found = []
        while self._next is not None and self._next[0] <= number:
            if self._next[0] == number:
                found.append(self._next[1])
            self._next = next(self._pairs, None)
        return found


class _Session:
    """Queries over the loaded tables, several at a time."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def stream(self, query: str) -> Iterator[Values]:
        cursor = self._connection.cursor()
        cursor.execute(query)
        while rows := cursor.fetchmany(_BATCH):
            yield from rows


@contextmanager
def _session(scratch: Path, tables: dict[str, Table]) -> Iterator[_Session]:
    database = scratch / "joins.duckdb"
    database.unlink(missing_ok=True)
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
            _table(connection, name, table, scratch)
        connection.execute(_script("prepare"))
        yield _Session(connection)


def _table(connection: duckdb.DuckDBPyConnection, name: str, table: Table, scratch: Path) -> None:
    if not table.keyed:
        _read(connection, name, scratch).create_view(name)
        return
    _read(connection, name, scratch).create_view(f"{name}_read")
    raw = "raw" if table.raw else f"to_json({name}_read)"
    connection.execute(_Script(_script("keyed")).substitute(table=name, raw=raw))


def _read(connection: duckdb.DuckDBPyConnection, table: str, scratch: Path) -> duckdb.DuckDBPyRelation:
    path = str(scratch / f"{table}.parquet")
    literal = "".join(f"[{letter}]" if letter in "*?[" else letter for letter in path)  # it may be a pattern
    return connection.read_parquet(literal)


class _Script(Template):
    delimiter = "@"


def _script(name: str) -> str:
    return files(__package__).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def _mbids(gid: str, merged: Sequence[str]) -> tuple[Identifier, ...]:
    return tuple([mbid(value) for value in (gid, *merged)])


def _positive(number: int | None) -> int | None:
    return number if number and number > 0 else None


@contextmanager
def _spaced(where: Path) -> Iterator[None]:
    """`SpaceError` for a full disk; DuckDB has no kind of its own for it and quotes the system's words."""
    try:
        yield
    except OSError as error:
        raise space_or(error, where) from error
    except duckdb.Error as error:
        full = isinstance(error, duckdb.OutOfMemoryException) or os.strerror(errno.ENOSPC) in str(error)
        if not full:
            raise
        remedy = "Free some space and run again; nothing is lost"
        raise SpaceError(
            "not enough disk or memory for the joins", where=str(where), remedy=remedy
        ) from error
