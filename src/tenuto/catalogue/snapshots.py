"""Snapshots on disk: `catalogue/<id>/snapshot.json`, and the pointer `catalogue/current`."""

from pathlib import Path

from tenuto.formats.snapshot import Snapshot, read_snapshot, snapshot_id, summarise, write_snapshot
from tenuto.fsync import atomic_write_bytes, fsync_directory, publish
from tenuto.model.catalogue import SnapshotSummary
from tenuto.model.errors import NotFoundError
from tenuto.model.ids import SnapshotId
from tenuto.pointers import read_pointer, write_pointer


def current(root: Path) -> SnapshotId | None:
    """The snapshot that the archive shows, or None before the first build."""
    found = read_pointer(root / "catalogue")
    return SnapshotId(found) if found else None


def make_current(root: Path, snapshot: SnapshotId) -> None:
    """Points to `snapshot`; all that it is made of is durable already."""
    write_pointer(root / "catalogue", snapshot)


def folder(root: Path, snapshot: SnapshotId) -> Path:
    """Where the files of one snapshot stand."""
    return root / "catalogue" / snapshot


def load(root: Path, snapshot: SnapshotId) -> Snapshot:
    """`NotFoundError`; `BadInputError` when the file isn't what its id says."""
    path = folder(root, snapshot) / "snapshot.json"
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        remedy = "Build the catalogue with: tenuto catalogue build"
        raise NotFoundError("no such snapshot", where=snapshot, remedy=remedy) from None
    return read_snapshot(data, snapshot)


def save(root: Path, snapshot: Snapshot, popularity: Path) -> SnapshotId:
    """Writes the snapshot's folder, `snapshot.json` last. Takes the file `popularity` over."""
    data = write_snapshot(snapshot)
    identity = snapshot_id(data)
    place = folder(root, identity)
    place.mkdir(parents=True, exist_ok=True)
    publish(popularity, place / "popularity.parquet")
    atomic_write_bytes(place / "snapshot.json", data)
    fsync_directory(place.parent)
    return identity


def summary(root: Path, snapshot: SnapshotId) -> SnapshotSummary:
    """What screens show of a snapshot. `NotFoundError`."""
    return summarise(load(root, snapshot), snapshot)


def descends(root: Path, snapshot: SnapshotId, ancestor: SnapshotId) -> bool:
    """Whether the snapshot is the ancestor, or was made from it: then numbers mean the same in both."""
    found: SnapshotId | None = snapshot
    while found is not None and found != ancestor:
        try:
            found = load(root, found).parent
        except NotFoundError:
            return False
    return found is not None
