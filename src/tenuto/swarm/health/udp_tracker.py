"""Scrapes a UDP tracker (BEP 15)."""

import secrets
import socket
import struct
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

from tenuto.swarm.health.counts import TRIES, Scraped, batches, believable, refused, said

BATCH: Final = 74
"""Infohashes a request: what fits into one packet everywhere (BEP 15)."""

_PROTOCOL: Final = struct.pack(">Q", 0x41727101980)
_CONNECT, _SCRAPE, _ERROR = 0, 2, 3
_ID_SECONDS: Final = 60
"""How long a client may use a connection id."""
_LONGEST: Final = 65_535
_ENTRY: Final = struct.Struct(">III")
"""Seeders, completed, leechers."""


def scrape_udp(tracker: str, infohashes: Sequence[str], *, timeout: float) -> Iterator[Scraped]:
    """As `scrape`. Each request is tried three times."""
    with _connected(tracker) as link:
        asker = _Asker(tracker, link, timeout)
        for batch in batches(infohashes, BATCH):
            yield parse_answer(asker.scrape(b"".join(map(bytes.fromhex, batch))), batch)


def parse_answer(body: bytes, batch: Sequence[str]) -> Scraped:
    """Behind action and transaction id: an entry a torrent, in the order of the request."""
    entries = _ENTRY.iter_unpack(body[: len(body) // _ENTRY.size * _ENTRY.size])
    counts = (believable(seeders, leechers) for seeders, _, leechers in entries)
    return {infohash: each for infohash, each in zip(batch, counts, strict=False) if each}


class _Asker:
    """One tracker, and the connection id that it gave."""

    def __init__(self, tracker: str, link: socket.socket, timeout: float) -> None:
        self._tracker, self._link, self._timeout = tracker, link, timeout
        self._id, self._until = b"", 0.0

    def scrape(self, hashes: bytes) -> bytes:
        for _ in range(TRIES):
            try:
                if time.monotonic() > self._until:
                    self._connect()
                return self._exchange(self._id, _SCRAPE, hashes)
            except TimeoutError:
                self._until = 0.0  # the tracker may have forgotten the id
            except OSError as error:
                raise refused(self._tracker, error.strerror or str(error)) from error
        raise refused(self._tracker, f"no answer in {TRIES} tries of {self._timeout:g} s")

    def _connect(self) -> None:
        self._id = self._exchange(_PROTOCOL, _CONNECT, b"")[:8]
        if len(self._id) < 8:
            raise refused(self._tracker, "a connection id that is too short")
        self._until = time.monotonic() + _ID_SECONDS

    def _exchange(self, head: bytes, action: int, body: bytes) -> bytes:
        """The answer to this request; other packets are passed over. `TimeoutError`, `OSError`."""
        transaction, deadline = secrets.token_bytes(4), time.monotonic() + self._timeout
        self._link.send(head + struct.pack(">I", action) + transaction + body)
        while (left := deadline - time.monotonic()) > 0:
            self._link.settimeout(left)
            found = self._link.recv(_LONGEST)
            if found[4:8] != transaction:
                continue
            if found[:4] == struct.pack(">I", _ERROR):
                raise refused(self._tracker, said(found[8:]))
            if found[:4] == struct.pack(">I", action):
                return found[8:]
        raise TimeoutError


@contextmanager
def _connected(tracker: str) -> Iterator[socket.socket]:
    """A socket that hears this tracker only: the kernel drops what others send."""
    try:
        parts = urlsplit(tracker)
        found = socket.getaddrinfo(parts.hostname, parts.port, type=socket.SOCK_DGRAM)
    except (OSError, ValueError) as error:
        raise refused(tracker, f"its address can't be found ({error})") from error
    why = "it has no address"
    for family, kind, protocol, _, address in found:
        with socket.socket(family, kind, protocol) as link:
            try:
                link.connect(address)
            except OSError as error:  # a name may have an IPv6 address that can't be reached from here
                why = error.strerror or str(error)
                continue
            yield link
            return
    raise refused(tracker, why)
