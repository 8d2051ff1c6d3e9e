"""Announcing to trackers over HTTP (BEP 3) and UDP (BEP 15), as one who has all of a torrent.

libtorrent announces a torrent that isn't loaded as one that lacks everything, so waiting torrents are
announced by us.
"""

import os
import socket
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final
from urllib.parse import quote_from_bytes, urlsplit

import httpx2
import libtorrent as lt

from tenuto.model.errors import NetworkError

_SECONDS: Final = 5.0
_MAX_ANSWER: Final = 65_536
_MAGIC: Final = 0x41727101980
"""BEP 15's protocol id."""
_CONNECT, _ANNOUNCE, _ERROR = 0, 1, 3


class Event(IntEnum):
    """BEP 15's numbers."""

    NONE = 0
    STARTED = 2
    STOPPED = 3


class RefusedError(NetworkError):
    """The tracker answers, and doesn't want this torrent."""


@dataclass(frozen=True, slots=True)
class Seed:
    """Who announces. `infohash`: 20 bytes, of v2 the first; `port`: where it listens."""

    infohash: bytes
    peer_id: bytes
    port: int


def announce(url: str, seed: Seed, event: Event) -> int:
    """Returns the seconds after which the tracker wants to hear again. `RefusedError`, `NetworkError`."""
    try:
        if urlsplit(url).scheme == "udp":
            return _announce_udp(url, seed, event)
        return _announce_http(url, seed, event)
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError, RuntimeError, struct.error) as error:
        raise NetworkError(str(error) or type(error).__name__, where=url) from error


def _announce_http(url: str, seed: Seed, event: Event) -> int:
    query = (
        f"info_hash={quote_from_bytes(seed.infohash, safe='')}"
        f"&peer_id={quote_from_bytes(seed.peer_id, safe='')}"
        f"&port={seed.port}&uploaded=0&downloaded=0&left=0&compact=1&numwant=0"
        + (f"&event={event.name.lower()}" if event else "")
    )
    asked = f"{url}{'&' if urlsplit(url).query else '?'}{query}"
    with httpx2.stream("GET", asked, timeout=_SECONDS, headers={"User-Agent": "tenuto"}) as response:
        response.raise_for_status()
        data = b""
        for part in response.iter_bytes():
            data += part
            if len(data) > _MAX_ANSWER:
                raise ValueError("an answer without end")
    answer: Any = lt.bdecode(data)
    if not isinstance(answer, dict):
        raise ValueError("not an answer of a tracker")  # noqa: TRY004 - the tracker's fault, not a caller's
    if b"failure reason" in answer:
        raise RefusedError(answer[b"failure reason"].decode(errors="replace"), where=url)
    return int(answer.get(b"interval", 0))


def _announce_udp(url: str, seed: Seed, event: Event) -> int:
    parts = urlsplit(url)
    family, kind, number, _, address = socket.getaddrinfo(
        parts.hostname, parts.port or 80, type=socket.SOCK_DGRAM
    )[0]
    with socket.socket(family, kind, number) as line:
        line.settimeout(_SECONDS)
        line.connect(address)
        (connection,) = struct.unpack_from(">Q", _asked(line, _CONNECT, _MAGIC, b""))
        body = struct.pack(
            ">20s20sQQQIIIiH",
            *(seed.infohash, seed.peer_id, 0, 0, 0, event, 0, 0, 0, seed.port),
        )
        answer = _asked(line, _ANNOUNCE, connection, body)
        return int.from_bytes(answer[:4], "big")  # who stops may get no interval


def _asked(line: socket.socket, action: int, connection: int, body: bytes) -> bytes:
    """What stands behind action and transaction in the answer; other datagrams are passed over."""
    transaction = os.urandom(4)
    line.send(struct.pack(">QI", connection, action) + transaction + body)
    while True:
        answer = line.recv(2048)
        if answer[4:8] == transaction:
            (found,) = struct.unpack_from(">I", answer)
            if found == _ERROR:
                raise RefusedError(answer[8:].decode(errors="replace"))
            if found == action:
                return answer[8:]
