"""What a command is given to read: a file, a URL, or stdin."""

import sys
from pathlib import Path

from tenuto.app.mirror import fetched
from tenuto.model.errors import BadInputError, NotFoundError


def given_bytes(place: str, longest: int) -> bytes:
    """What stands there; `-` is stdin. `NotFoundError`, `NetworkError`; `BadInputError` for more bytes."""
    if place.startswith(("http://", "https://")):
        return fetched(place, longest)
    data = sys.stdin.buffer.read(longest + 1) if place == "-" else _file(Path(place), longest + 1)
    if len(data) > longest:
        raise BadInputError(f"it has more than {longest} bytes", where=place)
    return data


def _file(path: Path, length: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(length)
    except FileNotFoundError:
        raise NotFoundError("no such file", where=str(path)) from None
