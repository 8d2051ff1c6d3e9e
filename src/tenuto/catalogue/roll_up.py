"""A snapshot's statistics, made and written beside other work by a process of their own."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Final

import rfc8785

from tenuto.catalogue.order import load_order
from tenuto.catalogue.snapshots import load
from tenuto.catalogue.statistics import statistics
from tenuto.model.ids import SnapshotId

_CHILD: Final = "from tenuto.catalogue.roll_up import serve; serve()"


def roll_up(root: Path, snapshot: SnapshotId, to: Path) -> None:
    """Writes the statistics of a snapshot that is in rank order as canonical JSON (RFC 8785)."""
    found = statistics(root, load(root, snapshot), load_order(root, snapshot))
    to.write_bytes(rfc8785.dumps(asdict(found)))


@contextmanager
def rolled_up_beside(root: Path, snapshot: SnapshotId, to: Path) -> Iterator[None]:
    """`roll_up` by another process while the block runs; it is done when the block is left.

    Where that process fails, this one does it again: what ends the other may not end this one, or it raises
    what is to be told. Threads won't do: the block and the statistics would wait for each other's turns.
    """
    with subprocess.Popen(
        [sys.executable, "-c", _CHILD, root, snapshot, to],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        start_new_session=True,
    ) as process:
        try:
            yield
            process.wait()
        finally:
            process.kill()
    if process.returncode:
        roll_up(root, snapshot, to)


def serve() -> None:
    """The other process. It ends when its parent does, for the stream ends then."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    root, snapshot, to = sys.argv[1:]
    roll_up(Path(root), SnapshotId(snapshot), Path(to))


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(1)
