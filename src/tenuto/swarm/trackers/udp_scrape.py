"""Scrapes a UDP tracker (BEP 15)."""

import struct
from collections.abc import Iterator, Sequence
from typing import Final

from tenuto.swarm.trackers.counts import TRIES, Scraped, batches, believable
from tenuto.swarm.trackers.udp import connected

BATCH: Final = 74
"""Infohashes a request: what fits into one packet everywhere (BEP 15)."""

_SCRAPE: Final = 2
_ENTRY: Final = struct.Struct(">III")
"""Seeders, completed, leechers."""


def scrape_udp(tracker: str, infohashes: Sequence[str], *, timeout: float) -> Iterator[Scraped]:
    """As `scrape`. Each request is tried three times."""
    with connected(tracker, timeout=timeout, tries=TRIES) as asked:
        for batch in batches(infohashes, BATCH):
            yield parse_answer(asked.ask(_SCRAPE, b"".join(map(bytes.fromhex, batch))), batch)


def parse_answer(body: bytes, batch: Sequence[str]) -> Scraped:
    """Behind action and transaction id: an entry a torrent, in the order of the request."""
    entries = _ENTRY.iter_unpack(body[: len(body) // _ENTRY.size * _ENTRY.size])
    counts = (believable(seeders, leechers) for seeders, _, leechers in entries)
    return {infohash: each for infohash, each in zip(batch, counts, strict=False) if each}
