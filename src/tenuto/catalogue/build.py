"""From harvests to a snapshot: merging, stable ids and numbers, append-only parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from tenuto.catalogue.core import CoreBuilder
from tenuto.catalogue.harvests import Harvest, described, in_order
from tenuto.catalogue.merge import MATCHING, NO_DECISIONS, LinkDecisions, Merger
from tenuto.catalogue.rank import finish
from tenuto.catalogue.session import Resources, Session, open_session
from tenuto.catalogue.snapshots import load, make_current
from tenuto.formats.snapshot import PopularityFile, Snapshot, SnapshotListens
from tenuto.formats.tables import LISTENS, TABLES_VERSION
from tenuto.model.errors import BadInputError, NotFoundError
from tenuto.model.ids import Sha256, SnapshotId
from tenuto.model.ports import Reporter

_REPEATS: Final = """SELECT source, list_filter([
    CASE WHEN release THEN 'release' END, CASE WHEN artist THEN 'release_artist' END,
    CASE WHEN label THEN 'label' END], lambda word: word IS NOT NULL)
FROM repeated ORDER BY source"""
"""From the table of `admit`."""


@dataclass(frozen=True, slots=True)
class Merging:
    """How keys are tied beyond their identifiers."""

    decisions: LinkDecisions = NO_DECISIONS
    matching: bool = True
    """Whether likeness of title, artist and duration ties keys (docs/matching.md)."""


def build(
    root: Path,
    harvests: Sequence[Harvest],
    parent: SnapshotId | None,
    reporter: Reporter,
    *,
    merging: Merging | None = None,
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
    draft = _Draft(root, in_order(harvests), parent, merging or Merging(), resources or Resources())
    built = draft.build(reporter)
    make_current(root, built)
    return built


class _Draft:
    """One build: its inputs, and how they differ from the parent's."""

    def __init__(
        self,
        root: Path,
        harvests: tuple[Harvest, ...],
        parent: SnapshotId | None,
        merging: Merging,
        resources: Resources,
    ) -> None:
        self._root, self._harvests, self._merging, self._resources = root, harvests, merging, resources
        self._before = None if parent is None else (parent, load(root, parent))
        self._sources = tuple(map(described, harvests))

    def build(self, reporter: Reporter) -> SnapshotId:
        if self._before is not None and self._made_alike(self._before[1]):
            return self._before[0]
        core = self._core(reporter)
        return finish(self._root, core, reporter, self._resources, unchanged=self._before)

    def _writer(self) -> dict[str, str]:
        return {
            "duckdb": duckdb.__version__,
            "link_decisions": self._merging.decisions.digest(),
            "matching": MATCHING if self._merging.matching else "off",
            "pyarrow": pa.__version__,
            "tables": str(TABLES_VERSION),
        }

    def _made_alike(self, parent: Snapshot) -> bool:
        """Whether a build from these inputs could only give the parent again."""
        return parent.sources == self._sources and parent.writer == self._writer()

    def _core(self, reporter: Reporter) -> Snapshot:
        """Writes the parts of every core table; popularity is still to come."""
        parent = None if self._before is None else self._before[1]
        rows = [source.rows for source in self._sources]
        with open_session(self._root / "catalogue" / "scratch", self._resources) as session:
            reporter.phase("merge", items=sum(rows))
            _admit(session, self._harvests)
            merger = Merger(session, self._harvests, rows)
            merger.recordings(self._merging.decisions, matching=self._merging.matching)
            reporter.advance(sum(rows))
            core = CoreBuilder(session, self._root, parent, merger)
            parts, counts = core.build(sum(rows), reporter)
            repeats = {name: tuple(words) for name, words in session.query(_REPEATS)}
            periods = dict(session.query("FROM periods ORDER BY source"))
        seed = None if parent is None or counts[LISTENS.name] else parent.listens.synthetic_seed
        return Snapshot(
            None if self._before is None else self._before[0],
            parts,
            PopularityFile(Sha256(""), 0, 0),
            self._sources,
            counts,
            core.numbers,
            SnapshotListens({}, 0.0, seed),
            self._writer(),
            repeats,
            periods,
        )


def _admit(session: Session, harvests: Sequence[Harvest]) -> None:
    """Gives the session its rows."""
    session.view("harvested", [path for harvest in harvests for path in harvest.rows])
    places = [(harvest.name, place, harvest.keys_are_recordings) for place, harvest in enumerate(harvests)]
    session.load("sources", "source VARCHAR, place INTEGER, distinct_keys BOOLEAN", places)
    session.script("admit")
