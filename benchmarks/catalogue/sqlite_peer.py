"""The rows in one flat table of SQLite with indexes: what the bulk archive of 2025 shipped."""

import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from benchmarks.catalogue.flat import COLUMNS, LOOK_UPS, flat_rows

_MOST_HEARD = "SELECT * FROM recordings WHERE title LIKE '{}' ORDER BY listens_count DESC LIMIT 20"
_STATEMENTS = (
    *("SELECT * FROM recordings WHERE key = ?", "SELECT * FROM recordings WHERE isrc = ?"),
    *(_MOST_HEARD.format(like) for like in ("bancer%", "ban%", "%difforg%")),
    "SELECT * FROM recordings ORDER BY listens_count DESC LIMIT 100000",
)


def build(root: Path, rows: Sequence[Path]) -> int:
    """Loads, then indexes; bytes of the database."""
    path = root / "peer.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute(f"CREATE TABLE recordings ({', '.join(COLUMNS)})")
    marks = ", ".join("?" * len(COLUMNS))
    for batch in flat_rows(rows):
        connection.executemany(f"INSERT INTO recordings VALUES ({marks})", batch)
    connection.execute("CREATE INDEX by_key ON recordings (key)")
    connection.execute("CREATE INDEX by_isrc ON recordings (isrc)")
    connection.execute("CREATE INDEX by_title ON recordings (title COLLATE NOCASE)")
    connection.commit()
    connection.close()
    return path.stat().st_size


def calls(root: Path, isrc: str) -> dict[str, Callable[[], object]]:
    """By the names in LOOK_UPS."""
    connection = sqlite3.connect(root / "peer.sqlite")
    ((key,),) = connection.execute("SELECT key FROM recordings WHERE isrc = ? LIMIT 1", [isrc])

    def read(statement: str) -> object:
        given = [isrc] if "isrc =" in statement else [key] if "key =" in statement else []
        return connection.execute(statement, given).fetchall()

    return {name: partial(read, each) for name, each in zip(LOOK_UPS, _STATEMENTS, strict=True)}
