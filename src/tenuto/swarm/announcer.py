"""When which waiting torrent is announced to which tracker."""

import heapq
import os
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Final, NamedTuple, Self

from tenuto.model.errors import NetworkError
from tenuto.swarm.trackers.announce import Event, Seed, announce
from tenuto.swarm.trackers.refusals import RefusedError

_THREADS: Final = 8
_AT_ONCE: Final = 64
"""Begun and not heard yet: `turn` is called a few times a second."""
_SHORTEST, _USUAL, _AFTER_FAULT = 300.0, 1800.0, 900.0
"""Seconds between two announcements."""


class _Turn(NamedTuple):
    due: float
    torrent: str
    tracker: str


class Announcer:
    """Announces in threads of its own; `turn` never waits. Use it as a context manager.

    A torrent that is loaded is announced by libtorrent, and passed over here until it is `taken_over`.
    Trackers aren't told when we end, and forget us after their interval; of a torrent that is dropped they
    are told at once.
    """

    def __init__(self) -> None:
        self._peer_id = b"-TN0001-" + os.urandom(12)
        self._turns: list[_Turn] = []
        self._infohashes: dict[str, tuple[bytes, ...]] = {}
        self._trackers: dict[str, tuple[str, ...]] = {}
        self._told: dict[str, set[str]] = {}
        self._running: dict[Future[int], tuple[_Turn, tuple[bytes, ...]]] = {}
        self._silent: dict[str, float] = {}
        """By tracker: until when it isn't asked."""
        self.port = 0
        self.faults: dict[str, str] = {}
        """By tracker, until it answers again."""

    def __enter__(self) -> Self:
        self._threads = ThreadPoolExecutor(_THREADS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._threads.shutdown(cancel_futures=True)

    def add(self, torrent: str, infohashes: Iterable[bytes], trackers: Iterable[str]) -> None:
        """`infohashes`: 20 bytes each; a hybrid has two."""
        self._infohashes[torrent] = tuple(infohashes)
        self._trackers[torrent] = tuple(trackers)
        for tracker in self._trackers[torrent]:
            heapq.heappush(self._turns, _Turn(0.0, torrent, tracker))

    def taken_over(self, torrent: str) -> None:
        """libtorrent announced it until now, and tells nobody that it stops."""
        self._told[torrent] = set(self._trackers.get(torrent, ()))

    def drop(self, torrent: str) -> None:
        self._trackers.pop(torrent, None)
        infohashes = self._infohashes.pop(torrent, ())
        for tracker in self._told.pop(torrent, ()):
            self._threads.submit(self._announce, tracker, infohashes, Event.STOPPED)

    def turn(self, is_waiting: Callable[[str], bool]) -> None:
        """Hears what trackers said, and begins what is due.

        A tracker that doesn't answer is left alone for a while.
        """
        now = time.monotonic()
        for future in [future for future in self._running if future.done()]:
            self._ended(future, *self._running.pop(future), now)
        while self._turns and self._turns[0].due <= now and len(self._running) < _AT_ONCE:
            turn = heapq.heappop(self._turns)
            if turn.torrent not in self._infohashes:
                continue
            if (silent := self._silent.get(turn.tracker, now)) > now:
                heapq.heappush(self._turns, turn._replace(due=silent))
            elif is_waiting(turn.torrent):
                self._begin(turn)
            else:
                heapq.heappush(self._turns, turn._replace(due=now + _USUAL))

    def _begin(self, turn: _Turn) -> None:
        event = Event.NONE if turn.tracker in self._told.get(turn.torrent, ()) else Event.STARTED
        infohashes = self._infohashes[turn.torrent]
        future = self._threads.submit(self._announce, turn.tracker, infohashes, event)
        self._running[future] = turn, infohashes

    def _ended(self, future: Future[int], turn: _Turn, infohashes: tuple[bytes, ...], now: float) -> None:
        try:
            pause = max(_SHORTEST, future.result() or _USUAL)
            self.faults.pop(turn.tracker, None)
            if turn.torrent not in self._infohashes:  # dropped meanwhile
                self._threads.submit(self._announce, turn.tracker, infohashes, Event.STOPPED)
                return
            self._told.setdefault(turn.torrent, set()).add(turn.tracker)
        except NetworkError as error:
            pause = _AFTER_FAULT
            self.faults[turn.tracker] = error.what
            if not isinstance(error, RefusedError):
                self._silent[turn.tracker] = now + pause
        heapq.heappush(self._turns, turn._replace(due=now + pause))

    def _announce(self, tracker: str, infohashes: tuple[bytes, ...], event: Event) -> int:
        return max(announce(tracker, Seed(each, self._peer_id, self.port), event) for each in infohashes)
