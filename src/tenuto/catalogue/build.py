"""From harvests to a snapshot: merging, stable ids and numbers, append-only parts."""

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from tenuto.catalogue.core import CoreBuilder
from tenuto.catalogue.harvests import Harvest, described, in_order
from tenuto.catalogue.merge import largest, tie
from tenuto.catalogue.rank import finish
from tenuto.catalogue.session import Resources, Session, open_session
from tenuto.catalogue.snapshots import load, make_current
from tenuto.formats.snapshot import PopularityFile, Snapshot, SnapshotListens, SnapshotSource
from tenuto.formats.tables import LISTENS, TABLES_VERSION
from tenuto.model.errors import BadInputError, NotFoundError
from tenuto.model.ids import Sha256, SnapshotId
from tenuto.model.ports import Reporter


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
    resources, harvests = resources or Resources(), in_order(harvests)
    before = None if parent is None else (parent, load(root, parent))
    sources = tuple(map(described, harvests))
    if before is not None and _made_alike(before[1], sources):
        make_current(root, before[0])
        return before[0]
    draft = _build_core(root, harvests, sources, before, reporter, resources)
    built = finish(root, draft, reporter, resources, unchanged=before)
    make_current(root, built)
    return built


def _writer() -> dict[str, str]:
    return {"duckdb": duckdb.__version__, "pyarrow": pa.__version__, "tables": str(TABLES_VERSION)}


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
    parent = None if before is None else before[1]
    rows = sum(source.rows for source in sources)
    with open_session(root / "catalogue" / "scratch", resources) as session:
        reporter.phase("merge", items=rows)
        large = _admit(session, harvests, sources)
        tie(session, "recording", large)
        session.script("links")
        reporter.advance(rows)
        core = CoreBuilder(session, root, parent, large)
        parts, counts = core.build(rows, reporter)
    seed = None if parent is None or counts[LISTENS.name] else parent.listens.synthetic_seed
    return Snapshot(
        None if before is None else before[0],
        parts,
        PopularityFile(Sha256(""), 0, 0),
        sources,
        counts,
        core.numbers,
        SnapshotListens({}, 0.0, seed),
        _writer(),
    )


def _admit(session: Session, harvests: Sequence[Harvest], sources: Sequence[SnapshotSource]) -> int:
    """Gives the session its rows; returns the place of the largest source whose keys are apart."""
    session.view("harvested", [path for harvest in harvests for path in harvest.rows])
    apart = [harvest.keys_are_recordings for harvest in harvests]
    places = [(harvest.name, place, apart[place]) for place, harvest in enumerate(harvests)]
    session.load("sources", "source VARCHAR, place INTEGER, distinct_keys BOOLEAN", places)
    session.load(
        "joins",
        "kind VARCHAR, source VARCHAR, source_place INTEGER, distinct_keys BOOLEAN, key VARCHAR, "
        "pair VARCHAR",
        [],
    )
    session.load("splits", "source VARCHAR, key VARCHAR", [])
    session.script("admit")
    return largest([source.rows for source in sources], apart)
