"""The ledger in SQLite: WAL, one transaction a batch, running totals by trigger."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Self

from tenuto.formats import characterisation as characterisation_format
from tenuto.fsync import space_or
from tenuto.model.audio import Characterisation
from tenuto.model.errors import ConfigurationError
from tenuto.model.ids import RecordingId, Sha256
from tenuto.model.objects import Holding, ObjectDigests
from tenuto.model.plan import Tier
from tenuto.model.work import Counts, Outcome, Stage, Status

MIGRATIONS = ("0001_ledger.sql", "0002_tiers_and_integrity.sql")
"""In order; `PRAGMA user_version` is the number of those applied."""

_LOOKUP_BATCH = 500

_HELD = """
SELECT h.recording, h.tier, h.object, h.media_type, h.extension, h.source_uri, h.characterisation,
       o.length, o.blake3, o.pieces_root, o.piece_layer, o.v1_pieces, o.v1_tail
FROM holding h JOIN object o ON o.sha256 = h.object
"""

_BEST_FIRST = """
CASE h.tier WHEN 'original' THEN 0 WHEN 'access-high' THEN 1 WHEN 'access' THEN 2 ELSE 3 END
"""

_UNSOUND = "WHERE h.integrity <> 'sound'"

_HOLD = """
INSERT INTO holding VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
    object = excluded.object, media_type = excluded.media_type, extension = excluded.extension,
    source_uri = excluded.source_uri, integrity = excluded.integrity,
    characterisation = excluded.characterisation
"""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided. `at` is an RFC 3339 time in UTC; `reason` says where or why."""

    at: str
    action: str
    subject: str
    reason: str


