"""Deltas: the files that a mirror with one snapshot needs for another (docs/formats/delta.md)."""

import shutil
from hashlib import sha256
from pathlib import Path
from typing import Final

from tenuto.catalogue.snapshots import folder, load, make_current
from tenuto.formats.delta import Delta, DeltaFile, files_of, new_parts, part_name, read_delta, write_delta
from tenuto.formats.snapshot import Snapshot, read_snapshot
from tenuto.fsync import atomic_file, atomic_write_bytes, fsync_directory, publish
from tenuto.model.errors import BadInputError, FixityError, NotFoundError, UsageError
from tenuto.model.ids import Sha256, SnapshotId
from tenuto.model.ports import Reporter

MANIFEST: Final = "delta.json"
RECORD: Final = "snapshot.json"
POPULARITY: Final = "popularity.parquet"
MAX_RECORD: Final = 64 * 2**20
"""Bytes of JSON that are read whole: many times what the largest catalogue needs."""

_CHUNK: Final = 2**20


def write(root: Path, base: SnapshotId | None, target: SnapshotId, to: Path, reporter: Reporter) -> Delta:
    """Writes the delta's folder `to`, which MUST NOT exist or be empty.

    A folder with this name is whole: what a kill leaves has another. `FixityError` where a file of the
    archive is damaged.
    """
    if to.exists() and not (to.is_dir() and not any(to.iterdir())):
        raise UsageError("the folder holds other things", where=str(to), remedy="Name a new or empty one")
    before, after = None if base is None else load(root, base), load(root, target)
    record = (folder(root, target) / RECORD).read_bytes()
    files = files_of(before, after, _record(record))
    waiting = to.with_name(f".{to.name}.unfinished")
    _empty(waiting)
    places = _places(root, before, after, target)
    _copy(files, {name: (place, waiting / name) for name, place in places.items()}, reporter)
    delta = Delta(base, target, files)
    atomic_write_bytes(waiting / MANIFEST, write_delta(delta))
    waiting.replace(to)
    fsync_directory(to.parent)
    return delta


def apply(root: Path, delta_folder: Path, reporter: Reporter) -> Delta:
    """Puts a delta's files in place and makes its target current. Again after a kill, it goes on.

    Nothing is changed before every file is found to be what the snapshot names. `NotFoundError` where the
    archive hasn't the base, `BadInputError` or `FixityError` where the delta isn't what it says.
    """
    delta = read_delta(_small(delta_folder / MANIFEST), str(delta_folder))
    before = None if delta.base is None else _held(root, delta.base)
    record = _small(delta_folder / RECORD)
    after = read_snapshot(record, delta.target)
    if delta.files != files_of(before, after, _record(record)):
        raise BadInputError(
            "delta.json names other files than lead from its base to its target",
            where=str(delta_folder),
            remedy="Get the delta again",
        )
    places = _places(root, before, after, delta.target)
    waiting = root / "catalogue" / "incoming"
    _empty(waiting)
    try:
        _copy(delta.files, {name: (delta_folder / name, waiting / name) for name in places}, reporter)
        _settle({waiting / name: place for name, place in places.items()})
    finally:
        shutil.rmtree(waiting, ignore_errors=True)
    make_current(root, delta.target)
    return delta


def _held(root: Path, base: SnapshotId) -> Snapshot:
    """The base with all its parts, or `NotFoundError`."""
    snapshot = load(root, base)
    for table, part in new_parts(None, snapshot):
        path = root / "catalogue" / "core" / table / part.file_name
        if not path.is_file() or path.stat().st_size != part.bytes:
            remedy = "Apply the deltas from the beginning"
            raise NotFoundError(
                "a part of the delta's base is missing or cut", where=str(path), remedy=remedy
            )
    return snapshot


def _places(root: Path, before: Snapshot | None, after: Snapshot, target: SnapshotId) -> dict[str, Path]:
    """Where each file of the delta stands in an archive; `snapshot.json` comes last."""
    core = root / "catalogue" / "core"
    parts = {
        part_name(table, part): core / table / part.file_name for table, part in new_parts(before, after)
    }
    own = folder(root, target)
    return parts | {POPULARITY: own / POPULARITY, RECORD: own / RECORD}


def _record(data: bytes) -> DeltaFile:
    return DeltaFile(RECORD, Sha256(sha256(data).hexdigest()), len(data))


def _small(path: Path) -> bytes:
    """The bytes of a record. `NotFoundError`; `BadInputError` where it is absurdly long."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_RECORD + 1)
    except OSError as error:
        remedy = "Give the folder that `tenuto catalogue delta` wrote"
        raise NotFoundError(f"no delta there ({error.strerror})", where=str(path), remedy=remedy) from error
    if len(data) > MAX_RECORD:
        raise BadInputError(f"longer than {MAX_RECORD} bytes", where=str(path), remedy="Get the delta again")
    return data


def _copy(files: tuple[DeltaFile, ...], places: dict[str, tuple[Path, Path]], reporter: Reporter) -> None:
    """Copies each file from the first of its places to the second; checks length and digest in passing."""
    reporter.phase("copy", items=len(files), total_bytes=sum(each.bytes for each in files))
    for each in files:
        _copy_checked(each, *places[each.name])
        reporter.advance(done_bytes=each.bytes)


def _copy_checked(file: DeltaFile, start: Path, end: Path) -> None:
    if not start.is_file():
        raise NotFoundError("a file is missing", where=str(start), remedy="Get it again")
    digest, left = sha256(), file.bytes + 1  # one byte more shows a file that is too long
    with start.open("rb") as source, atomic_file(end) as temporary:
        with temporary.open("wb") as copy:
            while chunk := source.read(max(0, min(_CHUNK, left))):
                digest.update(chunk)
                copy.write(chunk)
                left -= len(chunk)
        if left != 1 or digest.hexdigest() != file.sha256:
            raise FixityError("the file isn't what its digest says", where=str(start), remedy="Get it again")


def _settle(places: dict[Path, Path]) -> None:
    """Gives durable files their names, in this order."""
    for waiting, place in places.items():
        place.parent.mkdir(parents=True, exist_ok=True)
        fsync_directory(place.parent.parent)
        publish(waiting, place)


def _empty(path: Path) -> None:
    """A new folder, whatever a kill left there."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
