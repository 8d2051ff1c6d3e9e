"""One question to an HTTP tracker, and its bencoded answer."""

import time
from typing import Final, cast

import httpx2
import libtorrent as lt

from tenuto.swarm.trackers.refusals import failed, refused

LONGEST_ANSWER: Final = 1 << 20
"""Bytes; 50 torrents need some 5 kB."""

_LIMITS: Final = httpx2.Limits(max_keepalive_connections=0)
"""Trackers close after each answer without saying so, and a kept connection would fail now and then."""


def open_client(timeout: float, user_agent: str) -> httpx2.Client:
    """`timeout`: seconds, between bytes and for a whole answer."""
    headers = {"User-Agent": user_agent, "Accept-Encoding": "identity"}
    return httpx2.Client(timeout=timeout, headers=headers, limits=_LIMITS)


def ask(client: httpx2.Client, url: str, tracker: str, *, tries: int) -> dict[bytes, object]:
    """What `url` answers. `RefusedError` where the tracker gives a reason, else `NetworkError`."""
    document = parse(_download(client, url, tracker, tries), tracker)
    reason = document.get(b"failure reason")
    if isinstance(reason, bytes):
        raise refused(tracker, reason)
    return document


def parse(data: bytes, tracker: str) -> dict[bytes, object]:
    """libtorrent decodes, since trackers needn't sort their keys. `NetworkError`."""
    try:
        document = dictionary(lt.bdecode(data))
    except RuntimeError:
        document = None
    if document is None:
        raise failed(tracker, "what it answers isn't bencoded")
    return document


def dictionary(value: object) -> dict[bytes, object] | None:
    return cast("dict[bytes, object]", value) if isinstance(value, dict) else None


def _download(client: httpx2.Client, url: str, tracker: str, tries: int) -> bytes:
    last: Exception | None = None
    for _ in range(tries):
        try:
            return _once(client, url, tracker)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            last = error
    raise failed(tracker, str(last) or type(last).__name__) from last


def _once(client: httpx2.Client, url: str, tracker: str) -> bytes:
    """httpx2 counts seconds between bytes; here those of the whole answer count too."""
    seconds = client.timeout.read or 0.0
    found, deadline = bytearray(), time.monotonic() + seconds
    with client.stream("GET", url) as response:
        if response.status_code != httpx2.codes.OK:
            raise failed(tracker, f"it answers with status {response.status_code}")
        for chunk in response.iter_raw():
            found += chunk
            if len(found) > LONGEST_ANSWER:
                raise failed(tracker, f"its answer has more than {LONGEST_ANSWER} bytes")
            if time.monotonic() > deadline:
                raise failed(tracker, f"its answer takes more than {seconds:g} s")
    return bytes(found)
