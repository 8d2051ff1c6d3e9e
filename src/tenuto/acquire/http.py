"""Bytes over HTTP, politely and with resume (RFC 9110: Range, If-Range, Retry-After)."""

import email.utils
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import httpx2
import stamina

from tenuto.model.errors import ConfigurationError, NetworkError, NotFoundError
from tenuto.model.source import Location

MAX_BYTES: Final = 8 * 2**30
"""No single file is longer; an endless answer is cut off here."""

_ATTEMPTS: Final = 5
_LONGEST_WAIT: Final = 120.0
_TIMEOUT: Final = httpx2.Timeout(30.0)
_GONE: Final = {401, 403, 404, 410, 451}


class _TryAgainError(NetworkError):
    """Worth another attempt in the same run."""


class HttpFetcher:
    """Fetches `http:` and `https:` locations. `contact` (an e-mail address or URL) goes into the User-Agent.

    Beside the partial file stands its ETag; without one, or when the server's file has changed, the fetch
    begins anew, so that two versions never mix.
    """

    def __init__(
        self,
        contact: str,
        *,
        user_agent: str,
        max_bytes: int = MAX_BYTES,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._contact, self._max_bytes, self._sleep = contact, max_bytes, sleep
        self._client = httpx2.Client(
            follow_redirects=True, timeout=_TIMEOUT, headers={"User-Agent": f"{user_agent} ({contact})"}
        )

    def close(self) -> None:
        """Ends the connections."""
        self._client.close()

    def fetch(self, location: Location, destination: Path) -> int:
        if not self._contact:
            raise ConfigurationError(
                "no contact for the User-Agent is configured",
                where=location.uri,
                remedy="Set acquire.contact to an e-mail address or URL that the server's operator can use",
            )
        retries = stamina.retry_context(
            on=(_TryAgainError, httpx2.TransportError),
            attempts=_ATTEMPTS,
            timeout=None,
            wait_initial=0.2,
            wait_jitter=0.2,
        )
        try:
            for attempt in retries:
                with attempt:
                    self._attempt(location.uri, destination)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise NetworkError(
                f"can't be fetched: {error}", where=location.uri, remedy="Run again later; what came is kept"
            ) from error
        return destination.stat().st_size

    def _attempt(self, uri: str, part: Path) -> None:
        tag = part.with_name(part.name + ".etag")
        have = part.stat().st_size if part.exists() and tag.exists() else 0
        headers = {"Range": f"bytes={have}-", "If-Range": tag.read_text("ascii")} if have else {}
        # Coded answers would make lengths and ranges speak of other bytes than the file's.
        headers["Accept-Encoding"] = "identity"
        with self._client.stream("GET", uri, headers=headers) as answer:
            if answer.status_code == 416 and have:
                tag.unlink()
                raise _TryAgainError("the partial file doesn't fit the server's any more", where=uri)
            self._require_success(answer, uri)
            resumed = answer.status_code == 206 and _range_start(answer) == have
            if answer.status_code == 206 and not resumed:
                tag.unlink(missing_ok=True)
                raise _TryAgainError("the server sent another range than was asked for", where=uri)
            self._receive(answer, part, tag, start=have if resumed else 0)
        tag.unlink(missing_ok=True)

    def _receive(self, answer: httpx2.Response, part: Path, tag: Path, *, start: int) -> None:
        etag = answer.headers.get("ETag", "")
        tag.unlink(missing_ok=True)
        with part.open("ab" if start else "wb") as out:
            if etag and not etag.startswith("W/") and etag.isascii():
                tag.write_text(etag, "ascii")
            length = start
            for chunk in answer.iter_raw():
                length += len(chunk)
                if length > self._max_bytes:
                    raise NetworkError(
                        f"the answer is longer than {self._max_bytes:,} bytes",
                        where=str(answer.url),
                        remedy="No audio file is: the location is wrong; harvest the source again",
                    )
                out.write(chunk)
        stated = answer.headers.get("Content-Length")
        if stated is not None and length - start != int(stated):
            raise _TryAgainError(f"{length - start:,} of {stated} bytes came", where=str(answer.url))

    def _require_success(self, answer: httpx2.Response, uri: str) -> None:
        status = answer.status_code
        if status in {200, 206}:
            return
        if status in _GONE:
            raise NotFoundError(
                f"the server answered {status}", where=uri, remedy="The location may have moved or closed"
            )
        if status in {429, 500, 502, 503, 504}:
            self._sleep(min(_retry_after(answer.headers.get("Retry-After", "")), _LONGEST_WAIT))
            raise _TryAgainError(f"the server answered {status}", where=uri, remedy="Run again later")
        raise NetworkError(
            f"the server answered {status}",
            where=uri,
            remedy="Look at the location in a browser, or run again later",
        )


def _range_start(answer: httpx2.Response) -> int | None:
    match = re.fullmatch(r"bytes (\d+)-\d+/(?:\d+|\*)", answer.headers.get("Content-Range", ""))
    return int(match[1]) if match else None


def _retry_after(text: str) -> float:
    """Seconds from now (RFC 9110, 10.2.3); 0 where there is none."""
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time())
    except ValueError:
        return 0.0
