"""Reads one snapshot through its serving database. Safe to share between threads."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote
from uuid import UUID

import msgspec

from tenuto.catalogue.derived import derived_path
from tenuto.catalogue.rows import DETAIL_COLUMNS, SUMMARY_COLUMNS, detail_of, summary_of
from tenuto.catalogue.snapshots import current
from tenuto.catalogue.words import Words
from tenuto.model.catalogue import RecordingDetail, RecordingSummary, SnapshotSummary, Statistics
from tenuto.model.errors import NotFoundError
from tenuto.model.ids import RecordingId
from tenuto.model.source import Scheme

T = TypeVar("T")

_PAGE = 2_000
"""Rows read at once by `ranked`."""


class SqliteCatalogue:
    """A `CatalogueReader` over `serving.sqlite`. Each thread has its own read-only connection."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            remedy = "Build it again with: tenuto catalogue build"
            raise NotFoundError(
                "the catalogue's serving database isn't there", where=str(path), remedy=remedy
            )
        self._uri = f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1"
        self._local = threading.local()

    def summary(self) -> SnapshotSummary:
        return self._paper("summary", SnapshotSummary)

    def statistics(self) -> Statistics:
        return self._paper("statistics", Statistics)

    def search(self, query: str, *, limit: int = 20, offset: int = 0) -> Sequence[RecordingSummary]:
        """Rows in rank order are rows in rowid order: the index stops at the last row wanted."""
        if not query.strip():
            statement = f"SELECT {SUMMARY_COLUMNS} FROM recordings WHERE rank >= ? ORDER BY rank LIMIT ?"  # noqa: S608 -- constant
            return [summary_of(row) for row in self._rows(statement, offset, limit)]
        match = self._words.prefixes(query)
        if not match:
            return []
        statement = (
            f"SELECT {SUMMARY_COLUMNS} FROM recordings WHERE rank IN "  # noqa: S608 -- constant
            "(SELECT rowid FROM search WHERE search MATCH ? ORDER BY rowid LIMIT ? OFFSET ?) ORDER BY rank"
        )
        return [summary_of(row) for row in self._rows(statement, match, limit, offset)]

    def show(self, identifier: str) -> RecordingDetail:
        rank = self._rank(identifier)
        if rank is None:
            remedy = "Look for it with: tenuto catalogue search WORDS"
            raise NotFoundError("no recording has this id, ISRC or MBID", where=identifier, remedy=remedy)
        statement = f"SELECT {DETAIL_COLUMNS} FROM recordings WHERE rank = ?"  # noqa: S608 -- constant
        return detail_of(self._rows(statement, rank)[0])

    def resolve(self, recording: RecordingId) -> RecordingId:
        key = _uuid_bytes(recording)
        found = None if key is None else self._follow(key)
        if found is None:
            raise NotFoundError("no recording has this id", where=recording)
        return RecordingId(str(UUID(bytes=found[0])))

    def ranked(self, *, start: int = 0) -> Iterator[RecordingDetail]:
        statement = f"SELECT {DETAIL_COLUMNS} FROM recordings WHERE rank >= ? ORDER BY rank LIMIT ?"  # noqa: S608 -- constant
        while rows := self._rows(statement, start, _PAGE):
            yield from map(detail_of, rows)
            start += len(rows)

    def _rank(self, identifier: str) -> int | None:
        text = identifier.strip()
        key = _uuid_bytes(text)
        if key is None:
            return self._named(Scheme.ISRC, text.replace("-", "").replace(" ", "").upper())
        found = self._follow(key)
        return self._named(Scheme.MBID, str(UUID(bytes=key))) if found is None else found[1]

    def _named(self, scheme: Scheme, value: str) -> int | None:
        rows = self._rows("SELECT rank FROM identifiers WHERE value = ? AND scheme = ?", value, scheme)
        return rows[0][0] if rows else None

    def _follow(self, key: bytes) -> tuple[bytes, int] | None:
        """The live id that an id leads to, and its rank."""
        rows = self._rows(
            "SELECT id, rank FROM ids "
            "WHERE id = coalesce((SELECT target FROM redirects WHERE redirects.id = ?1), ?1)",
            key,
        )
        return rows[0] if rows else None

    def _rows(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        return self._connection.execute(statement, parameters).fetchall()

    def _paper(self, name: str, kind: type[T]) -> T:
        ((data,),) = self._rows("SELECT json FROM papers WHERE name = ?", name)
        return msgspec.json.decode(data, type=kind)

    @property
    def _connection(self) -> sqlite3.Connection:
        if not hasattr(self._local, "connection"):
            self._local.connection = sqlite3.connect(self._uri, uri=True)
        connection: sqlite3.Connection = self._local.connection
        return connection

    @property
    def _words(self) -> Words:
        if not hasattr(self._local, "words"):
            self._local.words = Words()
        words: Words = self._local.words
        return words


def open_current(root: Path) -> SqliteCatalogue:
    """The archive's current snapshot. `NotFoundError` before the first build."""
    snapshot = current(root)
    if snapshot is None:
        remedy = "Build it with: tenuto catalogue build"
        raise NotFoundError("there is no catalogue yet", where=str(root), remedy=remedy)
    return SqliteCatalogue(derived_path(root, snapshot))


def _uuid_bytes(text: str) -> bytes | None:
    try:
        return UUID(text).bytes
    except ValueError:
        return None
