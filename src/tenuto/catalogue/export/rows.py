"""The rows that an export tells: views `out_<table>` over a snapshot, and how many there are of them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Final

import pyarrow as pa

from tenuto.catalogue.export.request import ExportRequest, TableCount
from tenuto.catalogue.parts import view_snapshot
from tenuto.catalogue.session import Resources, Session, open_session
from tenuto.catalogue.snapshots import folder, load
from tenuto.formats.dataset import SourceTerms
from tenuto.formats.dictionary import EXPORTED, POPULARITY
from tenuto.formats.snapshot import Part, Snapshot
from tenuto.formats.tables import LISTENS, LOCATIONS, REDIRECTS, Table
from tenuto.model.ids import SnapshotId

WITHHELD: Final = "withheld-source"
HELD: Final = "held-location"
UNPROVEN: Final = "origin-not-proven"
FROM_WITHHELD: Final = "rests-on-withheld-listens"


class Rows:
    """The tables of one snapshot as an export tells them."""

    def __init__(self, session: Session, snapshot: Snapshot, request: ExportRequest) -> None:
        self.session, self.snapshot, self._request = session, snapshot, request

    def select(self, table: Table, *, uuids_as_text: bool) -> str:
        """The table's rows in its order. UUIDs are texts, or else 16 bytes."""
        columns = ", ".join(_column(name, kind, as_text=uuids_as_text) for name, kind in table.columns)
        query = f"SELECT {columns} FROM out_{table.name}"  # noqa: S608 -- names from formats
        return query if self._in_order(table) else f"{query} ORDER BY {', '.join(_ordering(table))}"

    def batches(self, table: Table, *, uuids_as_text: bool) -> Iterator[pa.RecordBatch]:
        return self.session.batches(self.select(table, uuids_as_text=uuids_as_text))

    def exported(self, table: Table) -> int:
        """How many rows of the table are told."""
        return self.session.count(f"out_{table.name}") if self._request.public else self.entered(table)

    def count(self, table: Table, exported: int) -> TableCount:
        """What became of the table's rows."""
        entered = self.entered(table)
        left = entered - exported
        reasons: dict[str, int] = {}
        if table is LOCATIONS and left:
            ((held,),) = self.session.query("SELECT count(*) FROM live_locations WHERE access <> 'remote'")
            reasons[HELD] = held
        rest = {REDIRECTS.name: UNPROVEN, POPULARITY.name: self._popularity_reason()}
        reasons[rest.get(table.name, WITHHELD)] = left - sum(reasons.values())
        return TableCount(entered, exported, {reason: rows for reason, rows in reasons.items() if rows})

    def sources(self) -> tuple[SourceTerms, ...]:
        """Every source with its terms, and how many of its rows are told."""
        told = dict(self.session.query("SELECT source, count(*) FROM out_source_rows GROUP BY source"))
        return tuple(
            SourceTerms(
                *(source.name, source.licence, source.attribution, source.version, source.rows),
                told.get(source.name, 0),
                self._request.withheld.get(source.name, ""),
            )
            for source in self.snapshot.sources
        )

    def entered(self, table: Table) -> int:
        """How many rows of the table the snapshot has."""
        return self.snapshot.counts["recordings" if table is POPULARITY else table.name]

    def _popularity_reason(self) -> str:
        return FROM_WITHHELD if self._request.public and _rests_on_withheld(self.session) else WITHHELD

    def _in_order(self, table: Table) -> bool:
        """The rows of a first generation stand in order already (snapshot.md, clauses 3 and 5)."""
        if self._request.public:
            return False
        return table is POPULARITY or len({part.generation for part in self.snapshot.parts[table.name]}) <= 1


@contextmanager
def open_rows(
    root: Path, identity: SnapshotId, request: ExportRequest, scratch: Path, resources: Resources
) -> Iterator[Rows]:
    """Reads the snapshot's files; spills to `scratch`."""
    snapshot = load(root, identity)
    with open_session(scratch, resources) as session:
        parts = {name: _by_entity(parts) for name, parts in snapshot.parts.items()}
        view_snapshot(session, root, replace(snapshot, parts=parts))
        popularity = _quoted(folder(root, identity) / "popularity.parquet")
        session.execute(
            "CREATE VIEW live_popularity AS SELECT file_row_number::UINTEGER AS number, popularity, basis "  # noqa: S608 -- a quoted path
            f"FROM read_parquet({popularity}, file_row_number = true) WHERE basis IS NOT NULL"
        )
        if request.public:
            _withhold(session, snapshot, request)
        else:
            for table in EXPORTED:
                told = "dated" if table is LISTENS else "live"
                session.execute(f"CREATE VIEW out_{table.name} AS FROM {told}_{table.name}")
        yield Rows(session, snapshot, request)


def _by_entity(parts: Sequence[Part]) -> tuple[Part, ...]:
    """A generation's parts in the order of their keys: releases are written before recordings."""
    return tuple(sorted(parts, key=lambda part: (part.generation, part.ranges.get("entity", ("",))[0])))


def _quoted(path: Path) -> str:
    """A path as an SQL text that DuckDB's glob takes for itself."""
    literal = "".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path))
    return "'" + literal.replace("'", "''") + "'"


def _withhold(session: Session, snapshot: Snapshot, request: ExportRequest) -> None:
    allowed = [
        (source.name, place)
        for place, source in enumerate(snapshot.sources)
        if source.name not in request.withheld
    ]
    session.load("allowed", "source VARCHAR, place INTEGER", allowed)
    session.execute(files(__package__).joinpath("sql", "public.sql").read_text(encoding="utf-8"))
    # Every popularity is relative to the most heard, and so to all that anybody counted.
    drawn = snapshot.listens.synthetic_seed is not None
    hidden = not drawn and snapshot.counts[LISTENS.name] and _rests_on_withheld(session)
    where = "false" if hidden else "true"
    session.execute(
        "CREATE VIEW out_popularity AS SELECT number, popularity, basis FROM live_popularity "  # noqa: S608 -- our words
        f"ANTI JOIN vanished USING (number) WHERE {where}"
    )


def _rests_on_withheld(session: Session) -> bool:
    query = "SELECT EXISTS (FROM live_listens ANTI JOIN allowed USING (source))"
    return bool(session.query(query)[0][0])


def _column(name: str, kind: str, *, as_text: bool) -> str:
    if kind != "UUID":
        return name
    return f"{name}::VARCHAR AS {name}" if as_text else f"unhex(replace({name}::VARCHAR, '-', '')) AS {name}"


def _ordering(table: Table) -> tuple[str, ...]:
    """The order of the view's columns, not of what is made of them."""
    return tuple(f"out_{table.name}.{name}" for name in table.order)
