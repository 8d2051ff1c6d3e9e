"""Scrapes an HTTP tracker (BEP 48)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import quote_from_bytes, urlsplit

from tenuto.swarm.trackers.counts import TRIES, Counts, Scraped, batches, believable
from tenuto.swarm.trackers.http import ask, dictionary, open_client
from tenuto.swarm.trackers.refusals import failed

BATCH: Final = 50
"""Infohashes a URL: 3.7 kB, which servers take. Debian's opentracker takes 64."""

_NOBODY: Final = {b"complete": 0, b"incomplete": 0}
"""A tracker leaves out what nobody announces to it: without this, the last seeders would live for ever."""


def scrape_http(
    tracker: str, infohashes: Sequence[str], *, timeout: float, user_agent: str
) -> Iterator[Scraped]:
    """As `scrape`."""
    url = scrape_url(tracker)
    with open_client(timeout, user_agent) as client:
        for batch in batches(infohashes, BATCH):
            asked = "&".join(f"info_hash={quote_from_bytes(bytes.fromhex(each), safe='')}" for each in batch)
            document = ask(client, f"{url}{'&' if '?' in url else '?'}{asked}", tracker, tries=TRIES)
            yield counted(document, batch, tracker)


def scrape_url(announce: str) -> str:
    """Where an announce URL's tracker is scraped. `NetworkError` where it can't be."""
    parts = urlsplit(announce)
    folder, _, last = parts.path.rpartition("/")
    if not last.startswith("announce"):
        raise failed(announce, "it can't be scraped: its path doesn't end in /announce")
    return parts._replace(path=f"{folder}/scrape{last.removeprefix('announce')}").geturl()


def counted(document: Mapping[bytes, object], batch: Sequence[str], tracker: str) -> Scraped:
    """`NetworkError` for what is no scrape."""
    files = dictionary(document.get(b"files"))
    if files is None:
        raise failed(tracker, "what it answers is no scrape")
    found = {infohash: _counts(files.get(bytes.fromhex(infohash), _NOBODY)) for infohash in batch}
    return {infohash: counts for infohash, counts in found.items() if counts}


def _counts(entry: object) -> Counts | None:
    fields = dictionary(entry) or {}
    return believable(fields.get(b"complete"), fields.get(b"incomplete"))
