"""Which dumps were given, and whether they make one unbroken chain: a full dump and what came after it."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Final

from tenuto.model.errors import ConfigurationError, NotFoundError

_NAME: Final = re.compile(
    r"listenbrainz-(?:spark-|listens-)?dump-(\d{1,9})-(\d{8}-\d{6})-(full|incremental)(\.tar(?:\.(?:zst|xz|bz2|gz))?)?"
)
"""An archive, or the folder that it unpacks to, or the server's folder around them."""

_LOOSE: Final = re.compile(r"(full|incremental)-dump-(\d{1,9})_\w+\.parquet")
"""A single file of a Spark dump as ListenBrainz' own tests name it. It has no date."""

_PARTS: Final = (".parquet", ".listens")


@dataclass(frozen=True, slots=True)
class Dump:
    """One dump: an archive, or the Parquet or JSON Lines files of one."""

    number: int
    full: bool
    end: datetime | None
    """When it was made; None where no name says so."""
    files: tuple[Path, ...]
    base: Path
    """Where the names of files begin, to tell those of one dump from another's."""


def find_dumps(paths: Iterable[Path]) -> list[Dump]:
    """The dumps at `paths` (archives, files, folders of them), unordered. `NotFoundError`."""
    loose = defaultdict[tuple[int, bool], list[Path]](list)
    dumps = []
    for path in paths:
        if not path.exists():
            raise NotFoundError("no such dump", where=str(path), remedy="Name dumps, or a folder of them")
        for found in _expand(path):
            if isinstance(found, Dump):
                dumps.append(found)
            elif match := _LOOSE.fullmatch(found.name):
                loose[int(match[2]), match[1] == "full"].append(found)
    return dumps + [
        Dump(number, full, None, tuple(files), files[0].parent) for (number, full), files in loose.items()
    ]


def _expand(path: Path) -> Iterator[Dump | Path]:
    match = _NAME.fullmatch(path.name)
    if path.is_file():
        yield _dump(match, (path,), path.parent) if match and match[4] else path
    elif match and (parts := sorted((p for p in path.rglob("*") if p.suffix in _PARTS), key=_natural)):
        yield _dump(match, tuple(parts), path.parent)
    else:
        for inside in sorted(path.iterdir()):
            if inside.is_file() or _NAME.fullmatch(inside.name):
                yield from _expand(inside)


def _dump(match: re.Match[str], files: tuple[Path, ...], base: Path) -> Dump:
    end = datetime.strptime(match[2], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
    return Dump(int(match[1]), match[3] == "full", end, files, base)


def _natural(path: Path) -> list[tuple[int, str]]:
    """`10.parquet` after `9.parquet`."""
    return [(int(number or -1), text) for number, text in re.findall(r"(\d+)|(\D+)", path.as_posix())]


def check_chain(dumps: Sequence[Dump]) -> list[Dump]:
    """The full dump, then the incrementals in their order. `ConfigurationError` unless they make one chain.

    A dump's number is one more than that of the dump where it begins, whatever kind that one is.
    """
    fulls = [dump for dump in dumps if dump.full]
    if len(fulls) != 1:
        raise _broken(
            f"{len(fulls)} full dumps where there must be one",
            "Give the newest full dump, which replaces all before it, and the incrementals after it",
        )
    chain = sorted(dumps, key=lambda dump: (dump.number, not dump.full))
    for before, dump in pairwise(chain):
        if dump.number == before.number:
            raise _broken(f"dump {dump.number} is there twice", "Give its archive of one kind, once")
        if not before.full and dump.full:
            raise _broken(
                f"incremental dump {before.number} is older than full dump {dump.number}",
                "Leave it out: the full dump holds its listens, but for those deleted since",
            )
        if dump.number != before.number + 1:
            raise _broken(
                f"dump {before.number + 1} is missing between {before.number} and {dump.number}",
                "Add it, or end before the gap",
            )
    return chain


def _broken(what: str, remedy: str) -> ConfigurationError:
    return ConfigurationError(what, where="ListenBrainz dumps", remedy=remedy)
