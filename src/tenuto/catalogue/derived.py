"""`catalogue/derived/<snapshot>/`: rank order, latest generations, search index, statistics of one snapshot.

Local, never published, made again from the snapshot at any time.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Final

import rfc8785

from tenuto.catalogue.beside import WORTHWHILE, Beside
from tenuto.catalogue.latest import write_latest
from tenuto.catalogue.order import (
    derived_folder,
    has_order,
    keep_weights,
    load_order,
    load_weights,
    put_in_order,
)
from tenuto.catalogue.rank import weigh
from tenuto.catalogue.ranked import documents
from tenuto.catalogue.search import build_index, open_index
from tenuto.catalogue.session import Resources
from tenuto.catalogue.snapshots import load
from tenuto.catalogue.statistics import uncovered, unranked
from tenuto.catalogue.statistics.heard import coverage
from tenuto.catalogue.weights import Weights
from tenuto.formats.snapshot import Snapshot
from tenuto.fsync import atomic_write_bytes
from tenuto.model.errors import NotFoundError
from tenuto.model.ids import SnapshotId
from tenuto.model.ports import Reporter
from tenuto.model.statistics import Distribution, Statistics

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
    heard, known = None, None
    if not has_order(root, snapshot):
        heard, known = _weigh(root, made_of, resources)
        keep_weights(root, snapshot, heard)
    with _with_statistics(root, snapshot, made_of, reporter, known):
        if heard is not None:
            put_in_order(root, snapshot, made_of, heard)
            del heard
        write_latest(root, snapshot, made_of, resources)
        start, stop = _indexed(folder / "search"), min(recordings, indexed)
        if start < stop or not recordings:
            with closing(documents(root, snapshot, resources, start, stop)) as batches:
                build_index(folder / "search", batches, recordings, reporter, limit=stop)


def _weigh(
    root: Path, snapshot: Snapshot, resources: Resources
) -> tuple[Weights, Mapping[str, Distribution] | None]:
    """How much each recording is heard; of a large snapshot the roll-ups, too, that can be made meanwhile."""
    if snapshot.counts["recordings"] < WORTHWHILE:
        return weigh(root, snapshot, resources), None
    with closing(Beside(unranked, root, snapshot)) as beside:
        return weigh(root, snapshot, resources), beside.result()


def roll_up(
    root: Path, identity: SnapshotId, snapshot: Snapshot, known: Mapping[str, Distribution] | None
) -> Statistics:
    """All statistics but the coverage, of a snapshot whose weights are kept."""
    known = unranked(root, snapshot) if known is None else known
    return uncovered(root, snapshot, load_weights(root, identity), known)


@contextmanager
def _with_statistics(
    root: Path,
    identity: SnapshotId,
    snapshot: Snapshot,
    reporter: Reporter,
    known: Mapping[str, Distribution] | None,
) -> Iterator[None]:
    """Behind the block the statistics are there; they are the last file, by which a reader knows the rest.

    Within it the snapshot is put in order, while another process rolls up a large one.
    """
    if is_derived(root, identity):
        yield
        return
    if snapshot.counts["recordings"] < WORTHWHILE:
        yield
        found = roll_up(root, identity, snapshot, known)
    else:
        with closing(Beside(roll_up, root, identity, snapshot, known)) as beside:
            yield
            reporter.phase("statistics")
            found = beside.result()
    found = replace(found, coverage=coverage(load_order(root, identity)))
    path = derived_folder(root, identity) / STATISTICS
    for stale in path.parent.glob(f".{STATISTICS}.*"):
        stale.unlink()
    # Canonical JSON (RFC 8785).
    atomic_write_bytes(path, rfc8785.dumps(asdict(found)))


def _indexed(folder: Path) -> int:
    try:
        return open_index(folder).indexed
    except NotFoundError:
        return 0
