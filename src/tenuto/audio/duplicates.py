"""Recordings that are held more than once: the same bytes, audio, or music in another encoding.

What can be compared as a whole is joined; fingerprints are joined by the terms that they share, and the pairs
that come out are compared bit by bit. Nothing compares all with all.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa

from tenuto.audio.alike import DOUBTFUL, SAME, Values, compare, terms_of
from tenuto.model.ids import RecordingId, Sha256

SHARED: Final = 6
"""Terms that fingerprints have in common before they are compared."""
COMMON: Final = 100
"""Recordings that may share a term; one of more says nothing (held notes, hum)."""

_BATCH: Final = 10_000
_VALUES_A_SECOND: Final = 11_025 / 1365
"""Of a fingerprint: Chromaprint hears 11,025 samples a second, in steps of 1,365."""


class Tie(StrEnum):
    """Why two recordings are the same; the first that holds is named."""

    BYTES = "bytes"
    ESSENCE = "essence"
    """The same compressed audio under other tags."""
    SAMPLES = "samples"
    """The same samples, compressed without loss in another way."""
    LIKENESS = "likeness"
    DOUBT = "doubt"
    """Alike, but somebody should listen: another take, a remix, the same backing track."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One recording as it is held."""

    recording: RecordingId
    object: Sha256
    essence: Sha256
    pcm_md5: str | None
    fingerprint: Values | None


@dataclass(frozen=True, slots=True)
class Pair:
    """`one` comes before `other` by its id."""

    one: RecordingId
    other: RecordingId
    tie: Tie
    error: float
    """Share of differing bits of the fingerprints; 0 where nothing had to be compared."""
    offset_s: float
    """By which the music of `other` begins later in `one`."""


def find_pairs(
    entries: Iterable[Entry],
    fingerprint_of: Callable[[RecordingId], Values | None],
    scratch: Path,
) -> Iterator[Pair]:
    """Every pair once. `entries` are read once, each recording at most once.

    `fingerprint_of` is asked for what has to be compared: fingerprints aren't kept in memory. Tables are
    spilled to `scratch`, which MUST be a folder of its own.
    """
    with duckdb.connect(config={"temp_directory": str(scratch), "memory_limit": "1GB"}) as connection:
        connection.execute("SET enable_progress_bar = false")  # it would go to stdout
        connection.execute(_TABLES)
        source = iter(entries)
        while batch := list(islice(source, _BATCH)):
            _enter(connection, batch)
        connection.execute(_EXACT)
        for one, other, tie in _rows(connection, "FROM exact ORDER BY ALL"):
            yield Pair(RecordingId(one), RecordingId(other), Tie(tie), 0.0, 0.0)
        known: RecordingId | None = None
        values = None
        for one, other in _rows(connection, _CANDIDATES):
            if one != known:
                known, values = RecordingId(one), fingerprint_of(RecordingId(one))
            others = fingerprint_of(RecordingId(other))
            likeness = None if values is None or others is None else compare(values, others)
            if likeness is not None and likeness.error <= DOUBTFUL:
                tie = Tie.LIKENESS if likeness.error <= SAME else Tie.DOUBT
                offset = round(likeness.offset / _VALUES_A_SECOND, 2)
                yield Pair(known, RecordingId(other), tie, round(likeness.error, 4), offset)


def clusters(pairs: Iterable[Pair]) -> list[tuple[RecordingId, ...]]:
    """Recordings that pairs lead together, doubtful ones left out; sorted. Memory: only what is in a pair."""
    leads: dict[RecordingId, RecordingId] = {}

    def top(of: RecordingId) -> RecordingId:
        while leads.setdefault(of, of) != of:
            leads[of] = leads[leads[of]]
            of = leads[of]
        return of

    for pair in pairs:
        if pair.tie is not Tie.DOUBT:
            low, high = sorted((top(pair.one), top(pair.other)))
            leads[high] = low
    found: dict[RecordingId, list[RecordingId]] = {}
    for recording in sorted(leads):
        found.setdefault(top(recording), []).append(recording)
    return [tuple(members) for members in found.values()]


def _enter(connection: duckdb.DuckDBPyConnection, batch: list[Entry]) -> None:
    marks = pa.table(
        {
            "recording": [entry.recording for entry in batch],
            "object": [entry.object for entry in batch],
            "essence": [entry.essence for entry in batch],
            "samples": [entry.pcm_md5 for entry in batch],
        },
        schema=pa.schema([(name, pa.string()) for name in ("recording", "object", "essence", "samples")]),
    )
    terms = [_NO_TERMS if entry.fingerprint is None else terms_of(entry.fingerprint) for entry in batch]
    places = np.repeat(np.arange(len(batch), dtype=np.int32), [len(each) for each in terms])
    named = pa.DictionaryArray.from_arrays(places, marks.column("recording").combine_chunks())
    connection.register("marks_now", marks)
    connection.execute("INSERT INTO marks SELECT recording::UUID, object, essence, samples FROM marks_now")
    connection.register("postings_now", pa.table({"term": np.concatenate(terms), "recording": named}))
    connection.execute("INSERT INTO postings SELECT term, recording::VARCHAR::UUID FROM postings_now")
    connection.unregister("marks_now")
    connection.unregister("postings_now")


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> Iterator[tuple[str, ...]]:
    """Of columns that are texts or ids."""
    cursor = connection.execute(query)
    while rows := cursor.fetchmany(_BATCH):
        for row in rows:
            yield tuple(map(str, row))


_NO_TERMS: Final = np.zeros(0, dtype=np.uint32)
_NO_ESSENCE: Final = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
"""SHA-256 of nothing."""

_TABLES: Final = """
CREATE TABLE marks (recording UUID, object VARCHAR, essence VARCHAR, samples VARCHAR);
CREATE TABLE postings (term UINTEGER, recording UUID)
"""

# Of recordings that share a mark, each is paired with the first: as many pairs as recordings, no more.
_EXACT: Final = f"""
CREATE TABLE exact AS
SELECT one, other, arg_min(tie, turn) AS tie
FROM (
    SELECT min(recording) OVER (PARTITION BY turn, mark) AS one, recording AS other, tie, turn
    FROM (
        SELECT recording, object AS mark, 'bytes' AS tie, 0 AS turn FROM marks
        UNION ALL SELECT recording, essence, 'essence', 1 FROM marks WHERE essence <> '{_NO_ESSENCE}'
        UNION ALL SELECT recording, samples, 'samples', 2 FROM marks WHERE samples IS NOT NULL))
WHERE one < other GROUP BY one, other
"""  # noqa: S608 -- texts of our own

_CANDIDATES: Final = f"""
WITH telling AS (
    SELECT term, recording FROM postings
    SEMI JOIN (SELECT term FROM postings GROUP BY term HAVING count(*) BETWEEN 2 AND {COMMON}) AS shared
        USING (term))
SELECT one.recording, other.recording
FROM telling AS one JOIN telling AS other ON one.term = other.term AND one.recording < other.recording
ANTI JOIN exact ON exact.one = one.recording AND exact.other = other.recording
GROUP BY ALL HAVING count(*) >= {SHARED} ORDER BY ALL
"""  # noqa: S608 -- numbers of our own
