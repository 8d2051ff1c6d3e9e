"""Reading for the one hashing pass."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from tenuto.formats.digests import ObjectHasher
from tenuto.model.errors import BadInputError
from tenuto.model.objects import PIECE_LENGTH, ObjectDigests

READ_LENGTH: Final = 2 * PIECE_LENGTH
"""Bytes a read: a multiple of the piece length, so that no byte is copied between buffers."""


def digest_stream(chunks: Iterable[bytes]) -> ObjectDigests:
    """All digests of the bytes in `chunks`. Raises `BadInputError` when there are none."""
    hasher = ObjectHasher()
    for chunk in chunks:
        hasher.update(chunk)
    return hasher.finish()


def digest_file(path: Path) -> ObjectDigests:
    """All digests of a file, read once. Raises `BadInputError` for an empty or unreadable file."""
    hasher = ObjectHasher()
    buffer = memoryview(bytearray(READ_LENGTH))
    try:
        with path.open("rb", buffering=0) as file:
            while count := file.readinto(buffer):
                hasher.update(buffer[:count])
        return hasher.finish()
    except OSError as error:
        raise BadInputError(
            f"can't be read: {error.strerror}", where=str(path), remedy="Check the disk and the permissions"
        ) from error
    except BadInputError as error:
        raise BadInputError(error.what, where=str(path), remedy=error.remedy) from None
