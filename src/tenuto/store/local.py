"""Objects as files: `objects/ab/cd/<sha256>`. Specified in docs/formats/objects.md."""

import errno
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from tenuto.fsync import fsync_directory, make_folders, publish, space_or
from tenuto.model.errors import NotFoundError
from tenuto.model.ids import Sha256
from tenuto.model.objects import ObjectDigests
from tenuto.store.names import check_length, object_path

OBJECT_MODE: Final = 0o444


class LocalStore:
    """An `ObjectStore` with `LocalPaths` in one directory tree.

    Crash safety: a kill leaves the object absent or whole under its name, and at most one
    `.<sha256>*.part` file that `sweep` removes. Several processes may put at the same time.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def path(self, object_id: Sha256) -> Path:
        """The object's file, whether or not it is there."""
        return self._root / object_path(object_id)

    def __contains__(self, object_id: Sha256) -> bool:
        return self.path(object_id).is_file()

    def length(self, object_id: Sha256) -> int:
        """Bytes, from the file system. `NotFoundError`."""
        try:
            return self.path(object_id).stat().st_size
        except FileNotFoundError as error:
            raise _missing(object_id, self._root) from error

    def open(self, object_id: Sha256) -> BinaryIO:
        """The single door for reading. `NotFoundError`."""
        try:
            return self.path(object_id).open("rb")
        except FileNotFoundError as error:
            raise _missing(object_id, self._root) from error

    def put(self, source: Path, digests: ObjectDigests) -> None:
        """Moves `source` in (copies where it is on another file system). `FixityError`, `SpaceError`."""
        target = self.path(digests.sha256)
        check_length(source, digests)
        if target.is_file():
            check_length(target, digests)
            fsync_directory(target.parent)  # whoever put it may have been killed before this
            source.unlink()
            return
        make_folders(target.parent)
        try:
            publish(source, target, mode=OBJECT_MODE)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise space_or(error, target) from error
            self._copy(source, target)

    def objects(self) -> Iterator[Sha256]:
        """All objects in ascending order; streamed directory by directory."""
        for directory in sorted(self._root.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]")):
            for path in sorted(directory.iterdir()):
                if re.fullmatch("[0-9a-f]{64}", path.name):
                    yield Sha256(path.name)

    def sweep(self) -> int:
        """Removes what copies left behind when they were killed; returns how many files.

        Only for the one writer of an archive, before it starts to put.
        """
        leftovers = list(self._root.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/.*.part"))
        for leftover in leftovers:
            leftover.unlink(missing_ok=True)
        return len(leftovers)

    def _copy(self, source: Path, target: Path) -> None:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
        os.close(handle)
        temporary = Path(name)
        try:
            shutil.copyfile(source, temporary)
            publish(temporary, target, mode=OBJECT_MODE)
        except OSError as error:
            raise space_or(error, target) from error
        finally:
            temporary.unlink(missing_ok=True)
        source.unlink()


def _missing(object_id: Sha256, root: Path) -> NotFoundError:
    return NotFoundError(
        "no such object", where=f"{root}/{object_id}", remedy="Run `tenuto acquire` to bring it in again"
    )
