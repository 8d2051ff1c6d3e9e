"""Reading for the one hashing pass."""

from pathlib import Path

from tenuto.formats.digests import read_digests
from tenuto.model.errors import BadInputError
from tenuto.model.objects import ObjectDigests


def digest_file(path: Path) -> ObjectDigests:
    """All digests of a file, read once. Raises `BadInputError` for an empty or unreadable file."""
    try:
        with path.open("rb", buffering=0) as file:
            return read_digests(file)
    except OSError as error:
        raise BadInputError(
            f"can't be read: {error.strerror}", where=str(path), remedy="Check the disk and the permissions"
        ) from error
    except BadInputError as error:
        raise BadInputError(error.what, where=str(path), remedy=error.remedy) from None
