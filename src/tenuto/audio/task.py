"""The unit of work that a worker process does for one quarantined file. Everything in it pickles."""

import os
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import av
import numpy as np

from tenuto import __version__
from tenuto.audio.access import AccessSpec
from tenuto.audio.characterise import characterise
from tenuto.audio.fingerprint import available
from tenuto.audio.limits import DEFAULT_LIMITS, Limits
from tenuto.formats.digests import read_digests
from tenuto.fsync import space_or
from tenuto.model.audio import Characterisation, Integrity
from tenuto.model.errors import BadInputError
from tenuto.model.objects import ObjectDigests


@dataclass(frozen=True, slots=True)
class Task:
    """`access` None keeps the original; otherwise the copy is written to a new file in `work`."""

    key: str
    """Names the item in the ledger; `[0-9A-Za-z._-]+`, for it names a file too."""
    path: Path
    access: AccessSpec | None
    work: Path
    limits: Limits = DEFAULT_LIMITS


@dataclass(frozen=True, slots=True)
class Result:
    """`path` holds the bytes that the store shall take over: the original, or the access copy.

    `digests` is None where there is nothing to store: the file is unplayable, or an access copy was planned
    and decoding stopped at a limit. `path` is None then too, and where the bytes are in the store already.
    `media_type` and `extension` are an access copy's; an original's are known from its location.
    """

    key: str
    characterisation: Characterisation
    path: Path | None
    digests: ObjectDigests | None
    media_type: str | None
    extension: str | None


def process(task: Task) -> Result:
    """Characterises, encodes if planned, and hashes the bytes to be stored, once.

    Raises `BadInputError` for this item, `SpaceError` where its access copy finds the disk full.
    """
    copy_path = _new_file(task) if task.access else None
    try:
        found = characterise(task.path, task.access, copy_path, task.limits)
    except OSError as error:
        raise space_or(error, task.work) from error
    copy = found.access
    if task.access is None and found.characterisation.integrity is not Integrity.UNPLAYABLE:
        return Result(task.key, found.characterisation, task.path, _hashed(task.path), None, None)
    if copy is None:
        return Result(task.key, found.characterisation, None, None, None, None)
    return Result(
        task.key, found.characterisation, copy.path, _hashed(copy.path), copy.media_type, copy.extension
    )


def _new_file(task: Task) -> Path:
    """Of a name that no other try for the same file has: two may work at the same time on a cluster."""
    try:
        handle, name = tempfile.mkstemp(prefix=f"{task.key}.", suffix=".opus", dir=task.work)
    except OSError as error:
        raise space_or(error, task.work) from error
    os.close(handle)
    return Path(name)


@lru_cache(maxsize=1)
def made_by() -> str:
    """What decides the results' bytes beside the file: machines that differ in it must not share a run."""
    libraries = f"PyAV {av.__version__}, NumPy {np.__version__}"
    return f"Tenuto {__version__}, {libraries}, {'a' if available() else 'no'} Chromaprint library"


def _hashed(path: Path) -> ObjectDigests:
    try:
        with path.open("rb", buffering=0) as file:
            return read_digests(file)
    except BadInputError as error:
        raise BadInputError(error.what, where=path.name, remedy=error.remedy) from None