class SqliteLedger:
    """`tenuto.model.ports.Ledger`, and the table of what is held.

    One writer at a time is the archive lock's business; readers see the last committed state.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        if read_only and not path.exists():
            raise ConfigurationError("the ledger is missing", where=str(path), remedy="Is this an archive?")
        uri = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}"
        self._db = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA busy_timeout = 10000")
        try:
            self._check_version(path, oldest=len(MIGRATIONS) if read_only else 0)
            if not read_only:
                self._prepare()
        except sqlite3.Error as error:
            self._db.close()
            raise space_or(error, path) from error

    def _prepare(self) -> None:
        self._db.executescript(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON"
        )
        version = self._version()
        for number, name in enumerate(MIGRATIONS[version:], version + 1):
            script = (files(__package__) / name).read_text(encoding="utf-8")
            self._db.executescript(f"BEGIN; {script} PRAGMA user_version = {number}; COMMIT;")

    def _version(self) -> int:
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        return int(version)

    def _check_version(self, path: Path, *, oldest: int) -> None:
        version, newest = self._version(), len(MIGRATIONS)
        if oldest <= version <= newest:
            return
        self._db.close()
        remedy = (
            "Use the newer Tenuto that wrote it"
            if version > newest
            else f"Bring it up to date with: tenuto init {path.parent}"
        )
        raise ConfigurationError(
            f"the ledger has version {version}, this Tenuto reads {newest}", where=str(path), remedy=remedy
        )

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Items

    def record(self, stage: Stage, outcomes: Iterable[Outcome], held: "Iterable[Held]" = ()) -> None:
        """As `Ledger.record`; `held` are recordings whose objects have become durable in the store."""
        rows = [(stage, o.key, o.status, o.bytes, o.detail) for o in outcomes]
        with self._transaction():
            for holding, digests, found in held:
                self._hold(holding, digests, found)
            self._db.executemany(
                "INSERT INTO item VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET status = excluded.status,"
                " bytes = excluded.bytes, detail = excluded.detail",
                rows,
            )

    def status_of(self, stage: Stage, keys: Sequence[str]) -> dict[str, Status]:
        found: dict[str, Status] = {}
        for start in range(0, len(keys), _LOOKUP_BATCH):
            some = keys[start : start + _LOOKUP_BATCH]
            marks = ",".join("?" * len(some))
            query = f"SELECT key, status FROM item WHERE stage = ? AND key IN ({marks})"  # noqa: S608 - only marks
            found.update((key, Status(status)) for key, status in self._db.execute(query, (stage, *some)))
        return found

    def counts(self, stage: Stage) -> Counts:
        rows = self._db.execute("SELECT status, items, bytes FROM tally WHERE stage = ?", (stage,))
        items = dict.fromkeys(Status, 0)
        done_bytes = 0
        for status, n, total in rows:
            items[Status(status)] = n
            done_bytes += total if status == Status.DONE else 0
        done, skipped, failed = (items[s] for s in (Status.DONE, Status.SKIPPED, Status.FAILED))
        return Counts(done + skipped + failed, done, skipped, failed, done_bytes)

    def outcome(self, stage: Stage, key: str) -> Outcome | None:
        """An item's last one."""
        query = "SELECT status, bytes, detail FROM item WHERE stage = ? AND key = ?"
        row = self._db.execute(query, (stage, key)).fetchone()
        return Outcome(key, Status(row[0]), row[1], row[2]) if row else None

    def failures(self, stage: Stage, *, limit: int = -1) -> Iterator[Outcome]:
        """Failed items by key, with their errors: all of them, or the first `limit`. Streamed."""
        rows = self._db.execute(
            "SELECT key, bytes, detail FROM item WHERE stage = ? AND status = 'failed' ORDER BY key LIMIT ?",
            (stage, limit),
        )
        yield from (Outcome(key, Status.FAILED, size, detail) for key, size, detail in rows)

    # Objects and holdings

    def _hold(self, holding: Holding, digests: ObjectDigests, found: Characterisation) -> None:
        self._insert_object(digests)
        self._db.execute(
            _HOLD,
            (
                holding.recording,
                holding.tier,
                bytes.fromhex(holding.object),
                holding.media_type,
                holding.extension,
                holding.source_uri,
                found.integrity,
                characterisation_format.encode(found),
            ),
        )

    def record_object(self, digests: ObjectDigests) -> None:
        """An object without a recording: a volume's papers."""
        with self._transaction():
            self._insert_object(digests)

    def _insert_object(self, d: ObjectDigests) -> None:
        self._db.execute(
            "INSERT OR IGNORE INTO object VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                bytes.fromhex(d.sha256),
                d.length,
                bytes.fromhex(d.blake3),
                d.pieces_root,
                d.piece_layer,
                d.v1_pieces,
                d.v1_tail,
            ),
        )

    def held(self, recording: RecordingId) -> "list[Held]":
        """All holdings of a recording, the best first."""
        return list(self._held(f"WHERE h.recording = ? ORDER BY {_BEST_FIRST}", (recording,)))

    def held_of(self, recordings: Sequence[RecordingId]) -> "dict[RecordingId, Held]":
        """Of each recording that is held its best holding."""
        found: dict[RecordingId, Held] = {}
        for start in range(0, len(recordings), _LOOKUP_BATCH):
            some = recordings[start : start + _LOOKUP_BATCH]
            marks = ",".join("?" * len(some))
            tail = f"WHERE h.recording IN ({marks}) ORDER BY h.recording, {_BEST_FIRST}"
            for held in self._held(tail, some):
                found.setdefault(held[0].recording, held)
        return found

    def all_held(self) -> "Iterator[Held]":
        """All holdings by recording id, the best first, streamed."""
        return self._held(f"ORDER BY h.recording, {_BEST_FIRST}", ())

    def _held(self, tail: str, arguments: Sequence[object]) -> "Iterator[Held]":
        for row in self._db.execute(f"{_HELD} {tail}", arguments):
            sha256 = Sha256(row[2].hex())
            holding = Holding(RecordingId(row[0]), Tier(row[1]), sha256, row[3], row[4], row[5])
            digests = ObjectDigests(sha256, row[7], row[8].hex(), *row[9:13])
            yield holding, digests, characterisation_format.decode(row[6])

    def best_holdings(self) -> "Iterator[tuple[RecordingId, Sha256, Tier, bool]]":
        """Of each recording the best holding: object, tier, whether it is sound. Streamed from an index."""
        query = f"""
            SELECT recording, object, tier, integrity = 'sound', min({_BEST_FIRST})
            FROM holding h GROUP BY recording ORDER BY recording
        """  # noqa: S608 - a constant
        for recording, name, tier, sound, _ in self._db.execute(query):
            yield RecordingId(recording), Sha256(name.hex()), Tier(tier), bool(sound)

    def damaged(self) -> int:
        """Holdings that aren't sound: counted from an index of these alone."""
        query = f"SELECT count(*) FROM holding h INDEXED BY holding_unsound {_UNSOUND}"  # noqa: S608 - constants
        (number,) = self._db.execute(query).fetchone()
        return int(number)

    def all_damaged(self) -> "Iterator[Held]":
        """What isn't sound by recording id, streamed."""
        return self._held(f"{_UNSOUND} ORDER BY h.recording, {_BEST_FIRST}", ())

    def holdings(self) -> Iterator[tuple[Sha256, RecordingId, Tier]]:
        """What is held, by object, streamed: no characterisation is read."""
        for name, recording, tier in self._db.execute(
            "SELECT object, recording, tier FROM holding ORDER BY object"
        ):
            yield Sha256(name.hex()), RecordingId(recording), Tier(tier)

    def characterisation(self, name: Sha256) -> Characterisation | None:
        """Of the file that the object is, or was encoded from. None where it isn't held."""
        query = "SELECT characterisation FROM holding WHERE object = ? ORDER BY recording LIMIT 1"
        row = self._db.execute(query, (bytes.fromhex(name),)).fetchone()
        return characterisation_format.decode(row[0]) if row else None

    def held_totals(self) -> dict[Tier, tuple[int, int]]:
        """(holdings, bytes) by tier; answers at once."""
        return {Tier(t): (n, b) for t, n, b in self._db.execute("SELECT tier, items, bytes FROM held_total")}

    # Decisions

    def decide(self, decision: Decision) -> None:
        """Appends to the decision log."""
        with self._transaction():
            self._db.execute(
                "INSERT INTO decision (at, action, subject, reason) VALUES (?, ?, ?, ?)",
                (decision.at, decision.action, decision.subject, decision.reason),
            )

    def decisions(self) -> Iterator[Decision]:
        """Oldest first, streamed."""
        rows = self._db.execute("SELECT at, action, subject, reason FROM decision ORDER BY number")
        yield from (Decision(*row) for row in rows)

    def last_decision(self, subject: str) -> Decision | None:
        """The newest one on `subject`."""
        query = (
            "SELECT at, action, subject, reason FROM decision WHERE subject = ? ORDER BY number DESC LIMIT 1"
        )
        row = self._db.execute(query, (subject,)).fetchone()
        return Decision(*row) if row else None

    def _transaction(self) -> "_Transaction":
        return _Transaction(self._db)


Held = tuple[Holding, ObjectDigests, Characterisation]


class _Transaction:
    """BEGIN IMMEDIATE … COMMIT, or ROLLBACK when the block raises. A full disk raises `SpaceError`."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, error: object, _: object) -> None:
        try:
            # SQLite rolls back by itself where the disk is full.
            if self._db.in_transaction:
                self._db.execute("COMMIT" if kind is None else "ROLLBACK")
        except sqlite3.OperationalError as failed:
            raise space_or(failed, "the ledger") from failed
        if isinstance(error, sqlite3.Error):
            raise space_or(error, "the ledger") from error
