"""One writer at a time. The kernel drops the lock when its holder dies, so a crash can't leave it behind."""

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tenuto.fsync import space_or
from tenuto.model.errors import LockedError


@contextmanager
def writer_lock(path: Path, command: str) -> Iterator[None]:
    """Holds the archive for writing. `LockedError` names who holds it now.

    flock(2), not a file's existence, is the lock; the file's text only tells who wrote it last.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise space_or(error, path) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockedError(
                f"another process writes to this archive: {_holder(path)}",
                where=str(path),
                remedy="Wait until it ends, or stop it; reading commands still work",
            ) from None
        _sign(descriptor, path, command)
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _sign(descriptor: int, path: Path, command: str) -> None:
    text = json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "command": command})
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, text.encode(), 0)
    except OSError as error:
        raise space_or(error, path) from error


def _holder(path: Path) -> str:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        return f"`{holder['command']}`, process {holder['pid']} on {holder['host']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "unknown (it is just starting)"
