"""The unit of work that a worker process does for one quarantined file. Everything in it pickles."""

from dataclasses import dataclass
from pathlib import Path

from tenuto.audio.access import AccessSpec
from tenuto.audio.characterise import characterise
from tenuto.audio.limits import DEFAULT_LIMITS, Limits
from tenuto.formats.digests import read_digests
from tenuto.fsync import space_or
from tenuto.model.audio import Characterisation, Integrity
from tenuto.model.errors import BadInputError
from tenuto.model.objects import ObjectDigests


@dataclass(frozen=True, slots=True)
class Task:
    """`access` None keeps the original; otherwise the copy is written to `work/<key>.opus`."""

    key: str
    """Names the item in the ledger; `[0-9A-Za-z._-]+`, for it names a file too."""
    path: Path
    access: AccessSpec | None
    work: Path
    limits: Limits = DEFAULT_LIMITS


@dataclass(frozen=True, slots=True)
class Result:
    """`path` holds the bytes that the store shall take over: the original, or the access copy.

    `path` and `digests` are None where there is nothing to store: the file is unplayable, or an access
    copy was planned and decoding stopped at a limit. `media_type` and `extension` are an access copy's;
    an original's are known from its location.
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
    copy_path = task.work / f"{task.key}.opus" if task.access else None
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


def _hashed(path: Path) -> ObjectDigests:
    try:
        with path.open("rb", buffering=0) as file:
            return read_digests(file)
    except BadInputError as error:
        raise BadInputError(error.what, where=path.name, remedy=error.remedy) from None
