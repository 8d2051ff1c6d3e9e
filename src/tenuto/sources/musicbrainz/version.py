"""What names a dump without reading it whole."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from blake3 import blake3

from tenuto.model.errors import BadInputError, NotFoundError
from tenuto.sources.dumps import members, open_dump
from tenuto.sources.quiet import Quiet

_EDGE: Final = 2**20
"""Bytes at either end of a file that go into the digest."""

_HEAD_LIMIT: Final = 4096


def version(paths: Sequence[Path], settings: str) -> str:
    """Timestamp and replication sequence of the newest file, and a digest.

    The digest is over `settings` and of each file its name, its size, its head members, its first and its
    last MiB: enough to tell dumps of different days, and a dump that is still being fetched from a whole one,
    but not to find a file that somebody patched in the middle.
    """
    digest = blake3(settings.encode())
    newest = ("", "")
    for path in paths:
        head = _head(path)
        newest = max(newest, (head.get("TIMESTAMP", ""), head.get("REPLICATION_SEQUENCE", "")))
        digest.update(f"\0{path.name}\0{path.stat().st_size}\0{sorted(head.items())}\0".encode())
        digest.update(_edges(path))
    timestamp, sequence = newest
    return f"{timestamp or 'undated'} sequence {sequence or '?'} blake3:{digest.hexdigest()}"


def _head(path: Path) -> dict[str, str]:
    """The small members that stand before the data. What can't be read is said when the rows are."""
    found: dict[str, str] = {}
    try:
        with open_dump(path, Quiet()) as archive:
            for name, member in members(archive, _Heads()):
                if name.startswith("mbdump/"):
                    break
                found[name] = member.read(_HEAD_LIMIT).decode("utf-8", "replace").strip()
    except BadInputError:
        pass
    return found


class _Heads:
    """The names of head members, and of the first with data, where the search ends."""

    def __contains__(self, name: object) -> bool:
        return name in {"TIMESTAMP", "REPLICATION_SEQUENCE", "SCHEMA_SEQUENCE"} or str(name).startswith(
            "mbdump/"
        )


def _edges(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            first = file.read(_EDGE)
            file.seek(max(file.tell(), path.stat().st_size - _EDGE))
            return first + file.read(_EDGE)
    except OSError as error:
        raise NotFoundError(f"can't be read ({error.strerror})", where=str(path)) from error
