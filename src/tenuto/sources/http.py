"""One polite question after another over HTTP, for sources that are read through an API.

docs/sources/asking.md has the rules.
"""

import email.utils
import logging
from collections.abc import Callable, Mapping
from typing import Final

import httpx2
import stamina

from tenuto.model.errors import BadInputError, NetworkError, NotFoundError
from tenuto.sources.network import Network, Pace, address, require_contact

MAX_BYTES: Final = 32 * 2**20
"""Of one answer. The largest honest one is an item of some 10,000 files, at about 500 bytes a file."""

LONGEST_WAIT: Final = 300.0
"""Seconds that a server may ask us to wait within a run; who asks for more is left alone until the next."""

_ATTEMPTS: Final = 5
_REDIRECTS: Final = 5
_TIMEOUT: Final = httpx2.Timeout(30.0)
_SLOWEST: Final = 300.0
"""Seconds for one answer; a server that sends a byte now and then would otherwise hold us for ever."""
_TRY_AGAIN: Final = {429, 500, 502, 503, 504}
_GONE: Final = {404, 410, 451}

Check = Callable[[bytes], object]
"""Raises `TryAgainError` for an answer that isn't one, another error for one that says no for good."""

# Else its retries go to stderr, into the progress.
logging.getLogger("stamina").addHandler(logging.NullHandler())
# Below that level it writes down headers, and a secret where one stands in them.
logging.getLogger("httpcore2").setLevel(logging.INFO)


class TryAgainError(NetworkError):
    """Worth another attempt in the same run."""


class LeaveAloneError(NetworkError):
    """The server asks for more quiet than a run can give: nothing more may be asked of it now."""


class PoliteClient:
    """Asks as `network` says, one request at a time.

    `ConfigurationError` without a usable contact, `UsageError` where `origin` isn't a server's address.
    `secret` goes into the query of requests to `origin` as they leave the machine, and is taken out of what
    comes back: it stands in no URL, answer, error or log, and no redirect carries it elsewhere.
    """

    def __init__(
        self,
        network: Network,
        origin: str,
        *,
        secret: Mapping[str, str] | None = None,
        max_bytes: int = MAX_BYTES,
        pace: Pace | None = None,
    ) -> None:
        require_contact(network.contact, origin)
        home = address(origin, secretly=bool(secret))
        self._max_bytes, self._pace = max_bytes, pace or Pace()
        self._last: dict[str, float] = {}
        # Lengths must count what is kept, and a small coded answer may unpack to any size.
        headers = {"User-Agent": f"{network.user_agent} ({network.contact})", "Accept-Encoding": "identity"}
        self._secret = dict(secret or {})
        signing = _Signing(home, self._secret) if secret else None
        self._client = httpx2.Client(timeout=_TIMEOUT, headers=headers, transport=signing)

    def close(self) -> None:
        """Ends the connections."""
        self._client.close()

    def get(self, url: str, check: Check) -> bytes:
        """The answer's bytes, once `check` takes them.

        `NetworkError`: nobody answers as they should; worth another run. `NotFoundError`: the server says
        that there is nothing, or nothing for us. `BadInputError`: the answer is too long.
        """
        retries = stamina.retry_context(
            on=(TryAgainError, httpx2.TransportError),
            attempts=_ATTEMPTS,
            timeout=None,
            wait_initial=self._pace.first_pause,
            wait_max=60.0,
            wait_jitter=self._pace.first_pause / 4,
        )
        body = b""
        try:
            for attempt in retries:
                with attempt:
                    body = self._followed(url)
                    check(body)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise NetworkError(
                f"can't be asked: {error}", where=url, remedy="Run again later; what was answered is kept"
            ) from error
        return body

    def _followed(self, url: str) -> bytes:
        target = httpx2.URL(url)
        for _ in range(_REDIRECTS + 1):
            self._keep_distance(target.host)
            with self._client.stream("GET", target) as answer:
                if not answer.has_redirect_location:
                    self._require_success(answer, url)
                    return self._received(answer, url)
                target = self._moved(answer, url)
        raise NetworkError(f"more than {_REDIRECTS} redirects", where=url, remedy="Is the address right?")

    def _keep_distance(self, host: str) -> None:
        earliest = self._last.get(host, -self._pace.interval) + self._pace.interval
        if (wait := earliest - self._pace.clock()) > 0:
            self._pace.sleep(wait)
        self._last[host] = self._pace.clock()

    def _require_success(self, answer: httpx2.Response, url: str) -> None:
        status = answer.status_code
        if status == 200:
            return
        if status in _TRY_AGAIN:
            wait = retry_after(answer.headers.get("Retry-After", ""), self._pace.now())
            if wait > LONGEST_WAIT:
                raise LeaveAloneError(
                    f"the server answered {status} and asks for {wait:,.0f} s of quiet",
                    where=url,
                    remedy="Run again then; what was answered is kept",
                )
            self._pace.sleep(wait)
            raise TryAgainError(
                f"the server answered {status}",
                where=url,
                remedy="Run again later; what was answered is kept",
            )
        if status in _GONE:
            raise NotFoundError(f"the server answered {status}", where=url, remedy="It may be gone or closed")
        raise NetworkError(
            f"the server answered {status}",
            where=url,
            remedy="Is the question right, and does the server let you in? Else run again later",
        )

    def _received(self, answer: httpx2.Response, url: str) -> bytes:
        body, begun = bytearray(), self._pace.clock()
        for chunk in answer.iter_raw():
            body += chunk
            if len(body) > self._max_bytes:
                raise BadInputError(f"the answer is longer than {self._max_bytes:,} bytes", where=url)
            if self._pace.clock() - begun > _SLOWEST:
                raise TryAgainError(f"no end after {_SLOWEST:.0f} s", where=url, remedy="Run again later")
        for value in self._secret.values():
            body = body.replace(value.encode(), b"REDACTED")
        return bytes(body)

    def _moved(self, answer: httpx2.Response, url: str) -> httpx2.URL:
        """Where a redirect leads: to http or https, never from https to http, and without the secret."""
        schemes = {"https"} if answer.url.scheme == "https" else {"http", "https"}
        target = answer.next_request.url if answer.next_request else httpx2.URL("")
        for name in self._secret:
            target = target.copy_remove_param(name)
        if target.scheme not in schemes or any(value in str(target) for value in self._secret.values()):
            raise NetworkError(
                "the server redirects to an address that isn't safe",
                where=url,
                remedy="Is the address right?",
            )
        return target


class _Signing(httpx2.BaseTransport):
    """Adds the secret on the way out: httpx2 logs requests as they were before, its errors carry them so."""

    def __init__(self, origin: httpx2.URL, secret: Mapping[str, str]) -> None:
        self._inner, self._origin, self._secret = httpx2.HTTPTransport(), origin, dict(secret)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        url = request.url
        if (url.scheme, url.netloc) == (self._origin.scheme, self._origin.netloc):
            url = url.copy_merge_params(self._secret)
        signed = httpx2.Request(
            request.method, url, headers=request.headers, stream=request.stream, extensions=request.extensions
        )
        return self._inner.handle_request(signed)

    def close(self) -> None:
        self._inner.close()


def retry_after(text: str, now: float) -> float:
    """Seconds from `now` (RFC 9110, 10.2.3: a number of seconds or a date); 0 where there is none."""
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, OverflowError):
        return 0.0
