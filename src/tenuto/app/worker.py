"""What a worker does for one file, wherever it stands: fetch it, characterise it, deliver the result."""

import socket
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from tenuto.audio import Result, Task, made_by, process
from tenuto.model.errors import ConfigurationError
from tenuto.store import BucketAddress, S3Quarantine, S3Store, Sent, open_bucket


@dataclass(frozen=True, slots=True)
class Assignment:
    """Everything in it pickles, and nothing in it is secret."""

    task: Task
    bucket: BucketAddress | None
    """Where the result goes to. None: it stays at a path that the archive's process reaches."""
    sent: Sent | None
    """The file, where it waits in the bucket's quarantine. None: `task.path` can be read here."""
    made_by: str
    """What the archive's process would have decoded it with."""


def carry_out(assignment: Assignment) -> Result:
    """As `audio.process`. `ConfigurationError` where this machine isn't set up as the archive's is."""
    if made_by() != assignment.made_by:
        raise ConfigurationError(
            f"has {made_by()}; the archive's machine has {assignment.made_by}",
            where=f"worker {socket.gethostname()}",
            remedy="Install the same releases on all machines, or the results would differ",
        )
    if assignment.bucket is None or assignment.sent is None:
        _require_folder(assignment.task.work)
    if assignment.bucket is None:
        return process(assignment.task)
    near = assignment.task.work if assignment.sent is None else None
    with tempfile.TemporaryDirectory(prefix="tenuto-", dir=near) as folder:
        return _through_bucket(assignment, assignment.bucket, Path(folder))


def _through_bucket(assignment: Assignment, address: BucketAddress, folder: Path) -> Result:
    """Local copies go into `folder`; the file keeps its name, for faults may quote it."""
    bucket, path = open_bucket(address), assignment.task.path
    if assignment.sent is not None:
        path = folder / path.name
        S3Quarantine(bucket).fetch(assignment.sent, path)
    result = process(replace(assignment.task, path=path, work=folder))
    if result.path is not None and result.digests is not None:
        S3Store(bucket).upload(result.path, result.digests)
    return replace(result, path=None)


def _require_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise ConfigurationError(
            "doesn't see the archive's quarantine",
            where=f"worker {socket.gethostname()}",
            remedy="Share the archive's folder at the same path, or keep objects in a bucket (store.url)",
        )
