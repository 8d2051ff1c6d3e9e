"""Bytes from a harvested folder."""

import os
import shutil
import stat
from collections.abc import Mapping
from io import BufferedReader
from pathlib import Path
from urllib.parse import unquote_to_bytes

from tenuto.model.errors import BadInputError, NotFoundError
from tenuto.model.ids import SourceName
from tenuto.model.source import Location

_REMEDY = "Harvest the folder again"


class FolderFetcher:
    """Copies `folder:<source>/<path>` out of the source's root. Links are never followed."""

    def __init__(self, roots: Mapping[SourceName, Path]) -> None:
        self._roots = dict(roots)

    def fetch(self, location: Location, destination: Path) -> int:
        source, _, quoted = location.uri.partition(":")[2].partition("/")
        root = self._roots.get(SourceName(source))
        if root is None:
            raise NotFoundError(f"no folder source is named {source!r}", where=location.uri, remedy=_REMEDY)
        with _open_beneath(root, unquote_to_bytes(quoted).split(b"/"), location.uri) as file:
            with destination.open("wb") as out:
                shutil.copyfileobj(file, out, 1024 * 1024)
            return destination.stat().st_size


def _open_beneath(root: Path, parts: list[bytes], uri: str) -> BufferedReader:
    """Opens root/parts component by component without following links, so that no path leads out."""
    if any(part in {b"", b".", b".."} for part in parts):
        raise BadInputError("the path leads out of its folder", where=uri, remedy=_REMEDY)
    try:
        descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise NotFoundError(
            f"the source's folder can't be opened: {error.strerror}", where=uri, remedy="Is its disk mounted?"
        ) from error
    try:
        for part in parts[:-1]:
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        file = os.open(parts[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=descriptor)
    except OSError as error:
        raise NotFoundError(f"can't be opened: {error.strerror}", where=uri, remedy=_REMEDY) from error
    finally:
        os.close(descriptor)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise BadInputError("not a regular file", where=uri, remedy=_REMEDY)
    return os.fdopen(file, "rb")
