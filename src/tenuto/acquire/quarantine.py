"""Quarantine: bytes that are here but not yet trusted (docs/formats/archive.md)."""

import hashlib
import shutil
from pathlib import Path

from tenuto.fsync import publish, space_or
from tenuto.model.errors import FixityError, SpaceError
from tenuto.model.ports import Fetcher
from tenuto.model.source import Location

_SPARE_BYTES = 64 * 1024 * 1024
"""Left free on the disk for ledger and file system."""


def quarantine_path(folder: Path, key: str) -> Path:
    """Where the bytes of the item named `key` wait. Keys may hold any characters."""
    digest = hashlib.sha256(key.encode()).hexdigest()
    return folder / digest[:2] / digest


def bring_in(location: Location, destination: Path, fetcher: Fetcher) -> int:
    """Fetches into `destination`, which appears whole and checked or not at all; returns its length.

    A partial fetch stays beside it as `.part` and the next try goes on from there. Raises `SpaceError` before
    the first byte where the disk is too small, `FixityError` where length or digest aren't as the location
    states (the bytes are dropped), and what the fetcher raises.
    """
    part = destination.with_name(destination.name + ".part")
    part.parent.mkdir(parents=True, exist_ok=True)
    _require_space(location, part)
    try:
        length = fetcher.fetch(location, part)
        _check(location, part, length)
        publish(part, destination)
    except OSError as error:
        raise space_or(error, destination) from error
    except FixityError:
        part.unlink(missing_ok=True)
        raise
    return length


def _require_space(location: Location, part: Path) -> None:
    there = part.stat().st_size if part.exists() else 0
    needed = max(0, (location.length or 0) - there) + _SPARE_BYTES
    free = shutil.disk_usage(part.parent).free
    if free < needed:
        raise SpaceError(
            f"{free:,} bytes free, {needed:,} needed to fetch {location.uri}",
            where=str(part.parent),
            remedy="Free some space and run again; what is done stays done",
        )


def _check(location: Location, part: Path, length: int) -> None:
    if location.length is not None and length != location.length:
        raise FixityError(
            f"{length:,} bytes came, {location.length:,} were stated",
            where=location.uri,
            remedy="Harvest the source again if the file has changed",
        )
    for name, stated in _digests(location):
        with part.open("rb") as file:
            found = hashlib.file_digest(file, name.replace("-", "").lower()).hexdigest()
        if found != stated:
            raise FixityError(
                f"{name} is {found}, stated was {stated}",
                where=location.uri,
                remedy="Harvest the source again if the file has changed",
            )


def _digests(location: Location) -> list[tuple[str, str]]:
    """The strongest digest that is stated, if any. SHA-1 and MD5 find damage, not malice."""
    named = (("SHA-256", location.sha256), ("SHA-1", location.sha1), ("MD5", location.md5))
    return [(name, stated) for name, stated in named if stated is not None][:1]
