"""Asks the Internet Archive for the items of a search, or for items by name, and for the metadata of each."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar, Final
from urllib.parse import quote, urlencode

import msgspec

from tenuto.model.errors import BadInputError, NetworkError, UsageError
from tenuto.model.ids import SourceName
from tenuto.model.ports import Reporter
from tenuto.model.source import RejectedRow, SourceRow
from tenuto.sources import loose
from tenuto.sources.answers import Conversation
from tenuto.sources.asked import AskedSource
from tenuto.sources.http import PoliteClient, TryAgainError
from tenuto.sources.internet_archive.item import IDENTIFIER, Asked, ItemReader
from tenuto.sources.network import Network, Pace

URL: Final = "https://archive.org"

_PER_PAGE: Final = 10_000
"""Items of one page of a search: the most that the scrape API gives."""

_IDENTIFIERS: Final = "It is the last part of the item's address: archive.org/details/IDENTIFIER"


class _Page(msgspec.Struct):
    """An answer of the scrape API."""

    items: msgspec.Raw
    total: int
    cursor: str | None = None

    @property
    def found(self) -> list[msgspec.Raw]:
        return loose.objects(self.items, _PER_PAGE)


class InternetArchiveSource(AskedSource):
    """The items that `query` finds, in the search's order, or else `items` in alphabetical order.

    Keys are the identifier for a release and `<identifier>/<file name>` for a recording.
    """

    kind: ClassVar[str] = "internet-archive"
    attribution: ClassVar[str] = "Internet Archive, https://archive.org/"

    def __init__(
        self,
        name: SourceName,
        cache: Path,
        network: Network,
        *,
        query: str = "",
        items: Sequence[str] = (),
        url: str = URL,
        priority: int = 100,
        pace: Pace | None = None,
    ) -> None:
        if bool(query) == bool(items):
            raise UsageError(
                "neither a search nor items, or both",
                where=name,
                remedy="Give --query, or --item for each item",
            )
        for item in items:
            if not IDENTIFIER.fullmatch(item):
                raise UsageError(f"{item!r} isn't an item's identifier", where=name, remedy=_IDENTIFIERS)
        self._query, self._items, self._url = query, sorted(set(items)), url.rstrip("/")
        asked = {"query": query} if query else {"items": self._items}
        super().__init__(
            name,
            cache,
            {**asked, "url": self._url},
            lambda: PoliteClient(network, self._url, pace=pace),
            priority=priority,
        )

    def _read(self, conversation: Conversation, reporter: Reporter) -> Iterator[SourceRow | RejectedRow]:
        reader = ItemReader(self.name, f"{self._url}/download")
        listed = self._listed(conversation, reporter)
        questions = ((asked, self._metadata(asked)) for asked in listed)
        for asked, answer in conversation.each(questions, _require_object):
            reporter.advance()
            if answer.fault:
                yield reader.reject(asked.identifier, answer.fault)
            else:
                yield from reader.rows(asked, answer.body)

    def _metadata(self, asked: Asked) -> str:
        return f"{self._url}/metadata/{quote(asked.identifier[:200], safe='')}"

    def _listed(self, conversation: Conversation, reporter: Reporter) -> Iterator[Asked]:
        if self._items:
            reporter.phase(f"ask {self._url}", items=len(self._items))
            yield from map(Asked, self._items)
            return
        for number, page in enumerate(self._pages(conversation)):
            if not number:
                reporter.phase(f"ask {self._url}", items=page.total)
            for item in map(loose.record, page.found):
                yield Asked(loose.text(item.get("identifier")), loose.whole(item.get("downloads")))

    def _pages(self, conversation: Conversation) -> Iterator[_Page]:
        """`NetworkError` where the server's pages go round in circles or don't end."""
        words = {"q": self._query, "fields": "identifier,downloads", "count": str(_PER_PAGE)}
        cursors, listed = set[str](), 0
        while True:
            url = f"{self._url}/services/search/v1/scrape?{urlencode(words)}"
            page = _page(conversation.get(url, _page))
            listed += len(page.found)
            yield page
            if page.cursor is None:
                return
            if page.cursor in cursors or not page.found or listed > page.total + _PER_PAGE:
                raise NetworkError(
                    f"the search doesn't end: {listed:,} of {page.total:,} items came, and there is more",
                    where=url,
                    remedy="Run again with --force, or with a narrower --query",
                )
            cursors.add(page.cursor)
            words["cursor"] = page.cursor


def _page(body: bytes) -> _Page:
    try:
        page = msgspec.json.decode(body, type=_Page, strict=False)
        loose.objects(page.items, _PER_PAGE)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError, BadInputError) as error:
        raise TryAgainError(
            f"not a page of search results ({error})", where="scrape API", remedy="Run again later"
        ) from error
    return page


def _require_object(body: bytes) -> None:
    """Under load the archive has answered with an HTML page and status 200."""
    if not body.lstrip().startswith(b"{"):
        raise TryAgainError("not a JSON object", where="metadata API", remedy="Run again later")
