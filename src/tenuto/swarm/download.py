"""One torrent in a session, and waiting for it as long as something happens."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import libtorrent as lt

from tenuto.model.errors import FixityError, NetworkError
from tenuto.swarm.session import alerts

WHOLE: Final = (lt.torrent_status.states.finished, lt.torrent_status.states.seeding)
WANTED: Final = 4
"""libtorrent's default priority of a file; 0 is not to download."""

_TICK_SECONDS: Final = 0.02
_CALL_SECONDS: Final = 1.0
_INSISTENT: Final = {"min_reconnect_time": 1, "max_failcount": 30}
"""For peers that were named: libtorrent would call one that refused it twice again after a minute only, and
who has just begun, or loads the torrent for us, refuses at first."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is asked, and for how long (seconds without a new byte)."""

    session: lt.session
    peers: tuple[tuple[str, int], ...]
    trackers: tuple[str, ...]
    timeout: float


class Download:
    """One torrent in a session."""

    def __init__(self, asked: Asked, params: lt.add_torrent_params, folder: Path, flags: int = 0) -> None:
        params.save_path = str(folder.absolute())
        params.trackers = [*params.trackers, *asked.trackers]
        params.flags = flags | lt.torrent_flags.apply_ip_filter
        if asked.peers:
            asked.session.apply_settings(_INSISTENT)  # type: ignore[arg-type]  # a plain dict is taken
        self.handle = asked.session.add_torrent(params)
        self._asked = asked
        self._called = 0.0
        self._failed_pieces = 0

    def until(self, condition: Callable[[], bool], otherwise: str) -> None:
        """Waits as long as bytes arrive or are checked. Raises when nothing happens for the timeout."""
        progress, since = (-1, -1, -1), time.monotonic()
        while not condition():
            now = time.monotonic()
            reached = self._reached()
            if reached != progress:
                progress, since = reached, now
            elif now > since + self._asked.timeout:
                raise self._gave_up(otherwise)
            self._call_peers(now)
            time.sleep(_TICK_SECONDS)
            self._hear()

    def flush(self) -> None:
        """Waits until everything received is in the file."""
        self._asked.session.pop_alerts()
        self.handle.flush_cache()
        for alert in alerts(self._asked.session, self._asked.timeout):
            if isinstance(alert, lt.cache_flushed_alert):
                return
        raise self._gave_up("the disk takes nothing")

    def _reached(self) -> tuple[int, int, int]:
        """Changes whenever something happens: bytes come, or what was there is checked."""
        status = self.handle.status()
        return status.total_payload_download, int(status.state), status.progress_ppm

    def _call_peers(self, now: float) -> None:
        """Peers are called again and again: one may start after us."""
        if now > self._called + _CALL_SECONDS:
            self._called = now
            for peer in self._asked.peers:
                self.handle.connect_peer(peer)

    def _hear(self) -> None:
        for alert in self._asked.session.pop_alerts():
            self._failed_pieces += isinstance(alert, lt.hash_failed_alert)
            if isinstance(alert, lt.torrent_error_alert):
                raise NetworkError(
                    alert.message(), remedy="Look at the disk of the destination, and try again"
                )

    def _gave_up(self, what: str) -> NetworkError | FixityError:
        status = self.handle.status()
        where = status.name or str(status.info_hashes.v1)
        if self._failed_pieces:
            return FixityError(
                f"{self._failed_pieces} pieces from peers failed their hash, and none was whole",
                where=where,
                remedy="Try other peers",
            )
        return NetworkError(
            f"{what} for {self._asked.timeout:g} s ({status.num_peers} peers)",
            where=where,
            remedy="Try again later or name a peer that seeds it; what came is kept for the next try",
        )
