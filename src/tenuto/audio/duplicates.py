"""Recordings that are held more than once: the same bytes, audio, or music in another encoding.

What can be compared as a whole is joined; what is alike is known to the index. Nothing compares all with all.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tenuto.audio.alike import SAME
from tenuto.audio.index import ALIKE, DOCUMENTS, Index
from tenuto.model.duplicates import Member, Pair, Tie
from tenuto.model.ids import RecordingId, Sha256
from tenuto.model.plan import Tier

_BATCH: Final = 10_000
_VALUES_A_SECOND: Final = 11_025 / 1365
"""Of a fingerprint: Chromaprint hears 11,025 samples a second, in steps of 1,365."""
_NO_ESSENCE: Final = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
"""SHA-256 of nothing."""


class Duplicates:
    """What is held, compared: `hold`, give the index what is `unknown`, `settle`, then read the results.

    Tables beyond `memory` (as DuckDB has it) are spilled to `scratch`, a folder of its own.
    """

    def __init__(self, index: Index, scratch: Path, *, memory: str = "1GB") -> None:
        self._index = index
        self._db = duckdb.connect(
            config={"temp_directory": str(scratch), "memory_limit": memory, "preserve_insertion_order": False}
        )
        self._db.execute("SET enable_progress_bar = false")  # it would go to stdout
        self._db.execute("CREATE TABLE holding (object BLOB, recording UUID, original BOOLEAN)")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._db.close()

    def hold(self, held: Iterable[tuple[Sha256, RecordingId, Tier]]) -> None:
        """All that is held, in any order."""
        source = iter(held)
        while batch := list(islice(source, _BATCH)):
            columns = {
                "object": [bytes.fromhex(name) for name, _, _ in batch],
                "recording": [recording for _, recording, _ in batch],
                "original": [tier is Tier.ORIGINAL for _, _, tier in batch],
            }
            self._db.register("now", pa.table(columns))
            self._db.execute("INSERT INTO holding SELECT object, recording::UUID, original FROM now")
            self._db.unregister("now")

    def unknown(self) -> Iterator[Sha256]:
        """Objects that the index doesn't know yet, ascending."""
        self._known()
        query = "SELECT DISTINCT object FROM holding ANTI JOIN document USING (object) ORDER BY object"
        for (found,) in self._rows(query):
            yield Sha256(found.hex())

    def settle(self) -> None:
        """Ties and clusters of all that is held and that the index knows."""
        self._known()
        self._db.execute(_TIES)
        edges = self._db.execute("SELECT one, other FROM numbered_tie").fetchnumpy()
        numbers, labels = _components(edges["one"], edges["other"])
        self._db.register("labels", pa.table({"number": numbers, "label": labels}))
        self._db.execute(_MEMBERS)
        self._db.unregister("labels")

    def objects(self) -> int:
        """Different objects that were compared."""
        (found,) = next(self._rows("SELECT count(DISTINCT object) FROM copy"))
        return int(found)

    def members(self) -> Iterator[Member]:
        """By cluster and place."""
        for recording, cluster, place, name in self._rows("FROM member ORDER BY cluster, place"):
            yield Member(RecordingId(str(recording)), RecordingId(str(cluster)), place, Sha256(name.hex()))

    def pairs(self, *, doubtful: bool) -> Iterator[Pair]:
        """Those in doubt, or the others: each twice, once from either side; by `one` and `other`."""
        condition = f"tie {'=' if doubtful else '<>'} '{Tie.DOUBT}'"
        for one, other, tie, error, offset, overlap in self._rows(_BOTH_SIDES.format(condition)):
            seconds = (round(each / _VALUES_A_SECOND, 2) for each in (offset, overlap))
            yield Pair(RecordingId(str(one)), RecordingId(str(other)), Tie(tie), round(error, 4), *seconds)

    def _known(self) -> None:
        """`document` and `alike`: the index as it is now."""
        segments = self._index.segments()
        for name, schema, paths in (
            ("document", DOCUMENTS, [str(each.documents) for each in segments]),
            ("alike", ALIKE, [str(each.alike) for each in segments]),
        ):
            if paths:
                self._db.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS FROM read_parquet({paths})")
            else:
                self._db.register(name, schema.empty_table())

    def _rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        cursor = self._db.execute(query)
        while rows := cursor.fetchmany(_BATCH):
            yield from rows


