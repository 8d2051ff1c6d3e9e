"""`catalogue/derived/<snapshot>/`: rank order, latest generations, search index, statistics of one snapshot.

Local, never published, made again from the snapshot at any time.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Final

import rfc8785

from tenuto.catalogue.beside import WORTHWHILE, Beside
from tenuto.catalogue.latest import write_latest
from tenuto.catalogue.order import derived_folder, has_order, load_order, put_in_order
from tenuto.catalogue.rank import weigh
from tenuto.catalogue.ranked import documents
from tenuto.catalogue.search import build_index, open_index
from tenuto.catalogue.session import Resources
from tenuto.catalogue.snapshots import load
from tenuto.catalogue.statistics import statistics, unranked
from tenuto.formats.snapshot import Snapshot
from tenuto.fsync import atomic_file
from tenuto.model.errors import NotFoundError
from tenuto.model.ids import SnapshotId
from tenuto.model.ports import Reporter
from tenuto.model.statistics import Distribution

INDEXED: Final = 20_000_000
"""The most heard recordings that are indexed for search unless told otherwise."""

STATISTICS: Final = "statistics.json"


def is_derived(root: Path, snapshot: SnapshotId) -> bool:
    """Whether a reader can open the snapshot."""
    return (derived_folder(root, snapshot) / STATISTICS).exists()


def build_derived(
    root: Path,
    snapshot: SnapshotId,
    reporter: Reporter,
    *,
    resources: Resources | None = None,
    indexed: int = INDEXED,
) -> None:
    """Builds what isn't there yet; the most heard `indexed` become searchable."""
    resources = resources or Resources()
    made_of, folder = load(root, snapshot), derived_folder(root, snapshot)
    recordings = made_of.counts["recordings"]
    known = None if has_order(root, snapshot) else _order(root, snapshot, made_of, resources)
    write_latest(root, snapshot, made_of, resources)
    with _with_statistics(root, snapshot, recordings, reporter, known):
        start, stop = _indexed(folder / "search"), min(recordings, indexed)
        if start < stop or not recordings:
            batches = documents(root, snapshot, resources, start, stop)
            build_index(folder / "search", batches, recordings, reporter, limit=stop)


def _order(
    root: Path, identity: SnapshotId, snapshot: Snapshot, resources: Resources
) -> Mapping[str, Distribution] | None:
    """Puts a snapshot in rank order; of a large one gives the roll-ups that can be made meanwhile."""
    if snapshot.counts["recordings"] < WORTHWHILE:
        put_in_order(root, identity, snapshot, weigh(root, snapshot, resources))
        return None
    with closing(Beside(unranked, root, snapshot)) as beside:
        put_in_order(root, identity, snapshot, weigh(root, snapshot, resources))
        return beside.result()


def roll_up(
    root: Path, snapshot: SnapshotId, to: Path, known: Mapping[str, Distribution] | None = None
) -> None:
    """Writes the statistics of a snapshot that is in rank order, as canonical JSON (RFC 8785)."""
    found = statistics(root, load(root, snapshot), load_order(root, snapshot), known)
    to.write_bytes(rfc8785.dumps(asdict(found)))


@contextmanager
def _with_statistics(
    root: Path,
    snapshot: SnapshotId,
    recordings: int,
    reporter: Reporter,
    known: Mapping[str, Distribution] | None,
) -> Iterator[None]:
    """Behind the block the statistics are there; they are the last file, by which a reader knows the rest."""
    if is_derived(root, snapshot):
        yield
        return
    folder = derived_folder(root, snapshot)
    for stale in folder.glob(f".{STATISTICS}.*"):
        stale.unlink()
    with atomic_file(folder / STATISTICS) as temporary:
        if recordings < WORTHWHILE:
            yield
            roll_up(root, snapshot, temporary, known)
            return
        with closing(Beside(roll_up, root, snapshot, temporary, known)) as statistics_beside:
            yield
            reporter.phase("statistics")
            statistics_beside.result()


def _indexed(folder: Path) -> int:
    try:
        return open_index(folder).indexed
    except NotFoundError:
        return 0
