"""One conversation with a UDP tracker (BEP 15)."""

import secrets
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

from tenuto.swarm.trackers.refusals import failed, refused

_PROTOCOL: Final = struct.pack(">Q", 0x41727101980)
_CONNECT, _ERROR = 0, 3
_ID_SECONDS: Final = 60
"""How long a client may use a connection id."""
_LONGEST: Final = 65_535


class UdpTracker:
    """One tracker, and the connection id that it gave."""

    def __init__(self, tracker: str, link: socket.socket, timeout: float, tries: int) -> None:
        self._tracker, self._link, self._timeout, self._tries = tracker, link, timeout, tries
        self._id, self._until = b"", 0.0

    def ask(self, action: int, body: bytes) -> bytes:
        """What stands behind action and transaction id. `RefusedError`, `NetworkError`."""
        for _ in range(self._tries):
            try:
                if time.monotonic() > self._until:
                    self._connect()
                return self._exchange(self._id, action, body)
            except TimeoutError:
                self._until = 0.0  # the tracker may have forgotten the id
            except OSError as error:
                raise failed(self._tracker, error.strerror or str(error)) from error
        raise failed(self._tracker, f"no answer in {self._tries} tries of {self._timeout:g} s")

    def _connect(self) -> None:
        self._id = self._exchange(_PROTOCOL, _CONNECT, b"")[:8]
        if len(self._id) < 8:
            raise failed(self._tracker, "a connection id that is too short")
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
                raise refused(self._tracker, found[8:])
            if found[:4] == struct.pack(">I", action):
                return found[8:]
        raise TimeoutError


@contextmanager
def connected(tracker: str, *, timeout: float, tries: int) -> Iterator[UdpTracker]:
    """Over a socket that hears this tracker only: the kernel drops what others send. `NetworkError`."""
    try:
        parts = urlsplit(tracker)
        found = socket.getaddrinfo(parts.hostname, parts.port, type=socket.SOCK_DGRAM)
    except (OSError, ValueError) as error:
        raise failed(tracker, f"its address can't be found ({error})") from error
    why = "it has no address"
    for family, kind, protocol, _, address in found:
        with socket.socket(family, kind, protocol) as link:
            try:
                link.connect(address)
            except OSError as error:  # a name may have an IPv6 address that can't be reached from here
                why = error.strerror or str(error)
                continue
            yield UdpTracker(tracker, link, timeout, tries)
            return
    raise failed(tracker, why)