def _components(
    ones: NDArray[np.int64], others: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(nodes, the least node that edges lead each one to), ascending. Memory: a few numbers an edge."""
    nodes, ends = np.unique(np.concatenate((ones, others)), return_inverse=True)
    one, other = np.split(ends, 2)
    labels = np.arange(len(nodes))
    while len(one):
        low, high = np.minimum(labels[one], labels[other]), np.maximum(labels[one], labels[other])
        apart = low != high
        one, other = one[apart], other[apart]
        np.minimum.at(labels, high[apart], low[apart])
        while (labels != labels[labels]).any():
            labels = labels[labels]
    return nodes, nodes[labels]


# Of recordings that share a mark, each is paired with the first: as many pairs as recordings, no more. Pairs
# that are alike are left out where they share a mark anyway.
_TIES: Final = f"""
CREATE OR REPLACE TABLE copy AS
SELECT row_number() OVER (ORDER BY recording) AS number, *
FROM (SELECT recording, arg_min(object, (NOT original, object)) AS object, bool_or(original) AS original
      FROM holding GROUP BY recording)
JOIN document USING (object);

CREATE OR REPLACE TABLE tie AS
WITH exact AS (
    SELECT one, other, arg_min(tie, turn) AS tie, 0.0 AS error, 0 AS "offset", 0 AS overlap
    FROM (
        SELECT min(recording) OVER (PARTITION BY turn, mark) AS one, recording AS other, tie, turn
        FROM (
            SELECT recording, object AS mark, 'bytes' AS tie, 0 AS turn FROM copy
            UNION ALL SELECT recording, essence, 'essence', 1 FROM copy
                WHERE essence <> from_hex('{_NO_ESSENCE}')
            UNION ALL SELECT recording, samples, 'samples', 2 FROM copy WHERE samples IS NOT NULL))
    WHERE one < other GROUP BY one, other),
first AS (SELECT min(recording) AS recording, object, essence, samples FROM copy GROUP BY ALL)
FROM exact
UNION ALL
SELECT least(one.recording, other.recording), greatest(one.recording, other.recording),
    if(error <= {SAME}, 'likeness', 'doubt'), error,
    if(one.recording < other.recording, "offset", -"offset"), overlap
FROM alike JOIN first AS one ON one.object = alike.one JOIN first AS other ON other.object = alike.other
WHERE one.essence <> other.essence AND (one.samples = other.samples) IS NOT true;

CREATE OR REPLACE TEMP VIEW numbered_tie AS
SELECT one.number AS one, other.number AS other
FROM tie JOIN copy AS one ON one.recording = tie.one JOIN copy AS other ON other.recording = tie.other
WHERE tie <> 'doubt'
"""  # noqa: S608 -- texts of our own

# The best copy first (docs/formats/duplicates.md, clause 4).
_MEMBERS: Final = """
CREATE OR REPLACE TABLE member AS
SELECT recording, first_value(recording) OVER best AS cluster, row_number() OVER best - 1 AS place, object
FROM copy JOIN labels USING (number)
WINDOW best AS (PARTITION BY label ORDER BY NOT sound, NOT original, samples IS NULL,
    duration_ms // 5000 DESC, bit_rate DESC, recording)
"""

_BOTH_SIDES: Final = """
SELECT * FROM (
    SELECT one, other, tie, error, "offset", overlap FROM tie WHERE {0}
    UNION ALL SELECT other, one, tie, error, -"offset", overlap FROM tie WHERE {0})
ORDER BY one, other
"""
