"""`catalogue/derived/<snapshot>/serving.sqlite`: one snapshot in rank order, quick to read.

Local, never published, made again from the snapshot at any time.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Final

import msgspec

from tenuto.catalogue.parts import view_table
from tenuto.catalogue.session import Resources, Session, open_session, script_text
from tenuto.catalogue.snapshots import folder, load
from tenuto.catalogue.statistics import statistics
from tenuto.formats.snapshot import Snapshot, summarise
from tenuto.formats.tables import TABLES
from tenuto.fsync import atomic_file
from tenuto.model.ids import SnapshotId
from tenuto.model.ports import Reporter

PAGE: Final = 20_000
"""Recordings held in memory at once."""

SERVING_VERSION: Final = 1
"""Of the tables in `sql/serving.sql` and the JSON in them; part of the file's name."""

_BLOB = "unhex(replace({}::VARCHAR, '-', ''))"


def derived_path(root: Path, snapshot: SnapshotId) -> Path:
    """Where the serving database of a snapshot stands."""
    return root / "catalogue" / "derived" / snapshot / f"serving-{SERVING_VERSION}.sqlite"


def build_derived(
    root: Path, snapshot: SnapshotId, reporter: Reporter, *, resources: Resources | None = None
) -> Path:
    """Builds the serving database of a snapshot, unless it is there already; returns its path."""
    path = derived_path(root, snapshot)
    if path.exists():
        return path
    made_of = load(root, snapshot)
    with (
        open_session(root / "catalogue" / "scratch", resources or Resources()) as session,
        atomic_file(path) as temporary,
    ):
        reporter.phase("rank order", items=made_of.counts["recordings"])
        _put_in_rank_order(session, root, snapshot, made_of)
        reporter.advance(made_of.counts["recordings"])
        temporary.unlink()
        with closing(sqlite3.connect(temporary)) as serving:
            serving.executescript(script_text("serving"))
            with serving:
                _fill(session, serving, made_of.counts["recordings"], reporter)
                papers = {
                    "summary": asdict(summarise(made_of, snapshot)),
                    "statistics": asdict(statistics(session)),
                }
                rows = ((name, msgspec.json.encode(paper)) for name, paper in papers.items())
                serving.executemany("INSERT INTO papers VALUES (?, ?)", rows)
    return path


def _put_in_rank_order(session: Session, root: Path, snapshot: SnapshotId, made_of: Snapshot) -> None:
    for table in TABLES:
        view_table(session, root, table, made_of.parts[table.name], "live")
    session.view("positions", [folder(root, snapshot) / "popularity.parquet"])
    priorities = [(source.name, source.priority) for source in made_of.sources]
    session.load("sources", "source VARCHAR, priority INTEGER", priorities)
    session.script("ranked")


def _fill(session: Session, serving: sqlite3.Connection, recordings: int, reporter: Reporter) -> None:
    reporter.phase("search index", items=recordings)
    page = script_text("page")
    for start in range(0, recordings, PAGE):
        for rows in session.stream(page, (start, start + PAGE)):
            listed = ((*row[:10], row[10]) for row in rows)
            serving.executemany("INSERT INTO recordings VALUES (?,?,?,?,?,?,?,?,?,?,?)", listed)
            texts = ((row[0], row[11]) for row in rows)
            serving.executemany("INSERT INTO search (rowid, text) VALUES (?, ?)", texts)
            reporter.advance(len(rows))
    serving.execute("INSERT INTO search (search) VALUES ('optimize')")
    for statement, query in _look_ups():
        for rows in session.stream(query):
            serving.executemany(statement, rows)


def _look_ups() -> Iterator[tuple[str, str]]:
    """Each filled in key order, so that the trees are written from left to right."""
    id_blob, target = _BLOB.format("id"), _BLOB.format("target")
    yield "INSERT INTO ids VALUES (?, ?)", f"SELECT {id_blob}, rank FROM listed ORDER BY id"  # noqa: S608 -- constants
    yield (
        "INSERT INTO redirects VALUES (?, ?)",
        f"SELECT {id_blob}, {target} FROM live_redirects ORDER BY id",  # noqa: S608 -- constants
    )
    yield (
        "INSERT INTO identifiers VALUES (?, ?, ?)",
        "SELECT value, scheme, rank FROM ranked_identifiers ORDER BY value, scheme",
    )
