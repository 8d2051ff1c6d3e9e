"""The recordings of a package: each once, in the order of ids, however many there are."""

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from tenuto.model.ids import RecordingId

_PAGE: Final = 1000


class WorkList:
    """In a scratch file, so that memory doesn't grow with it."""

    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute("CREATE TABLE chosen (recording TEXT PRIMARY KEY) WITHOUT ROWID")

    def add(self, recordings: Iterable[RecordingId]) -> None:
        """Recordings that are in it already change nothing."""
        self._db.execute("BEGIN")
        self._db.executemany("INSERT OR IGNORE INTO chosen VALUES (?)", ((each,) for each in recordings))
        self._db.execute("COMMIT")

    def __len__(self) -> int:
        (found,) = self._db.execute("SELECT count(*) FROM chosen").fetchone()
        return int(found)

    def __iter__(self) -> Iterator[RecordingId]:
        last = ""
        while page := self._db.execute(
            "SELECT recording FROM chosen WHERE recording > ? ORDER BY recording LIMIT ?", (last, _PAGE)
        ).fetchall():
            yield from (RecordingId(each) for (each,) in page)
            (last,) = page[-1]

    def close(self) -> None:
        self._db.close()
