"""What was read and proved of each volume, kept in SQLite (docs/formats/health.md, clauses 1-6).

Bounded: of each volume and origin one reading a day, and beyond `KEEP_DAYS` one a month; proofs likewise.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from tenuto.model.edition import VolumeSummary
from tenuto.model.errors import BadInputError, NotFoundError
from tenuto.model.health import Mirror, MirrorKey, Outcome, Reading, Replica, VolumeHealth

DHT: Final = "dht"
"""The origin of readings from the distributed hash table; trackers go by their URL."""

KEEP_DAYS: Final = 90
"""How long every day's reading is kept, and an unanswered challenge."""

_SCHEMA: Final = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS volume (id INTEGER PRIMARY KEY, infohash TEXT UNIQUE NOT NULL);
CREATE TABLE IF NOT EXISTS origin (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL);
CREATE TABLE IF NOT EXISTS reading (volume INT, origin INT, day TEXT, seeders INT, peers INT NOT NULL,
    PRIMARY KEY (volume, origin, day)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS proof (volume INT, mirror TEXT, at TEXT, outcome TEXT NOT NULL,
    PRIMARY KEY (volume, mirror, at)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS challenge (id TEXT PRIMARY KEY, issued TEXT NOT NULL, document BLOB NOT NULL,
    answered TEXT) WITHOUT ROWID;
"""
_THIN: Final = """
DELETE FROM {table} WHERE substr({time}, 1, 10) < ? AND EXISTS (
    SELECT 1 FROM {table} AS later WHERE later.volume = {table}.volume AND later.{key} = {table}.{key}
    AND later.{time} > {table}.{time} AND later.{time} < substr({table}.{time}, 1, 7) || '-99')
"""
"""What has a later row of the same month."""


class History:
    """One writer at a time is its caller's business."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._ids: dict[tuple[str, str], int] = {}

    def add_readings(self, origin: str, day: date, readings: Mapping[str, Reading]) -> None:
        """What one origin said on a day, by v2 infohash; a later reading of the day replaces the former."""
        with self._db:
            source = self._id("origin", "name", origin)
            rows = (
                (self._volume(infohash), source, day.isoformat(), each.seeders, each.peers)
                for infohash, each in readings.items()
            )
            self._db.executemany("INSERT OR REPLACE INTO reading VALUES (?, ?, ?, ?, ?)", rows)

    def add_challenge(self, challenge: str, issued: str, document: bytes) -> None:
        with self._db:
            self._db.execute("INSERT INTO challenge VALUES (?, ?, ?, NULL)", (challenge, issued, document))

    def waiting_challenge(self, challenge: str) -> bytes:
        """A challenge that waits. `NotFoundError`; `BadInputError` where it was answered already."""
        found = self._db.execute("SELECT document, answered FROM challenge WHERE id = ?", (challenge,))
        row = found.fetchone()
        if row is None:
            raise NotFoundError(
                "nobody here issued the challenge that it answers, or long ago", where=challenge
            )
        document, answered = row
        if answered:
            raise BadInputError(f"its answer was recorded at {answered}", where=challenge)
        return bytes(document)

    def add_outcomes(
        self, challenge: str, mirror: MirrorKey, received: str, outcomes: Mapping[str, Outcome]
    ) -> None:
        """What an answer came to, by v2 infohash; its challenge can't be answered again."""
        with self._db:
            rows = ((self._volume(volume), mirror, received, each) for volume, each in outcomes.items())
            self._db.executemany("INSERT OR REPLACE INTO proof VALUES (?, ?, ?, ?)", rows)
            self._db.execute("UPDATE challenge SET answered = ? WHERE id = ?", (received, challenge))

    def asked(self, mirror: MirrorKey) -> dict[str, str]:
        """When each volume was last answered for, or not, by this mirror: time by v2 infohash."""
        query = """SELECT infohash, max(at) FROM proof JOIN volume ON id = volume
            WHERE mirror = ? GROUP BY volume"""
        return dict(self._db.execute(query, (mirror,)))

    def dht_days(self) -> dict[str, str]:
        """The day of each volume's newest reading from the distributed hash table, by v2 infohash."""
        query = """SELECT infohash, max(day) FROM reading JOIN volume ON volume.id = volume
            JOIN origin ON origin.id = origin WHERE name = ? GROUP BY volume"""
        return dict(self._db.execute(query, (DHT,)))

    def health(
        self, volumes: Iterable[VolumeSummary], mirrors: Sequence[Mirror], *, since: date
    ) -> Iterator[VolumeHealth]:
        """Each volume's health; proofs from before `since` count no more."""
        origins = dict(self._db.execute("SELECT id, name FROM origin").fetchall())
        for volume in volumes:
            found = self._db.execute("SELECT id FROM volume WHERE infohash = ?", (volume.infohash_v2,))
            row = found.fetchone()
            known = VolumeHealth(volume.name, volume.infohash_v2, volume.bytes)
            if row is None:
                yield known
                continue
            newest = {name: self._newest(row[0], origin) for origin, name in origins.items()}
            claims = [each for name, each in newest.items() if each and name != DHT]
            yield VolumeHealth(
                volume.name,
                volume.infohash_v2,
                volume.bytes,
                self._replicas(row[0], mirrors, since),
                max(claims, key=lambda each: (each.day, each.seeders or 0), default=None),
                newest.get(DHT),
            )

    def thin(self, today: date) -> None:
        """Drops what the bounds don't keep."""
        limit = (today - timedelta(days=KEEP_DAYS)).isoformat()
        with self._db:
            self._db.execute(_THIN.format(table="reading", time="day", key="origin"), (limit,))
            self._db.execute(_THIN.format(table="proof", time="at", key="mirror"), (limit,))
            self._db.execute("DELETE FROM challenge WHERE issued < ?", (limit,))

    def _newest(self, volume: int, origin: int) -> Reading | None:
        query = """SELECT day, seeders, peers FROM reading WHERE volume = ? AND origin = ?
            ORDER BY day DESC LIMIT 1"""
        row = self._db.execute(query, (volume, origin)).fetchone()
        return Reading(*row) if row else None

    def _replicas(self, volume: int, mirrors: Sequence[Mirror], since: date) -> tuple[Replica, ...]:
        """Of each mirror the newest answer counts: a later failure takes an earlier proof away."""
        # SQLite takes a bare column from the row that has the maximum (Quirks: bare columns in an aggregate).
        query = "SELECT mirror, max(at), outcome FROM proof WHERE volume = ? GROUP BY mirror"
        days = {
            key: at[:10]
            for key, at, outcome in self._db.execute(query, (volume,))
            if outcome == Outcome.PROVED and at[:10] >= since.isoformat()
        }
        return tuple(
            Replica(mirror.name, mirror.region, mirror.operator, days[mirror.key])
            for mirror in mirrors
            if mirror.key in days
        )

    def _volume(self, infohash: str) -> int:
        return self._id("volume", "infohash", infohash)

    def _id(self, table: str, column: str, name: str) -> int:
        if (table, name) not in self._ids:
            self._db.execute(f"INSERT OR IGNORE INTO {table} ({column}) VALUES (?)", (name,))  # noqa: S608 - names of ours
            query = f"SELECT id FROM {table} WHERE {column} = ?"  # noqa: S608 - names of ours
            self._ids[table, name] = self._db.execute(query, (name,)).fetchone()[0]
        return self._ids[table, name]


@contextmanager
def open_history(path: Path) -> Iterator[History]:
    """Made where it is missing."""
    path.parent.mkdir(exist_ok=True)
    with closing(sqlite3.connect(path)) as db:
        db.executescript(_SCHEMA)
        yield History(db)
