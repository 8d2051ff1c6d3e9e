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

from tenuto.fsync import space_or


@contextmanager
def scratch_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """A new folder `<prefix>*` in `parent`. Behind the block it is gone, and what killed processes left too.

    While a folder is in use, its process holds a lock on it (flock(2)), which the kernel drops when that
    dies. On file systems without locks nobody else's is touched. Raises `SpaceError` when the disk is full.
    """
    try:
        with _open(parent) as gate:
            # One at a time: a folder is new and not yet locked for a moment.
            _lock(gate, wait=True)
            _clear_up(parent, prefix)
            folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
            own = os.open(folder, os.O_RDONLY)
            _lock(own)
    except OSError as error:
        raise space_or(error, parent) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(own)


def _clear_up(parent: Path, prefix: str) -> None:
    for old in parent.glob(f"{prefix}*"):
        # What can't be opened is gone by now, or not ours.
        with suppress(OSError), _open(old) as descriptor:
            if _lock(descriptor):
                shutil.rmtree(old, ignore_errors=True)


def _lock(descriptor: int, *, wait: bool = False) -> bool:
    """Whether it is ours now."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        return False
    return True


@contextmanager
def _open(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
