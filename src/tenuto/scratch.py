"""Folders for work in progress, which don't outlive their process for long.

A process that is killed can't clear up: the next one that works at the same place does.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from tenuto.fsync import space_or

_HELD: Final = ".held"
"""The file by whose lock a folder is known to be in use: of a file, not a folder, for NFS shares those."""


@contextmanager
def scratch_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """A new folder `<prefix>*` in `parent`. Behind the block it is gone, and what killed processes left too.

    While a folder is in use, its process holds a lock on it (flock(2)), which the kernel drops when that
    dies. Where the file system has no locks, nothing is removed later. Raises `SpaceError` when the disk is
    full.
    """
    for old in parent.glob(f"{prefix}*"):
        _remove_unless_held(old)
    try:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        descriptor = os.open(folder / f"{_HELD}.new", os.O_RDWR | os.O_CREAT)
    except OSError as error:
        raise space_or(error, parent) from error
    try:
        if _lock(descriptor):
            # Under its name only now: a lock that nobody has yet looks like one that nobody has any more.
            (folder / f"{_HELD}.new").rename(folder / _HELD)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def _remove_unless_held(folder: Path) -> None:
    # Not there, or not ours: others clear up, too.
    with suppress(OSError):
        descriptor = os.open(folder / _HELD, os.O_RDWR)
        try:
            if _lock(descriptor):
                shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(descriptor)


def _lock(descriptor: int) -> bool:
    """Whether it is ours now."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
