"""Releases, and how identifiers are shared."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tenuto.catalogue.runs import Ints, lengths, starts, whole
from tenuto.catalogue.statistics.names import uses
from tenuto.catalogue.statistics.recordings import FEW, YEARS
from tenuto.catalogue.statistics.tallies import Tally
from tenuto.catalogue.stream import dense, live_batches
from tenuto.formats.snapshot import Snapshot
from tenuto.formats.tables import IDENTIFIERS, RELEASES, TRACKS
from tenuto.model.source import Scheme
from tenuto.model.statistics import Distribution


def releases_by_year(root: Path, snapshot: Snapshot) -> Distribution:
    """By year of release."""
    tally = Tally(YEARS, heard=False)
    for batch in live_batches(root, snapshot, RELEASES, ("year",)):
        tally.add(dense(batch, 1))
    return tally.distribution("releases", snapshot.counts[RELEASES.name])


def releases_by_tracks(root: Path, snapshot: Snapshot) -> Distribution:
    """By how many tracks are known of each; unknown are releases without any."""
    tracks = np.zeros(snapshot.numbers[RELEASES.name], dtype=np.uint32)
    for batch in live_batches(root, snapshot, TRACKS, ("release",)):
        releases = dense(batch, 1)
        np.add.at(tracks, releases[releases >= 0], np.uint32(1))
    tally = Tally(FEW, heard=False)
    tally.add(tracks)
    return tally.distribution("releases", snapshot.counts[RELEASES.name])


def per_name(root: Path, snapshot: Snapshot, scheme: Scheme, of: str) -> Distribution:
    """Identifiers by how many recordings or releases have each."""
    tally = Tally(FEW, heard=False)
    for counts in uses(root, snapshot, scheme):
        tally.add(counts)
    return tally.distribution(of)


def names_per(root: Path, snapshot: Snapshot, scheme: Scheme, entity: str) -> Distribution:
    """Recordings or releases by how many identifiers of the scheme each has; unknown are those without."""
    tally = Tally(FEW, heard=False)
    for (numbers,) in whole(_having(root, snapshot, scheme, entity)):
        tally.add(lengths(starts(numbers), len(numbers)))
    return tally.distribution(f"{entity}s", snapshot.counts[f"{entity}s"])


def _having(root: Path, snapshot: Snapshot, scheme: Scheme, entity: str) -> Iterator[tuple[Ints]]:
    for batch in live_batches(root, snapshot, IDENTIFIERS, ("scheme",), entity=entity):
        wanted = pc.equal(batch.column("scheme").cast(pa.string()), str(scheme))
        yield (dense(batch)[wanted.to_numpy(zero_copy_only=False)],)
