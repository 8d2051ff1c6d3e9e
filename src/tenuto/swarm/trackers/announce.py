"""Announcing to trackers, over HTTP (BEP 3) and UDP (BEP 15), as one who has all of a torrent.

libtorrent announces a torrent that isn't loaded as one that lacks everything, so waiting torrents are
announced by us.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Final
from urllib.parse import quote_from_bytes

from tenuto.swarm.trackers.http import ask, open_client
from tenuto.swarm.trackers.udp import connected

_SECONDS: Final = 5.0
_UDP: Final = "udp://"
_ANNOUNCE: Final = 1
_REQUEST: Final = struct.Struct(">20s20sQQQIIIiH")
"""Infohash, peer id, downloaded, left, uploaded, event, address, key, how many peers are wanted, port."""


class Event(IntEnum):
    """BEP 15's numbers."""

    NONE = 0
    STARTED = 2
    STOPPED = 3


@dataclass(frozen=True, slots=True)
class Seed:
    """Who announces. `infohash`: 20 bytes, of v2 the first; `port`: where it listens."""

    infohash: bytes
    peer_id: bytes
    port: int


def announce(tracker: str, seed: Seed, event: Event) -> int:
    """Returns the seconds after which the tracker wants to hear again, 0 where it doesn't say.

    Tried once. `RefusedError` where the tracker doesn't want the torrent, else `NetworkError`.
    """
    return (_announce_udp if tracker.startswith(_UDP) else _announce_http)(tracker, seed, event)


def _announce_http(tracker: str, seed: Seed, event: Event) -> int:
    query = (
        f"info_hash={quote_from_bytes(seed.infohash, safe='')}"
        f"&peer_id={quote_from_bytes(seed.peer_id, safe='')}"
        f"&port={seed.port}&uploaded=0&downloaded=0&left=0&compact=1&numwant=0"
        + (f"&event={event.name.lower()}" if event else "")
    )
    with open_client(_SECONDS, "tenuto") as client:
        url = f"{tracker}{'&' if '?' in tracker else '?'}{query}"
        interval = ask(client, url, tracker, tries=1).get(b"interval")
    return interval if isinstance(interval, int) else 0


def _announce_udp(tracker: str, seed: Seed, event: Event) -> int:
    body = _REQUEST.pack(seed.infohash, seed.peer_id, 0, 0, 0, event, 0, 0, 0, seed.port)
    with connected(tracker, timeout=_SECONDS, tries=1) as asked:
        return int.from_bytes(asked.ask(_ANNOUNCE, body)[:4], "big")
