"""HTTP for a mirror: nothing endless, nothing unbounded, and one kind of error."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import httpx2
from tuf.api.exceptions import DownloadError, DownloadHTTPError
from tuf.ngclient.fetcher import FetcherInterface

_TIMEOUT: Final = httpx2.Timeout(30.0)
_CHUNK: Final = 64 * 1024
_HEADERS: Final = {"Accept-Encoding": "identity"}
"""The bytes that are counted are those that come: nothing is unpacked."""


class HttpFetcher(FetcherInterface):
    """What `tuf.ngclient` downloads with. It stops each download at the length that it expects."""

    def __init__(self, user_agent: str) -> None:
        self._client = httpx2.Client(
            follow_redirects=True, timeout=_TIMEOUT, headers=_HEADERS | {"User-Agent": user_agent}
        )

    def close(self) -> None:
        self._client.close()

    def _fetch(self, url: str) -> Iterator[bytes]:
        try:
            with self._client.stream("GET", url) as response:
                if response.status_code != httpx2.codes.OK:
                    raise DownloadHTTPError(
                        f"{url} answers with status {response.status_code}", response.status_code
                    )
                yield from response.iter_raw(_CHUNK)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise DownloadError(f"{url}: {str(error) or type(error).__name__}") from error


@contextmanager
def open_fetcher(user_agent: str) -> Iterator[HttpFetcher]:
    """Opens no connection before something is fetched."""
    fetcher = HttpFetcher(user_agent)
    try:
        yield fetcher
    finally:
        fetcher.close()
