"""What a new edition keeps of the former one: a join in DuckDB, in bounded memory (volume.md, clauses 19-24).

In: the former edition's `index.parquet`, and the candidates of the new one (`candidates.CANDIDATES`), each a
recording that is held: cleared, or refused for a reason.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import duckdb

from tenuto.formats.paths import PathParts, split_path
from tenuto.model.edition import Withdrawal
from tenuto.model.ids import EditionId, RecordingId, Sha256
from tenuto.model.rights import RefusalReason
from tenuto.publish.candidates import database

_TABLES: Final = """
CREATE VIEW wanted AS FROM candidate WHERE refusal = '';
CREATE TABLE lost AS
    SELECT former.* FROM former ANTI JOIN wanted
    ON wanted.recording_id = former.recording_id AND object = sha256 AND wanted.tier = former.tier;
CREATE TABLE touched AS
    SELECT DISTINCT volume FROM lost UNION
    SELECT DISTINCT volume FROM former JOIN wanted USING (recording_id)
    WHERE object = sha256 AND wanted.tier = former.tier AND wanted.licence <> former.licence;
CREATE TABLE fresh AS
    SELECT recording_id FROM wanted ANTI JOIN former
    ON wanted.recording_id = former.recording_id AND object = sha256 AND wanted.tier = former.tier;
"""

_STAYING: Final = """
SELECT former.recording_id, former.path FROM former ANTI JOIN lost USING (recording_id)
WHERE former.volume = ? ORDER BY place
"""

_REFUSED: Final = """
SELECT lost.recording_id, lost.sha256, refusal FROM lost JOIN candidate USING (recording_id)
WHERE list_contains(?, refusal) ORDER BY ALL
"""

_AGAIN: Final = "SELECT DISTINCT object FROM wanted WHERE list_contains(?, object)"


class Comparison:
    """Of the former edition with what is to be published."""

    def __init__(self, database: duckdb.DuckDBPyConnection) -> None:
        self._database = database
        self.touched = frozenset(name for (name,) in self._rows("FROM touched"))
        """Names of volumes that lose a recording, or in which a licence has changed."""

    def staying(self, volume: str) -> Sequence[tuple[RecordingId, PathParts]]:
        """What stays of a volume, in its order."""
        return [
            (RecordingId(recording), split_path(path)) for recording, path in self._rows(_STAYING, volume)
        ]

    def fresh(self) -> Sequence[RecordingId]:
        """What isn't in any volume yet: new recordings, and those with another object or tier."""
        return [RecordingId(recording) for (recording,) in self._rows("FROM fresh ORDER BY recording_id")]

    def withdrawals(self, known: Sequence[Withdrawal], *, since: EditionId) -> tuple[Withdrawal, ...]:
        """Those known, but for objects that are published again, and what rights refuse from now on."""
        objects = [each.object for each in known]
        again = {digest for (digest,) in self._rows(_AGAIN, objects)} if objects else set()
        reasons = [str(reason) for reason in RefusalReason]
        new = [
            Withdrawal(RecordingId(recording), Sha256(digest), reason, since)
            for recording, digest, reason in self._rows(_REFUSED, reasons)
        ]
        return (*(each for each in known if each.object not in again), *new)

    def _rows(self, query: str, *parameters: object) -> Iterator[tuple[Any, ...]]:
        cursor = self._database.execute(query, list(parameters))
        while rows := cursor.fetchmany(10_000):
            yield from rows


@contextmanager
def comparison(index: Path, candidates: Path, scratch: Path) -> Iterator[Comparison]:
    """Compares two Parquet files; spills to the folder `scratch`. `SpaceError` where it has no room."""
    with database(scratch) as session:
        session.from_parquet(str(index), file_row_number=True).project(
            "recording_id, volume, path, sha256, tier, licence, file_row_number AS place"
        ).create_view("former")
        session.from_parquet(str(candidates)).create_view("candidate")
        session.execute(_TABLES)
        yield Comparison(session)
