"""Paths inside a volume: which are safe on every file system, and which clash. torrent.md, clauses 1-3."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final, TypeAlias

from tenuto.model.errors import BadInputError

PathParts: TypeAlias = tuple[str, ...]

MAX_COMPONENT_BYTES: Final = 255
MAX_PATH_BYTES: Final = 1024
PAD_FOLDER: Final = ".pad"

_FORBIDDEN: Final = frozenset('/\\:*?"<>|')


def tree_order(path: PathParts) -> tuple[bytes, ...]:
    """Sorts as BEP 52's `file tree` does: component by component, as bytes."""
    return tuple(part.encode() for part in path)


_PLAIN: Final = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
"""Names like those that we generate: told without looking at each character."""


def split_path(path: str) -> PathParts:
    """The components of a `/`-separated path."""
    return tuple(path.split("/"))


def path_fault(path: PathParts) -> str | None:
    """Why `path` isn't safe, or None. Safe: it stays inside the volume and every file system can hold it."""
    if not path:
        return "an empty path"
    for part in path:
        fault = component_fault(part)
        if fault:
            return fault
    if fold(path[0]) == PAD_FOLDER:
        return f"{PAD_FOLDER!r} is kept for pad files"
    if sum(len(part.encode()) + 1 for part in path) > MAX_PATH_BYTES:
        return f"longer than {MAX_PATH_BYTES} bytes"
    return None


def component_fault(part: str) -> str | None:
    """Why one component isn't safe, or None."""
    if len(part) <= MAX_COMPONENT_BYTES and _PLAIN.fullmatch(part):
        return None
    if part in {"", ".", ".."}:
        return f"component {part!r} isn't a name"
    if any(character in _FORBIDDEN or unicodedata.category(character)[0] == "C" for character in part):
        return "a separator, a control character or one that some file systems refuse"
    if part[-1] in ". ":
        return "a component ends in a dot or a space"
    if len(part.encode()) > MAX_COMPONENT_BYTES:
        return f"a component longer than {MAX_COMPONENT_BYTES} bytes"
    return None


def fold(part: str) -> str:
    """Equal for names that a file system without case, or with normalisation, takes for one."""
    if part.isascii():
        return part.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", part).casefold())


def check_paths(paths: Iterable[PathParts]) -> None:
    """Raises `BadInputError` at the first path that is unsafe or clashes with an earlier one.

    A clash: the same name up to case or Unicode form, or a file where another path has a folder.
    """
    seen: dict[PathParts, tuple[PathParts, bool]] = {}
    for path in paths:
        fault = path_fault(path) or _clash(path, seen)
        if fault:
            raise BadInputError(fault, where=printable("/".join(path)), remedy="Rename the file")


def _clash(path: PathParts, seen: dict[PathParts, tuple[PathParts, bool]]) -> str | None:
    """Notes `path` and its folders in `seen`: folded path -> (exact path, is it a file)."""
    folded = tuple(fold(part) for part in path)
    for depth in range(1, len(path) + 1):
        is_file = depth == len(path)
        mine = (path[:depth], is_file)
        first = seen.setdefault(folded[:depth], mine)
        if first is not mine and (first != mine or is_file):
            return f"clashes with {printable('/'.join(first[0]))}"
    return None


def printable(text: str) -> str:
    """`text` with control characters, surrogates and the like made visible, at most 300 characters."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text[:300])
    return shown if len(text) <= 300 else shown + "…"
