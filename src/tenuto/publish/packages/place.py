"""Where a package is built: a hidden folder that outlives a kill, so that the next run goes on."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import msgspec

from tenuto.fsync import atomic_write_bytes, fsync_directory, make_folders, publish
from tenuto.model.errors import BadInputError, SpaceError, UsageError

_SPARE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """What is packed. A run goes on with a package that was begun with an equal one."""

    kind: str
    """`bagit` or `ocfl`."""
    content: str
    """Digest of all objects and of the snapshot that describes them."""
    on: date
    link: bool
    """Hard links, which nobody has read, aren't gone on with as checked copies."""


@dataclass(frozen=True, slots=True)
class Place:
    """`.<name>.part/` beside the destination, until the package is whole."""

    destination: Path
    folder: Path

    @property
    def package(self) -> Path:
        return self.folder / "package"

    @property
    def scratch(self) -> Path:
        """Of this run; emptied at each start."""
        return self.folder / "scratch"

    def begin(self, request: Request, needed: int) -> Request:
        """The request to carry out: where one was begun, with its date. `needed` bytes must fit.

        `UsageError` where something else was begun here, `SpaceError`.
        """
        path = self.folder / "request.json"
        begun = _read(path) if path.exists() else None
        if begun is not None and replace(begun, on=request.on) != request:
            raise UsageError(
                "another package was begun here, or the archive has changed since",
                where=str(self.folder),
                remedy="Finish it with the words that it was begun with, or remove that folder",
            )
        self._require_space(needed)
        if begun is None:
            atomic_write_bytes(path, msgspec.json.encode(request))
        self.package.mkdir(exist_ok=True)
        return begun or request

    def write(self, path: str, data: bytes) -> None:
        """One of the package's own files. By way of the scratch folder: a kill leaves no part."""
        temporary = self.scratch / "file"
        temporary.write_bytes(data)
        make_folders((self.package / path).parent)
        publish(temporary, self.package / path)

    def finish(self) -> None:
        """Gives the package its name. Everything in it is durable already."""
        fsync_directory(self.package)
        self.package.rename(self.destination)
        fsync_directory(self.destination.parent)
        shutil.rmtree(self.folder)

    def _require_space(self, needed: int) -> None:
        there = sum(path.stat().st_size for path in self.package.rglob("*") if path.is_file())
        free = shutil.disk_usage(self.folder).free
        missing = max(0, needed - there) + _SPARE_BYTES
        if free < missing:
            raise SpaceError(
                f"{missing:,} bytes needed, {free:,} free",
                where=str(self.destination),
                remedy="Free some space, name another disk, or choose fewer recordings",
            )


@contextmanager
def open_place(destination: Path) -> Iterator[Place]:
    """`UsageError` where something stands at `destination`. When the block raises, what is built stays."""
    if destination.exists() and not (destination.is_dir() and not any(destination.iterdir())):
        raise UsageError(
            "something stands there already", where=str(destination), remedy="Name a new or an empty folder"
        )
    place = Place(destination, destination.absolute().parent / f".{destination.name}.part")
    shutil.rmtree(place.scratch, ignore_errors=True)
    place.scratch.mkdir(parents=True)
    yield place


def _read(path: Path) -> Request:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Request)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadInputError(f"can't be read: {error}", where=str(path), remedy="Remove its folder") from None
