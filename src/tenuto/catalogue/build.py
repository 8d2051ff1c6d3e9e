"""From harvests to a snapshot: exact merging, stable ids, append-only parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from tenuto.catalogue.parts import append_parts, digest_of_files, view_table
from tenuto.catalogue.rank import finish
from tenuto.catalogue.session import Resources, Session, open_session
from tenuto.catalogue.snapshots import load, make_current
from tenuto.formats.harvest import read_record
from tenuto.formats.snapshot import Part, PopularityFile, Snapshot, SnapshotListens, SnapshotSource
from tenuto.formats.tables import LISTENS, TABLES, TABLES_VERSION
from tenuto.model.errors import BadInputError, NotFoundError
from tenuto.model.ids import Sha256, SnapshotId, SourceName
from tenuto.model.ports import Reporter


@dataclass(frozen=True, slots=True)
class Harvest:
    """One source's rows, and the terms they stand under. `rows` are the segments of harvest.md, in order."""

    name: SourceName
    priority: int
    version: str
    licence: str
    attribution: str
    rows: tuple[Path, ...]
    keys_are_recordings: bool = True


def find_harvests(folder: Path) -> tuple[Harvest, ...]:
    """Every finished harvest in the subfolders of `folder`, by priority, then name."""
    found = []
    for record_path in sorted(folder.glob("*/harvest.json")):
        record = read_record(record_path.read_bytes(), str(record_path))
        about = record.description
        rows = tuple(record_path.with_name(segment.name) for segment in record.segments)
        found.append(
            Harvest(
                *(about.name, about.priority, about.version, about.licence, about.attribution, rows),
                keys_are_recordings=about.keys_are_recordings,
            )
        )
    return tuple(sorted(found, key=lambda harvest: (harvest.priority, harvest.name)))


def build(
    root: Path,
    harvests: Sequence[Harvest],
    parent: SnapshotId | None,
    reporter: Reporter,
    *,
    resources: Resources | None = None,
) -> SnapshotId:
    """Builds the catalogue of all `harvests`, makes it current and returns its snapshot.

    Writes what differs from `parent`; where nothing does, the parent stands and nothing is written.
    Synthetic listens of the parent are kept as long as no source counts any.
    `NotFoundError` without harvests, `BadInputError` when two have one name, `SpaceError`.
    """
    if not harvests:
        raise NotFoundError("nothing was harvested yet", where=str(root), remedy="Run: tenuto harvest SOURCE")
    if len({harvest.name for harvest in harvests}) < len(harvests):
        raise BadInputError("two harvests have the same name", where=str(root))
    resources = resources or Resources()
    before = None if parent is None else (parent, load(root, parent))
    sources = _describe(harvests)
    if before is not None and _made_alike(before[1], sources):
        make_current(root, before[0])
        return before[0]
    draft = _build_core(root, harvests, sources, before, reporter, resources)
    built = finish(root, draft, reporter, resources, unchanged=before)
    make_current(root, built)
    return built


def _describe(harvests: Sequence[Harvest]) -> tuple[SnapshotSource, ...]:
    return tuple(
        SnapshotSource(
            each.name,
            each.priority,
            each.version,
            each.licence,
            each.attribution,
            sum(pq.read_metadata(path).num_rows for path in each.rows),
            digest_of_files(each.rows),
        )
        for each in sorted(harvests, key=lambda harvest: (harvest.priority, harvest.name))
    )


def _writer() -> dict[str, str]:
    return {"duckdb": duckdb.__version__, "tables": str(TABLES_VERSION)}


def _made_alike(parent: Snapshot, sources: tuple[SnapshotSource, ...]) -> bool:
    """Whether a build from `sources` could only give the parent again."""
    return parent.sources == sources and parent.writer == _writer()


def _build_core(  # noqa: PLR0917 -- one call, its arguments named alike
    root: Path,
    harvests: Sequence[Harvest],
    sources: tuple[SnapshotSource, ...],
    before: tuple[SnapshotId, Snapshot] | None,
    reporter: Reporter,
    resources: Resources,
) -> Snapshot:
    """Writes the parts of every core table; popularity is still to come."""
    with open_session(root / "catalogue" / "scratch", resources) as session:
        reporter.phase("merge", items=sum(source.rows for source in sources))
        session.view("harvested", [path for harvest in harvests for path in harvest.rows])
        session.load("sources", "source VARCHAR, priority INTEGER", [(s.name, s.priority) for s in sources])
        _merge(session)
        reporter.advance(sum(source.rows for source in sources))
        reporter.phase("tables", items=len(TABLES))
        parts, counts = _write_tables(session, root, None if before is None else before[1], reporter)
    seed = None if before is None or counts[LISTENS.name] else before[1].listens.synthetic_seed
    return Snapshot(
        None if before is None else before[0],
        parts,
        PopularityFile(Sha256(""), 0, 0),
        sources,
        counts,
        SnapshotListens({}, 0.0, seed),
        _writer(),
    )


def _merge(session: Session) -> None:
    session.script("merge")
    moved = 1
    while moved:
        session.script("propagate")
        ((moved,),) = session.query("SELECT nodes FROM moved")
    session.script("rows")


def _write_tables(
    session: Session, root: Path, parent: Snapshot | None, reporter: Reporter
) -> tuple[dict[str, tuple[Part, ...]], dict[str, int]]:
    session.script("tables")
    old = {table.name: () if parent is None else parent.parts[table.name] for table in TABLES}
    for table in TABLES:
        view_table(session, root, table, old[table.name], "old")
    session.script("redirects")
    parts = {}
    for table in TABLES:
        parts[table.name] = append_parts(session, root, table, old[table.name])
        reporter.advance()
    return parts, {table.name: session.count(f"new_{table.name}") for table in TABLES}
