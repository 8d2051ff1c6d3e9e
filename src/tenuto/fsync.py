"""Bytes reach their final name only when they are durable: fsync, rename, fsync of the directory."""

import errno
import os
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tenuto.model.errors import SpaceError

_FULL_ERRNO: Final = {errno.ENOSPC, errno.EDQUOT}
_FULL_SQLITE: Final = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE}
"""The second: no room for the index of a write-ahead log, which SQLite calls a disk I/O error."""


@contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """Gives a temporary path beside `path`; on success it becomes `path`, on failure it is gone.

    Raises `SpaceError` when the disk is full.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:80]}.", suffix=".part", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        publish(temporary, path)
    except (OSError, sqlite3.Error) as error:
        raise space_or(error, path) from error
    finally:
        temporary.unlink(missing_ok=True)


def publish(temporary: Path, path: Path, *, mode: int = 0o644) -> None:
    """Makes the finished file `temporary` durable, then gives it its final name."""
    descriptor = os.open(temporary, os.O_RDONLY)
    try:
        os.fchmod(descriptor, mode)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    temporary.replace(path)
    fsync_directory(path.parent)


def atomic_write_bytes(path: Path, data: bytes) -> None:
    """Writes `data` to `path` so that a reader sees all of it or what was there before."""
    with atomic_file(path) as temporary:
        temporary.write_bytes(data)


def sync_files(paths: Iterable[Path]) -> None:
    """Makes finished files durable, several at a time: the file system then commits them together."""
    with ThreadPoolExecutor(8) as threads:
        for _ in threads.map(_sync_file, paths):
            pass


def _sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        raise space_or(error, path) from error
    finally:
        os.close(descriptor)


def make_folders(path: Path) -> None:
    """Makes `path` and its parents durably, or a name in them could vanish with its parent."""
    missing = [folder for folder in (path, *path.parents) if not folder.is_dir()]
    path.mkdir(parents=True, exist_ok=True)
    for folder in missing:
        fsync_directory(folder.parent)


def fsync_directory(path: Path) -> None:
    """Makes names in a directory durable (POSIX: renames are only after this)."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def space_or(error: OSError | sqlite3.Error, where: Path | str) -> Exception:
    """`SpaceError` for a full disk or quota, else the error itself."""
    if isinstance(error, OSError):
        full = error.errno in _FULL_ERRNO
    else:
        # Python's own misuse errors carry no code of SQLite's.
        full = getattr(error, "sqlite_errorcode", None) in _FULL_SQLITE
    if full:
        remedy = "Free some space and run again; nothing is lost"
        return SpaceError("no space left on the disk", where=str(where), remedy=remedy)
    return error
