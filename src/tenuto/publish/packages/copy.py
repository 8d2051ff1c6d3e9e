"""Objects out of the store into a package: copied with their digest checked, or hard-linked."""

import errno
import os
from hashlib import sha256
from pathlib import Path
from typing import Final

from tenuto.fsync import publish, space_or
from tenuto.model.errors import FixityError
from tenuto.model.objects import ObjectDigests
from tenuto.model.ports import LocalPaths, ObjectStore

_CHUNK: Final = 1 << 20
_NO_LINK: Final = {errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP}
"""Another file system, or one without (so many) links: the object is copied."""


class Objects:
    """Puts objects where a package wants them. `scratch` is on the package's file system.

    With `links`, objects become hard links where the file system can: nothing is read or checked then,
    and package and store share their bytes.
    """

    def __init__(self, store: ObjectStore, scratch: Path, links: LocalPaths | None = None) -> None:
        self._store, self._scratch, self._links = store, scratch, links

    def place(self, digests: ObjectDigests, target: Path) -> None:
        """`target` appears whole and durable, or not at all. One of the right length is left as it is:
        it got its name only after it was checked.

        `FixityError` where the object's bytes aren't what its name says, `NotFoundError`, `SpaceError`.
        """
        if target.is_file() and target.stat().st_size == digests.length:
            return
        if not self._linked(digests, target):
            self._copy(digests, target)

    def _linked(self, digests: ObjectDigests, target: Path) -> bool:
        if self._links is None or digests.sha256 not in self._store:
            return False
        self._check_length(digests, self._store.length(digests.sha256))
        try:
            os.link(self._links.path(digests.sha256), target)
        except OSError as error:
            if error.errno in _NO_LINK:
                return False
            raise
        return True

    def _copy(self, digests: ObjectDigests, target: Path) -> None:
        temporary = self._scratch / digests.sha256
        found, length = sha256(), 0
        try:
            with self._store.open(digests.sha256) as file, temporary.open("wb") as out:
                while data := file.read(_CHUNK):
                    found.update(data)
                    length += out.write(data)
            self._check_length(digests, length)
            if found.hexdigest() != digests.sha256:
                raise _damaged(digests, f"its SHA-256 is {found.hexdigest()}")
            publish(temporary, target)
        except OSError as error:
            raise space_or(error, target) from error
        finally:
            temporary.unlink(missing_ok=True)

    def _check_length(self, digests: ObjectDigests, length: int) -> None:
        if length != digests.length:
            raise _damaged(digests, f"{length} bytes instead of {digests.length}")


def _damaged(digests: ObjectDigests, what: str) -> FixityError:
    return FixityError(
        f"the object is damaged: {what}",
        where=digests.sha256,
        remedy="Restore it from a mirror or a backup; everything else was packed",
    )
