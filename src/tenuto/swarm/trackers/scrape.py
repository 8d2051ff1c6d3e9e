"""Asks trackers how many peers torrents have, many torrents a request.

A client of its own: libtorrent's asks for one torrent at a time, each of which must be in a session. What
trackers answer is hearsay, and treated as hostile.
"""

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from tenuto.model.errors import UsageError
from tenuto.swarm.trackers.counts import Scraped
from tenuto.swarm.trackers.http_scrape import scrape_http
from tenuto.swarm.trackers.udp_scrape import scrape_udp


def scrape(tracker: str, infohashes: Sequence[str], *, timeout: float, user_agent: str) -> Iterator[Scraped]:
    """One answer a batch, in the order of `infohashes` (40 hexadecimal digits each).

    `tracker`: an announce URL. `timeout`: seconds to wait for each answer. `NetworkError` where the tracker
    doesn't answer as it should; `UsageError` for what is no tracker's URL.
    """
    match urlsplit(tracker).scheme:
        case "udp":
            yield from scrape_udp(tracker, infohashes, timeout=timeout)
        case "http" | "https":
            yield from scrape_http(tracker, infohashes, timeout=timeout, user_agent=user_agent)
        case _:
            raise UsageError(f"{tracker!r} is no tracker", remedy="Give a udp:, http: or https: announce URL")
