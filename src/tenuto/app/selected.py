"""Which recordings a command is about: all, one, some, or what a search finds (docs/formats/packages.md)."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TextIO

from tenuto.app.archive import Archive
from tenuto.app.swarm import current_edition
from tenuto.formats.edition import read_places
from tenuto.ledger import SqliteLedger
from tenuto.model.catalogue import RecordingDetail
from tenuto.model.errors import NotFoundError, UsageError
from tenuto.model.ids import RecordingId
from tenuto.model.ports import CatalogueReader, Reporter

ALL: Final = "all"
PUBLISHED: Final = "published"
_QUERY_PAGE: Final = 500


class Selected:
    """The recordings that `text` names, in no particular order; some may come twice.

    An id in a list that leads nowhere is a fault, counted in `unknown`; the rest goes on.
    """

    def __init__(
        self, archive: Archive, ledger: SqliteLedger, reader: CatalogueReader, text: str, reporter: Reporter
    ) -> None:
        self._archive, self._ledger, self._reader = archive, ledger, reader
        self._text, self._reporter = text, reporter
        self.unknown = 0

    @property
    def shown(self) -> str:
        """Without the machine's paths, for what leaves the archive."""
        return "a list of ids" if self._text.startswith("ids:") else self._text

    def __iter__(self) -> Iterator[RecordingId]:
        """`NotFoundError` for a single thing that isn't there, `UsageError` for a list that can't be read."""
        if self._text == ALL:
            return (holding.recording for holding, _, _ in self._ledger.all_held())
        if self._text == PUBLISHED:
            return self._published()
        return self._named(*self._text.partition(":"))

    def _named(self, kind: str, _: str, rest: str) -> Iterator[RecordingId]:
        match kind:
            case "artist":
                return self._where(lambda detail: detail.artist_id == rest)
            case "release":
                return self._where(lambda detail: any(track.release == rest for track in detail.tracks))
            case "query":
                return self._query(rest)
            case "ids":
                return self._listed(rest)
        return iter((self._reader.show(self._text).summary.id,))

    def _published(self) -> Iterator[RecordingId]:
        folder, edition = current_edition(self._archive)
        return (recording for recording, _ in read_places(folder / "index.parquet", edition.id))

    def _where(self, fits: Callable[[RecordingDetail], bool]) -> Iterator[RecordingId]:
        """One walk through the catalogue."""
        found = False
        for detail in self._reader.ranked():
            if fits(detail):
                found = True
                yield detail.summary.id
        if not found:
            raise NotFoundError(
                "no recording belongs to it",
                where=self._text,
                remedy="Give the id that the catalogue's pages and exports show",
            )

    def _query(self, words: str) -> Iterator[RecordingId]:
        offset = 0
        while page := self._reader.find(words, limit=_QUERY_PAGE, offset=offset).recordings:
            yield from (summary.id for summary in page)
            offset += len(page)

    def _listed(self, place: str) -> Iterator[RecordingId]:
        """Recording ids, ISRCs, MBIDs or SOURCE:KEY, one a line; `-` is standard input."""
        with sys.stdin if place == "-" else _opened(place) as lines:
            for line in lines:
                if name := line.strip():
                    yield from self._one_of_many(name)

    def _one_of_many(self, name: str) -> Iterator[RecordingId]:
        try:
            yield self._reader.show(name).summary.id
        except NotFoundError as error:
            self.unknown += 1
            self._reporter.fault(name, str(error))


def _opened(place: str) -> TextIO:
    try:
        return Path(place).open(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"can't be read: {error.strerror}", where=place) from error
