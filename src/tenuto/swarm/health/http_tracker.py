"""Scrapes an HTTP tracker (BEP 48)."""

import time
from collections.abc import Iterator, Sequence
from typing import Final, cast
from urllib.parse import quote_from_bytes, urlsplit

import httpx2
import libtorrent as lt

from tenuto.swarm.health.counts import TRIES, Counts, Scraped, batches, believable, refused, said

BATCH: Final = 50
"""Infohashes a URL: 3.7 kB, which servers take. Debian's opentracker takes 64."""

LONGEST_ANSWER: Final = 1 << 20
"""Bytes; 50 torrents need some 5 kB."""

_NOBODY: Final = {b"complete": 0, b"incomplete": 0}
"""A tracker leaves out what nobody announces to it: without this, the last seeders would live for ever."""

_LIMITS: Final = httpx2.Limits(max_keepalive_connections=0)
"""Trackers close after each answer without saying so, and a kept connection would fail now and then."""


def scrape_http(
    tracker: str, infohashes: Sequence[str], *, timeout: float, user_agent: str
) -> Iterator[Scraped]:
    """As `scrape`."""
    url = scrape_url(tracker)
    headers = {"User-Agent": user_agent, "Accept-Encoding": "identity"}
    with httpx2.Client(timeout=timeout, headers=headers, limits=_LIMITS) as client:
        for batch in batches(infohashes, BATCH):
            asked = "&".join(f"info_hash={quote_from_bytes(bytes.fromhex(each), safe='')}" for each in batch)
            data = _download(client, f"{url}{'&' if '?' in url else '?'}{asked}", tracker, timeout)
            yield parse_answer(data, batch, tracker)


def scrape_url(announce: str) -> str:
    """Where an announce URL's tracker is scraped. `NetworkError` where it can't be."""
    parts = urlsplit(announce)
    folder, _, last = parts.path.rpartition("/")
    if not last.startswith("announce"):
        raise refused(announce, "it can't be scraped: its path doesn't end in /announce")
    return parts._replace(path=f"{folder}/scrape{last.removeprefix('announce')}").geturl()


def parse_answer(data: bytes, batch: Sequence[str], tracker: str) -> Scraped:
    """`NetworkError` for what is no scrape. libtorrent decodes, since trackers needn't sort their keys."""
    try:
        document = _dictionary(lt.bdecode(data))
    except RuntimeError:
        document = None
    if document is None:
        raise refused(tracker, "what it answers isn't bencoded")
    files = _dictionary(document.get(b"files"))
    if files is None:
        reason = document.get(b"failure reason")
        raise refused(tracker, said(reason) if isinstance(reason, bytes) else "what it answers is no scrape")
    found = {infohash: _counts(files.get(bytes.fromhex(infohash), _NOBODY)) for infohash in batch}
    return {infohash: counts for infohash, counts in found.items() if counts}


def _counts(entry: object) -> Counts | None:
    fields = _dictionary(entry) or {}
    return believable(fields.get(b"complete"), fields.get(b"incomplete"))


def _dictionary(value: object) -> dict[bytes, object] | None:
    return cast("dict[bytes, object]", value) if isinstance(value, dict) else None


def _download(client: httpx2.Client, url: str, tracker: str, timeout: float) -> bytes:
    failed: Exception | None = None
    for _ in range(TRIES):
        try:
            return _once(client, url, tracker, timeout)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            failed = error
    raise refused(tracker, str(failed) or type(failed).__name__) from failed


def _once(client: httpx2.Client, url: str, tracker: str, timeout: float) -> bytes:
    """httpx2 counts seconds between bytes; here those of the whole answer count too."""
    found, deadline = bytearray(), time.monotonic() + timeout
    with client.stream("GET", url) as response:
        if response.status_code != httpx2.codes.OK:
            raise refused(tracker, f"it answers with status {response.status_code}")
        for chunk in response.iter_raw():
            found += chunk
            if len(found) > LONGEST_ANSWER:
                raise refused(tracker, f"its answer has more than {LONGEST_ANSWER} bytes")
            if time.monotonic() > deadline:
                raise refused(tracker, f"its answer takes more than {timeout:g} s")
    return bytes(found)
