"""What all stores have in common: an object's place, and what may be put there."""

import re
from pathlib import Path

from tenuto.model.errors import BadInputError, FixityError, NotFoundError
from tenuto.model.ids import Sha256
from tenuto.model.objects import ObjectDigests


def object_path(object_id: Sha256) -> str:
    """`ab/cd/<sha256>`. `NotFoundError` for what is no digest."""
    if not re.fullmatch("[0-9a-f]{64}", object_id):
        raise NotFoundError(f"{object_id!r} is no object's name", remedy="Give a SHA-256 in lower case")
    return f"{object_id[:2]}/{object_id[2:4]}/{object_id}"


def check_length(path: Path, digests: ObjectDigests) -> None:
    """`BadInputError` where nothing is there, `FixityError` where it isn't what was hashed."""
    try:
        length = path.stat().st_size
    except FileNotFoundError as error:
        raise BadInputError("nothing to put there", where=str(path), remedy="Fetch it again") from error
    if length != digests.length:
        raise FixityError(
            f"{length} bytes where {digests.length} were hashed",
            where=str(path),
            remedy="The file changed or was cut after hashing: fetch it again",
        )
