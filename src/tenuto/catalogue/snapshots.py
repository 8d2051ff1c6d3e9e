"""Snapshots on disk: `catalogue/<id>/snapshot.json`, and the pointer `catalogue/current`."""

from pathlib import Path

from tenuto.formats.snapshot import Snapshot, read_snapshot, snapshot_id, summarise, write_snapshot
from tenuto.fsync import atomic_write_bytes, fsync_directory, publish
from tenuto.model.catalogue import SnapshotSummary
from tenuto.model.errors import NotFoundError
from tenuto.model.ids import SnapshotId


def current(root: Path) -> SnapshotId | None:
    """The snapshot that the archive shows, or None before the first build."""
    try:
        return SnapshotId((root / "catalogue" / "current").read_text(encoding="ascii").strip())
    except FileNotFoundError:
        return None


def make_current(root: Path, snapshot: SnapshotId) -> None:
    """Points to `snapshot`; all that it is made of is durable already."""
    if current(root) != snapshot:
        atomic_write_bytes(root / "catalogue" / "current", f"{snapshot}\n".encode("ascii"))


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
