"""What may be published of what is held: the ledger's holdings joined with the catalogue's rights decisions.

In DuckDB and in bounded memory; neither an archive of 86 million files nor its catalogue fits into it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from tenuto.model.errors import SpaceError

HELD: Final = pa.schema(
    [
        pa.field("recording_id", pa.string(), nullable=False),
        pa.field("object", pa.string(), nullable=False),
        pa.field("tier", pa.string(), nullable=False),
        pa.field("sound", pa.bool_(), nullable=False),
    ]
)
"""The best holding of each recording."""

VERDICTS: Final = pa.schema(
    [
        pa.field("recording_id", pa.uuid(), nullable=False),
        pa.field("licence", pa.string(), nullable=False),
        pa.field("refusal", pa.string(), nullable=False),
    ]
)
"""Of each recording of the snapshot: the licence under which it is cleared, or why it isn't."""

CANDIDATES: Final = pa.schema(
    [
        pa.field("recording_id", pa.string(), nullable=False),
        pa.field("object", pa.string(), nullable=False),
        pa.field("tier", pa.string(), nullable=False),
        pa.field("licence", pa.string(), nullable=False),
        pa.field("refusal", pa.string(), nullable=False),
    ]
)
"""`refusal` is empty for what may be published, else the reason, and `licence` is empty then."""

DAMAGED: Final = "damaged"
"""Cleared, but not published: its decode met faults."""

_MEMORY: Final = "600MB"

_JOINED: Final = f"""
CREATE VIEW candidate AS
SELECT held.recording_id, object, tier,
    CASE WHEN refusal = '' AND sound THEN licence ELSE '' END AS licence,
    CASE WHEN refusal = '' AND NOT sound THEN '{DAMAGED}' ELSE refusal END AS refusal
FROM held JOIN verdict ON held.recording_id::UUID = verdict.recording_id
"""  # noqa: S608 - a constant

_DIGEST: Final = """
SELECT bit_xor(md5_number(concat_ws('\n', recording_id, object, tier, licence, refusal))) FROM candidate
"""


@dataclass(frozen=True, slots=True)
class Counted:
    """`refused` counts by reason. Equal digests, equal candidates, in whatever order."""

    cleared: int
    refused: Mapping[str, int]
    digest: str


def join_candidates(held: Path, verdicts: Path, candidates: Path, scratch: Path) -> Counted:
    """Writes `candidates` (`CANDIDATES`). A held recording that the catalogue doesn't know is left out."""
    with database(scratch) as session:
        session.from_parquet(str(held)).create_view("held")
        session.from_parquet(str(verdicts)).create_view("verdict")
        session.execute(_JOINED)
        session.table("candidate").write_parquet(str(candidates))
    with database(scratch) as session:
        session.from_parquet(str(candidates)).create_view("candidate")
        counts = dict(session.execute("SELECT refusal, count(*) FROM candidate GROUP BY ALL").fetchall())
        (digest,) = session.execute(_DIGEST).fetchall()[0]
    cleared = int(counts.pop("", 0))
    return Counted(cleared, dict(sorted(counts.items())), f"{digest or 0:032x}")


@contextmanager
def database(scratch: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty one, which spills to the folder `scratch`. `SpaceError` where that has no room."""
    settings: Mapping[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "memory_limit": _MEMORY,
        "temp_directory": str(scratch),
    }
    try:
        with duckdb.connect(config=dict(settings)) as session:
            session.execute("SET enable_progress_bar = false")  # it would go to stdout
            yield session
    except duckdb.OutOfMemoryException as error:
        raise SpaceError(
            f"not enough memory or scratch space ({str(error).splitlines()[0]})",
            where=str(scratch),
            remedy="Free some space and run again; nothing is lost",
        ) from error
