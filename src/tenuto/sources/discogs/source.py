"""One month's dumps in a folder: its artists, then its releases, each followed by its tracks."""

import re
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element

from tenuto.model.errors import BadInputError, ConfigurationError, NotFoundError
from tenuto.model.ids import SourceName
from tenuto.model.ports import Reporter
from tenuto.model.source import RejectedRow, SourceDescription, SourceRow
from tenuto.sources import checksums
from tenuto.sources.discogs import fields, rows
from tenuto.sources.discogs.elements import ARTISTS, MASTERS, RELEASES, Faulty, Kind, elements
from tenuto.sources.dumps import open_dump

KIND: Final = "discogs"

_FILE: Final = re.compile(r"discogs_(\d{8})_(artists|masters|releases)\.xml(?:\.gz)?")

_MASTERS: Final = 2**24
"""Masters from this id on keep no year: two bytes each, whatever a file claims."""


class DiscogsSource:
    """Discogs' artists, releases and tracks. `folder` holds the dumps of one month and their checksums."""

    def __init__(self, name: SourceName, folder: Path, *, priority: int = 100) -> None:
        self._name, self._folder, self._priority = name, folder, priority
        self._files = _dump_files(folder)

    def describe(self) -> SourceDescription:
        """`version` names the published checksums, or where there are none the files' bytes."""
        return SourceDescription(
            self._name,
            KIND,
            self._priority,
            checksums.content_version((path, _published(path)) for path in self._files.values()),
            "CC0-1.0",
            "Discogs",
            {"folder": str(self._folder.resolve())},
            keys_are_recordings=False,
        )

    def rows(self, reporter: Reporter, *, start: int = 0) -> Iterator[SourceRow | RejectedRow]:
        """What lies before `start` is parsed, but not made into rows.

        Raises `FixityError` where a file isn't what the checksums say.
        """
        for path in self._files.values():
            checksums.check(path, _published(path), reporter)
        ordinal, years = 0, _Years()
        for kind, path in self._files.items():
            reporter.phase(f"read {path.name}", total_bytes=path.stat().st_size)
            for number, element in enumerate(_elements(path, kind, reporter), 1):
                if kind is RELEASES and ordinal < start and ordinal + (size := _size(element)) <= start:
                    ordinal += size
                    continue
                where = f"{path.name}: element {number}"
                for row in self._element_rows(element, kind, where, ordinal, years):
                    if ordinal >= start:
                        yield row
                    ordinal += 1

    def _element_rows(
        self, element: Element | Faulty, kind: Kind, where: str, ordinal: int, years: "_Years"
    ) -> Iterator[SourceRow | RejectedRow]:
        if isinstance(element, Faulty):
            yield RejectedRow(self._name, ordinal, where, element.what, element.raw)
            return
        try:
            if kind is ARTISTS:
                yield rows.artist_row(self._name, element, ordinal)
            elif kind is MASTERS:
                years.note(element)
            else:
                yield from rows.release_rows(self._name, element, ordinal, years.first)
        except BadInputError as error:
            yield RejectedRow(self._name, ordinal, where, str(error))


def _published(path: Path) -> str:
    month = path.name.split("_")[1]
    return checksums.published(path, f"discogs_{month}_CHECKSUM.txt")


def _size(element: Element | Faulty) -> int:
    return 1 if isinstance(element, Faulty) else rows.release_size(element)


class _Years:
    """Years of master releases by their ids."""

    def __init__(self) -> None:
        self._years = array("H")

    def note(self, master: Element) -> None:
        number = int(rows.number(master))
        year = fields.year(master.findtext("year") or "")
        if year and number < _MASTERS:
            self._years.extend([0] * (number + 1 - len(self._years)))
            self._years[number] = year

    def first(self, master: str) -> int | None:
        known = master.isascii() and master.isdecimal() and int(master[:9]) < len(self._years)
        return self._years[int(master[:9])] or None if known else None


def _elements(path: Path, kind: Kind, reporter: Reporter) -> Iterator[Element | Faulty]:
    """Of a cut file all that is whole, then its fault."""
    try:
        with open_dump(path, reporter) as dump:
            yield from elements(iter(dump.read, b""), kind)
    except BadInputError as error:
        yield Faulty(str(error), "")


def _dump_files(folder: Path) -> dict[Kind, Path]:
    """The dumps of one month, in the order in which they are read."""
    remedy = "Give a folder with one month's discogs_YYYYMMDD_releases.xml.gz and the like"
    if not folder.is_dir():
        raise NotFoundError("no such folder", where=str(folder), remedy=remedy)
    found = [match for path in sorted(folder.iterdir()) if (match := _FILE.fullmatch(path.name))]
    months, names = {match[1] for match in found}, [match[2] for match in found]
    if not {"artists", "releases"} & set(names):
        raise NotFoundError("no Discogs dump of releases or artists", where=str(folder), remedy=remedy)
    if len(months) > 1 or len(set(names)) < len(names):
        what = f"dumps of several months, or one twice ({', '.join(match[0] for match in found)})"
        raise ConfigurationError(what, where=str(folder), remedy="Keep the newest; each month is complete")
    files = {match[2]: folder / match[0] for match in found}
    return {kind: files[kind.name] for kind in (ARTISTS, MASTERS, RELEASES) if kind.name in files}
