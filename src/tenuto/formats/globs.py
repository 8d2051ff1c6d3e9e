"""Path patterns with `*`, `?`, `**` and `**/`, matched in time proportional to pattern times path.

Regular expressions would backtrack for ever on a pattern like `*a*a*a*a*b`, and patterns come from strangers.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

_WILDCARD = re.compile(r"(\*\*/|\*\*|\*|\?)")


def matches(glob: str, path: str) -> bool:
    """Whether `glob` matches the whole of `path` (docs/formats/rights-file.md, clause 5)."""
    reached = {0}
    for part in _parts(glob):
        reached = set(_after(part, path, reached))
        if not reached:
            return False
    return len(path) in reached


@lru_cache(maxsize=1024)
def _parts(glob: str) -> tuple[str, ...]:
    """Wildcards and the text between them; a wildcard right after itself adds nothing (but `?` does)."""
    parts: list[str] = []
    for part in _WILDCARD.split(glob):
        if part and not (parts and part == parts[-1] and part != "?" and _WILDCARD.fullmatch(part)):
            parts.append(part)
    return tuple(parts)


def _after(part: str, path: str, reached: set[int]) -> Iterable[int]:
    """Where in `path` one may stand after `part`, having stood at one of `reached`."""
    first, end = min(reached), len(path)
    if part == "**":
        return range(first, end + 1)
    if part == "**/":
        return reached | {at + 1 for at in range(first, end) if path[at] == "/"}
    if part == "*":
        return _within_components(path, reached)
    if part == "?":
        return (at + 1 for at in reached if at < end and path[at] != "/")
    return (at + len(part) for at in reached if path.startswith(part, at))


def _within_components(path: str, reached: set[int]) -> set[int]:
    found: set[int] = set()
    for start in sorted(reached):
        at = start
        while at not in found:
            found.add(at)
            if at == len(path) or path[at] == "/":
                break
            at += 1
    return found
