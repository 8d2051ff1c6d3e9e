"""What a bag's manifests and documents list, in a scratch file: a bag may have any number of files."""

import sqlite3
import unicodedata
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


class Listing:
    """By path from the bag's folder. Paths that differ only in Unicode form find each other."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        db.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
            "CREATE TABLE stated (path TEXT, algorithm TEXT, digest TEXT, PRIMARY KEY (path, algorithm))"
            " WITHOUT ROWID;"
            "CREATE TABLE file (path TEXT PRIMARY KEY, form TEXT, seen INTEGER DEFAULT 0) WITHOUT ROWID;"
            "CREATE INDEX form ON file (form);"
            "CREATE TABLE told (path TEXT PRIMARY KEY, document BLOB) WITHOUT ROWID; BEGIN;"
        )

    def state(self, path: str, algorithm: str, digest: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO stated VALUES (?, ?, ?)", (path, algorithm, digest))
        self._db.execute("INSERT OR IGNORE INTO file (path, form) VALUES (?, ?)", (path, _form(path)))

    def tell(self, path: str, document: bytes) -> None:
        self._db.execute("INSERT OR REPLACE INTO told VALUES (?, ?)", (path, document))

    def find(self, path: str) -> dict[str, str]:
        """The digests stated for a file that is there, by algorithm; empty where none is."""
        found = self._db.execute(
            "SELECT path FROM file WHERE path = ?1 OR form = ?2 ORDER BY path <> ?1 LIMIT 1",
            (path, _form(path)),
        ).fetchone()
        if found is None:
            return {}
        self._db.execute("UPDATE file SET seen = 1 WHERE path = ?", found)
        return dict(self._db.execute("SELECT algorithm, digest FROM stated WHERE path = ?", found))

    def document(self, path: str) -> bytes | None:
        found = self._db.execute("SELECT document FROM told WHERE path = ?", (path,)).fetchone()
        return bytes(found[0]) if found else None

    def missing(self) -> Iterator[str]:
        """Paths that are listed, but weren't found."""
        for (path,) in self._db.execute("SELECT path FROM file WHERE NOT seen ORDER BY path"):
            yield path


@contextmanager
def open_listing(scratch: Path) -> Iterator[Listing]:
    """In a new file below `scratch`, gone at the end."""
    scratch.mkdir(parents=True, exist_ok=True)
    with (
        TemporaryDirectory(dir=scratch) as folder,
        closing(sqlite3.connect(Path(folder) / "listing", isolation_level=None)) as db,
    ):
        yield Listing(db)


def _form(path: str) -> str:
    return unicodedata.normalize("NFC", path)
