"""Asks the API of Jamendo for tracks, page by page."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar, Final
from urllib.parse import urlencode

import msgspec

from tenuto.model.errors import BadInputError, ConfigurationError, NetworkError, UsageError
from tenuto.model.ids import SourceName
from tenuto.model.ports import Reporter
from tenuto.model.source import RejectedRow, SourceRow
from tenuto.sources import loose
from tenuto.sources.answers import Conversation
from tenuto.sources.asked import AskedSource
from tenuto.sources.http import PoliteClient, TryAgainError
from tenuto.sources.jamendo.track import track_row
from tenuto.sources.network import Network, Pace

URL: Final = "https://api.jamendo.com"

_PER_PAGE: Final = 200
"""Tracks of one page: the most that the API gives."""

_QUESTION: Final = {
    "format": "json",
    "limit": str(_PER_PAGE),
    "order": "id",
    "type": "single albumtrack",
    "include": "licenses musicinfo stats",
    "audiodlformat": "flac",
}
FILTERS: Final = frozenset({
    *("id", "artist_id", "artist_name", "album_id", "album_name", "tags", "fuzzytags", "featured"),
    *("vocalinstrumental", "acousticelectric", "speed", "lang", "gender", "durationbetween", "datebetween"),
    *("ccsa", "ccnd", "ccnc", "prolicensing", "probackground", "name", "namesearch", "search"),
})  # fmt: skip
"""What narrows a harvest: parameters of `/tracks` as the API documents them."""

_CLIENT_ID: Final = re.compile(r"[0-9A-Za-z]{8,64}")
_OUR_OWN: Final = {5: "doesn't know this client id", 11: "has suspended this client id"}
_NOT_NOW: Final = {1: "had an exception", 6: "says that the rate limit is exceeded"}


class _Headers(msgspec.Struct):
    status: str = ""
    code: int = 1
    error_message: str = ""
    results_fullcount: int | None = None


class _Page(msgspec.Struct):
    """An answer of the API."""

    headers: _Headers
    results: msgspec.Raw = msgspec.Raw(b"[]")

    @property
    def tracks(self) -> list[msgspec.Raw]:
        """Undecoded, so that a bad one spoils no other. Each holds some objects of its own."""
        return loose.objects(self.results, 100 * _PER_PAGE)


class JamendoSource(AskedSource):
    """Tracks by ascending id, singles and album tracks, within `filters`. Keys are Jamendo's track ids."""

    kind: ClassVar[str] = "jamendo"
    attribution: ClassVar[str] = "Jamendo, https://www.jamendo.com/"

    def __init__(
        self,
        name: SourceName,
        cache: Path,
        network: Network,
        *,
        filters: Sequence[str] = (),
        url: str = URL,
        priority: int = 100,
        pace: Pace | None = None,
    ) -> None:
        self._filters, self._url = _parsed(filters), url.rstrip("/")
        self._network, self._pace = network, pace
        settings: dict[str, str | list[str]] = {"filters": sorted(filters), "url": self._url}
        super().__init__(name, cache, settings, self._client_of_api, priority=priority)

    def _client_of_api(self) -> PoliteClient:
        secret = self._network.client_id()
        if not _CLIENT_ID.fullmatch(secret):
            raise ConfigurationError(
                "no usable client id of the Jamendo API (8 to 64 letters and digits)",
                where=self.name,
                remedy="Put one into TENUTO_JAMENDO_CLIENT_ID, or into the file in jamendo.client_id_file",
            )
        return PoliteClient(self._network, self._url, secret={"client_id": secret}, pace=self._pace)

    def _read(self, conversation: Conversation, reporter: Reporter) -> Iterator[SourceRow | RejectedRow]:
        for place, track in enumerate(self._tracks(conversation, reporter)):
            reporter.advance()
            try:
                yield track_row(self.name, loose.record(track))
            except BadInputError as error:
                raw = bytes(track)[:4096].decode("utf-8", "replace")
                yield RejectedRow(self.name, 0, f"tracks/{place}", str(error), raw)

    def _tracks(self, conversation: Conversation, reporter: Reporter) -> Iterator[msgspec.Raw]:
        """Until the count that the first page states, or an empty page."""
        offset, total, before = 0, 1, b""
        while offset < total:
            count = {"fullcount": "true"} if not offset else {}  # costly for the server: asked once
            question = urlencode(_QUESTION | self._filters | {"offset": str(offset)} | count)
            url = f"{self._url}/v3.0/tracks/?{question}"
            body = conversation.get(url, _page)
            page = _page(body)
            if not offset:
                total = _total(page, url)
                reporter.phase(f"ask {self._url}", items=total)
            if body == before:
                raise NetworkError(
                    "the same page came twice",
                    where=url,
                    remedy="Run again with --force, or narrow with --filter",
                )
            if not (tracks := page.tracks):
                return
            yield from tracks
            offset, before = offset + _PER_PAGE, body


def _parsed(filters: Sequence[str]) -> dict[str, str]:
    """By name, in alphabetical order: the same filters are the same question."""
    found: dict[str, str] = {}
    for given in sorted(filters):
        name, equals, value = given.partition("=")
        if name not in FILTERS or not equals or name in found:
            fault = "is given twice" if name in found else "is no filter"
            raise UsageError(
                f"{given!r} {fault}", remedy=f"Write NAME=VALUE once each, of {', '.join(sorted(FILTERS))}"
            )
        found[name] = value
    return found


def _page(body: bytes) -> _Page:
    """`TryAgainError` for what may pass, `ConfigurationError` for what the operator must mend."""
    try:
        page = msgspec.json.decode(body, type=_Page, strict=False)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise TryAgainError(
            f"not an answer of the API ({error})", where="Jamendo", remedy="Run again later"
        ) from error
    code = page.headers.code
    if code in _NOT_NOW:
        raise TryAgainError(
            f"the API {_NOT_NOW[code]}", where="Jamendo", remedy="Run again later; what was answered is kept"
        )
    if code:
        said = _OUR_OWN.get(code, f"answered error {code}: {page.headers.error_message[:200]}")
        raise ConfigurationError(
            f"the API {said}", where="Jamendo", remedy="Mend the client id or the filters"
        )
    return page


def _total(page: _Page, url: str) -> int:
    if page.headers.results_fullcount is None:
        raise NetworkError(
            "the API doesn't say how many tracks there are", where=url, remedy="Run again later"
        )
    return page.headers.results_fullcount
