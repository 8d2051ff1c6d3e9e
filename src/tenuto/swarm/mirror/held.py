"""Which files a mirror holds, by digest: what a new volume needs may be in an older one."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from hashlib import file_digest
from pathlib import Path
from typing import Final

from tenuto.model.edition import VolumeEntry
from tenuto.model.ids import Sha256

_SCHEMA: Final = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS file (volume TEXT, path TEXT, object BLOB, PRIMARY KEY (volume, path))
    WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS file_object ON file (object);
"""


class Held:
    """Rows are written after their volume is durable in its place."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def add(self, volume: str, entries: Iterable[VolumeEntry]) -> None:
        rows = ((volume, entry.path, bytes.fromhex(entry.object)) for entry in entries)
        with self._db:
            self._db.executemany("INSERT OR REPLACE INTO file VALUES (?, ?, ?)", rows)

    def knows(self, volume: str) -> bool:
        """Not where a run was killed between the volume and its rows."""
        found = self._db.execute("SELECT 1 FROM file WHERE volume = ? LIMIT 1", (volume,))
        return found.fetchone() is not None

    def has(self, object_id: Sha256) -> bool:
        """Whether any file has these bytes."""
        return next(self.places(object_id), None) is not None

    def drop(self, volume: str) -> None:
        with self._db:
            self._db.execute("DELETE FROM file WHERE volume = ?", (volume,))

    def forget(self, volume: str, path: str) -> None:
        """One file that is gone."""
        with self._db:
            self._db.execute("DELETE FROM file WHERE volume = ? AND path = ?", (volume, path))

    def places(self, object_id: Sha256) -> Iterator[tuple[str, str]]:
        """(volume, path) of every file with these bytes."""
        query = "SELECT volume, path FROM file WHERE object = ? ORDER BY volume, path"
        yield from self._db.execute(query, (bytes.fromhex(object_id),))


def file_sha256(path: Path) -> Sha256:
    with path.open("rb") as file:
        return Sha256(file_digest(file, "sha256").hexdigest())


@contextmanager
def open_held(path: Path, *, read_only: bool = False) -> Iterator[Held]:
    """Rebuilt from nothing where the file is gone: then everything new is fetched."""
    with closing(
        sqlite3.connect(f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}", uri=True)
    ) as db:
        if not read_only:
            db.executescript(_SCHEMA)
        yield Held(db)
