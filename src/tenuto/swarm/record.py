"""What a seeder remembers over a restart: bytes given, faults, how it fares (docs/formats/seeding.md)."""

import sqlite3
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tenuto.fsync import space_or
from tenuto.model.errors import ConfigurationError, NotFoundError

NAME: Final = "seeding.sqlite"
_VERSION: Final = 1
_SCHEMA: Final = f"""
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS torrent
    (infohash TEXT PRIMARY KEY, volume TEXT NOT NULL, uploaded INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS fault
    (volume TEXT, path TEXT, what TEXT NOT NULL, stamp TEXT, PRIMARY KEY (volume, path)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS report (one INTEGER PRIMARY KEY CHECK (one = 1), document TEXT NOT NULL);
PRAGMA user_version = {_VERSION};
"""
_BUSY_MILLISECONDS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Fault:
    """A file of a volume that isn't offered, and why.

    `stamp`: size, time and inode of the file when it failed (`stamp_of`); None: there was no file. It is
    offered again as soon as the stamp differs, for somebody has repaired it.
    """

    volume: str
    path: str
    what: str
    stamp: str | None


def stamp_of(path: Path) -> str | None:
    """One `stat`; None where there is no file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return f"{found.st_size} {found.st_mtime_ns} {found.st_ino}"


class SeedRecord:
    """One seeder writes; anybody may read meanwhile (`read_record`). Each call is a transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def add_uploaded(self, uploaded: Mapping[tuple[str, str], int]) -> None:
        """Payload bytes more, by (infohash, volume)."""
        rows = [(*torrent, count) for torrent, count in uploaded.items()]
        with self._db:
            self._db.executemany(
                "INSERT INTO torrent VALUES (?, ?, ?)"
                " ON CONFLICT DO UPDATE SET uploaded = uploaded + excluded.uploaded",
                rows,
            )

    def uploaded(self) -> int:
        """Payload bytes of all torrents that were ever seeded here."""
        (found,) = self._db.execute("SELECT coalesce(sum(uploaded), 0) FROM torrent").fetchone()
        return int(found)

    def faults(self, volume: str) -> tuple[Fault, ...]:
        rows = self._db.execute("SELECT * FROM fault WHERE volume = ? ORDER BY path", (volume,))
        return tuple(Fault(*row) for row in rows)

    def all_faults(self, limit: int) -> tuple[Fault, ...]:
        rows = self._db.execute("SELECT * FROM fault ORDER BY volume, path LIMIT ?", (limit,))
        return tuple(Fault(*row) for row in rows)

    def count_faults(self) -> int:
        (found,) = self._db.execute("SELECT count(*) FROM fault").fetchone()
        return int(found)

    def put_faults(self, volume: str, faults: Sequence[Fault]) -> None:
        """These are all that the volume has."""
        with self._db:
            self._db.execute("DELETE FROM fault WHERE volume = ?", (volume,))
            self._db.executemany(
                "INSERT INTO fault VALUES (?, ?, ?, ?)", [(f.volume, f.path, f.what, f.stamp) for f in faults]
            )

    def keep_faults(self, volumes: Container[str]) -> None:
        """Only of these: what isn't seeded any more can't be at fault."""
        known = [row[0] for row in self._db.execute("SELECT DISTINCT volume FROM fault")]
        with self._db:
            gone = [(volume,) for volume in known if volume not in volumes]
            self._db.executemany("DELETE FROM fault WHERE volume = ?", gone)

    def add_fault(self, fault: Fault) -> None:
        with self._db:
            self._db.execute(
                "INSERT OR REPLACE INTO fault VALUES (?, ?, ?, ?)",
                (fault.volume, fault.path, fault.what, fault.stamp),
            )

    def put_report(self, document: str | None) -> None:
        """How the seeder fares now; None when it ends."""
        with self._db:
            self._db.execute("DELETE FROM report")
            if document is not None:
                self._db.execute("INSERT INTO report VALUES (1, ?)", (document,))

    def report(self) -> str | None:
        found = self._db.execute("SELECT document FROM report").fetchone()
        return str(found[0]) if found else None


@contextmanager
def open_record(path: Path | None) -> Iterator[SeedRecord]:
    """For a seeder. Without a path it is forgotten at the end. `ConfigurationError`, `SpaceError`."""
    try:
        with closing(sqlite3.connect(path or ":memory:", timeout=_BUSY_MILLISECONDS / 1000)) as db:
            _require_version(db, path)
            db.executescript(_SCHEMA)
            yield SeedRecord(db)
    except sqlite3.Error as error:
        raise space_or(error, path or "") from error


@contextmanager
def read_record(path: Path) -> Iterator[SeedRecord]:
    """For who only looks. `NotFoundError` where nobody has seeded yet."""
    if not path.is_file():
        raise NotFoundError("nothing was seeded here yet", where=str(path.parent), remedy="tenuto seed")
    uri = f"{path.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, timeout=_BUSY_MILLISECONDS / 1000)) as db:
        _require_version(db, path)
        yield SeedRecord(db)


def _require_version(db: sqlite3.Connection, path: Path | None) -> None:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version > _VERSION:
        raise ConfigurationError(
            f"{NAME} has version {version}, this Tenuto knows {_VERSION}",
            where=str(path),
            remedy="Use a newer Tenuto, or move the file away: it is begun anew",
        )
