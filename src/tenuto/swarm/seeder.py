"""Seeds any number of volumes out of the object store: no second copy, nothing read at the start.

See docs/swarm.md for how torrents are loaded, what libtorrent does with missing and damaged objects, and
what was measured.
"""

import time
from collections import Counter, deque
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import libtorrent as lt

from tenuto.model.errors import TenutoError
from tenuto.model.ports import Reporter
from tenuto.swarm.announcer import Announcer
from tenuto.swarm.record import Fault, SeedRecord, open_record, stamp_of
from tenuto.swarm.resident import Resident
from tenuto.swarm.seeded import Seeded, SeederStatus, SeedStatus, State, summed
from tenuto.swarm.session import SessionSettings, open_session
from tenuto.swarm.volume import (
    LoadedVolume,
    SeedVolume,
    Withheld,
    infohash_of,
    load_volume,
    missing_objects,
    seeding_params,
    waiting_params,
)

_SLICE_SECONDS: Final = 0.2
"""The longest time in which Ctrl-C isn't heard."""
_UPDATE_SECONDS: Final = 1.0
_LISTEN_EVERY: Final = 500
"""Torrents registered between two looks at the messages, whose queue is limited."""


@dataclass(frozen=True, slots=True)
class SeederSettings:
    """`memory`: bytes that loaded torrents may take, estimated. `trackers`: besides the torrents' own."""

    session: SessionSettings = field(default_factory=SessionSettings)
    trackers: tuple[str, ...] = ()
    memory: int = 2 * 10**9
    record: Path | None = None
    """Its file (docs/formats/seeding.md); None: all is forgotten at the end."""


@dataclass(frozen=True, slots=True)
class Followed:
    """Torrents: how many are new, and how many are seeded no longer."""

    taken: int
    dropped: int


class Seeder:
    """One libtorrent session that only ever reads the store.

    Use it as a context manager, tell it what to `follow`, and let it `work`: only then are torrents loaded,
    messages read and failing objects taken out. What is loaded is seeded all the time.
    """

    def __init__(self, settings: SeederSettings = SeederSettings(), reporter: Reporter | None = None) -> None:
        self._settings, self._reporter = settings, reporter
        self._open = ExitStack()
        self._torrents: dict[str, Seeded] = {}
        self._resident = Resident(settings.memory)
        self._asked: dict[str, None] = {}
        self._in_turn: deque[str] = deque()
        self._uploaded: Counter[tuple[str, str]] = Counter()
        self._refused = 0
        self._updated = 0.0
        self.port = 0
        """The port that is really listened on, once entered."""

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._record: SeedRecord = stack.enter_context(open_record(self._settings.record))
            self._announcer = stack.enter_context(Announcer())
            self._session, self.port = open_session(self._settings.session)
            self._announcer.port = self.port
            self._open = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._open:
            for infohash in self._resident:
                self._count(self._torrents[infohash])
            self.remember(None)
            self._torrents.clear()
            # Dropping the last reference tells the trackers that we stop, and waits for its threads. With a
            # hundred thousand torrents it takes minutes, so what must be kept is kept before.
            del self._session

    def follow(self, volumes: Iterable[SeedVolume]) -> Followed:
        """Seeds these torrents from now on, and no others: what isn't named is dropped, its peers too.

        New ones wait, which costs little (docs/benchmarks.md); `work` loads them in the order given, as far
        as memory allows, and at once where a peer asks.
        """
        wanted = {volume.infohash: volume for volume in volumes}
        gone = [infohash for infohash in self._torrents if infohash not in wanted]
        for infohash in gone:
            self._drop(infohash)
        new = [volume for infohash, volume in wanted.items() if infohash not in self._torrents]
        for number, volume in enumerate(new, 1):
            torrent = self._torrents[volume.infohash] = Seeded(volume)
            self._let_wait(torrent)
            self._in_turn.append(volume.infohash)
            trackers = dict.fromkeys((*volume.trackers, *self._settings.trackers))
            self._announcer.add(volume.infohash, volume.infohashes, trackers)
            if number % _LISTEN_EVERY == 0:
                self._listen()
        for infohash, volume in wanted.items():
            torrent = self._torrents[infohash]
            torrent.volume = volume  # its papers may have moved to a new edition's folder
            if torrent.state is State.FAILED:
                self._let_wait(torrent)
                self._in_turn.append(infohash)
        self._record.keep_faults({volume.name for volume in wanted.values()})
        return Followed(len(new), len(gone))

    def add(self, volume: SeedVolume) -> None:
        """Seeds one torrent more, loaded at once. Costs one `stat` a file; missing objects become faults.

        Raises `NotFoundError` or `BadInputError` where the torrent file is missing or doesn't fit.
        """
        torrent = self._torrents.get(volume.infohash) or Seeded(volume)
        self._load(torrent)
        self._torrents[volume.infohash] = torrent

    def work(self, seconds: float) -> None:
        """For so long: hears messages, loads what peers ask for, then what waits."""
        until = time.monotonic() + seconds
        while True:
            self._listen()
            has_loaded = self._load_asked() or self._load_in_turn()
            left = until - time.monotonic()
            if left <= 0:
                return
            if not has_loaded:  # what waits now, waits until it is asked for
                self._announcer.turn(self._is_waiting)
                self._session.wait_for_alert(1 + int(min(left, _SLICE_SECONDS) * 1000))

    def announce(self) -> None:
        """Tells all trackers of what is loaded now, whatever interval they asked for."""
        for infohash in self._resident:
            self._torrents[infohash].handle.force_reannounce(0, -1, lt.torrent_handle.ignore_min_interval)

    def status(self) -> SeederStatus:
        """As of the last `work`; costs one pass over the torrents, and asks libtorrent nothing."""
        return summed(
            self._torrents.values(),
            uploaded_ever=self._record.uploaded() + self._uploaded.total(),
            faults=self._record.count_faults(),
            loaded_bytes=self._resident.bytes,
            refused=self._refused,
            tracker_faults=self._announcer.faults,
        )

    def torrents(self) -> tuple[SeedStatus, ...]:
        """How each torrent fares, in the order in which they were taken."""
        return tuple(torrent.status() for torrent in self._torrents.values())

    def remember(self, report: str | None) -> None:
        """Writes down what was given since the last time, and how the seeder fares (JSON); None: it ends."""
        self._record.add_uploaded(self._uploaded)
        self._uploaded.clear()
        self._record.put_report(report)

    # Torrents come and go.

    def _let_wait(self, torrent: Seeded) -> None:
        torrent.state = State.WAITING
        torrent.handle = self._session.add_torrent(waiting_params(torrent.volume))

    def _is_waiting(self, infohash: str) -> bool:
        return self._torrents[infohash].state is State.WAITING

    def _drop(self, infohash: str) -> None:
        self._announcer.drop(infohash)
        torrent = self._torrents.pop(infohash)
        self._remove(torrent)
        self._asked.pop(infohash, None)

    def _remove(self, torrent: Seeded) -> None:
        """Takes it out of the session, which may have it no longer."""
        if torrent.handle.is_valid():
            self._count(torrent)
            self._session.remove_torrent(torrent.handle)
        torrent.uploaded_by_handle = torrent.peers = 0
        self._resident.drop(torrent.volume.infohash)

    def _count(self, torrent: Seeded) -> None:
        self._uploaded[torrent.volume.infohash, torrent.volume.name] += torrent.heard(torrent.handle.status())

    def _unload(self, torrent: Seeded) -> None:
        """Back to waiting. Trackers aren't told that we stop: who comes is served."""
        if torrent.state is not State.WAITING:
            torrent.handle.replace_trackers([])
            self._announcer.taken_over(torrent.volume.infohash)
        self._remove(torrent)
        self._let_wait(torrent)

    # Loading

    def _load_asked(self) -> bool:
        """Loads what a peer asked for first; False when nobody asks."""
        if not self._asked:
            return False
        infohash = next(iter(self._asked))
        del self._asked[infohash]
        torrent = self._torrents[infohash]
        leavers = self._resident.leavers(torrent.volume.cost, lambda other: not self._torrents[other].peers)
        if leavers is None:
            self._refused += 1
            self._unload(torrent)  # it may have its metadata from the peer already
        else:
            for leaver in leavers:
                self._unload(self._torrents[leaver])
            self._load_or_fail(torrent)
        return True

    def _load_in_turn(self) -> bool:
        """Loads what waits the longest; False when nothing does, or memory is full."""
        while self._in_turn and not self._resident.is_full:
            torrent = self._torrents.get(self._in_turn.popleft())
            if self._reporter:
                self._reporter.advance()
            if torrent is not None and torrent.state is State.WAITING:
                self._load_or_fail(torrent)
                return True
        return False

    def _load_or_fail(self, torrent: Seeded) -> None:
        try:
            self._load(torrent)
        except TenutoError as error:
            self._remove(torrent)
            torrent.state = State.FAILED
            self._note(torrent, str(error))

    def _load(self, torrent: Seeded) -> None:
        volume = torrent.volume
        loaded = load_volume(volume)
        torrent.withheld = self._withheld(loaded)
        params = seeding_params(loaded, torrent.withheld, self._settings.trackers)
        self._remove(torrent)
        torrent.handle = self._session.add_torrent(params)
        torrent.state = State.PARTIAL if torrent.withheld else State.SEEDING
        self._resident.put(volume.infohash, volume.cost)
        for item in torrent.withheld:
            self._note(torrent, f"{item.path}: {item.reason}")

    def _withheld(self, loaded: LoadedVolume) -> tuple[Withheld, ...]:
        """What is missing now, and what failed once and hasn't been touched since."""
        name = loaded.volume.name
        former = {fault.path: fault for fault in self._record.faults(name)}
        withheld = {item.path: item for item in missing_objects(loaded)}
        for index, file in loaded.objects.items() if former else ():
            path = loaded.path_of(index)
            fault = former.get(path)
            if fault and fault.stamp == stamp_of(file):
                withheld.setdefault(path, Withheld(index, path, fault.what))
        if former or withheld:
            faults = [_fault(name, item, loaded) for item in withheld.values()]
            self._record.put_faults(name, faults)
        return tuple(withheld.values())

    # Messages

    def _listen(self) -> None:
        now = time.monotonic()
        if now > self._updated + _UPDATE_SECONDS:
            self._updated = now
            self._session.post_torrent_updates()
        for alert in self._session.pop_alerts():
            if isinstance(alert, lt.state_update_alert):
                for status in alert.status:
                    self._hear_status(status)
            elif isinstance(alert, lt.torrent_alert) and alert.handle.is_valid():
                torrent = self._torrents.get(infohash_of(alert.handle.info_hashes()))
                if torrent is not None and torrent.handle == alert.handle:  # else it was replaced meanwhile
                    self._hear(torrent, alert)

    def _hear_status(self, status: lt.torrent_status) -> None:
        torrent = self._torrents.get(infohash_of(status.info_hashes))
        if torrent is None or torrent.handle != status.handle or torrent.state is State.WAITING:
            return
        self._uploaded[torrent.volume.infohash, torrent.volume.name] += torrent.heard(status)
        if torrent.peers:
            self._resident.used(torrent.volume.infohash)

    def _hear(self, torrent: Seeded, alert: lt.torrent_alert) -> None:
        if torrent.state is State.WAITING:
            if isinstance(alert, lt.peer_connect_alert):
                self._asked[torrent.volume.infohash] = None
        elif isinstance(alert, lt.hash_failed_alert):
            self._hash_failed(torrent, alert.piece_index)
        elif isinstance(alert, lt.file_error_alert):
            self._withhold(torrent, Path(alert.filename()), alert.error.message())
        elif isinstance(alert, lt.torrent_error_alert):
            self._note(torrent, f"stopped: {alert.error.message()}")
        elif isinstance(alert, lt.tracker_error_alert):
            torrent.tracker_faults[alert.tracker_url()] = alert.error_message() or alert.error.message()
        elif isinstance(alert, lt.tracker_reply_alert):
            torrent.tracker_faults.pop(alert.tracker_url(), None)

    def _hash_failed(self, torrent: Seeded, piece: int) -> None:
        """libtorrent checks the whole volume after this and goes on without the pieces that fail."""
        loaded = load_volume(torrent.volume)
        index = loaded.layout.file_index_at_piece(piece)
        what = f"{loaded.objects[index].name}: piece {piece} fails its hash"
        self._remember_fault(torrent, Withheld(index, loaded.path_of(index), what), loaded)

    def _withhold(self, torrent: Seeded, failing: Path, why: str) -> None:
        """An unreadable file stops a whole torrent in libtorrent: loads it anew without that file."""
        loaded = load_volume(torrent.volume)
        known = {item.index for item in torrent.withheld}
        more = [index for index, file in loaded.objects.items() if file == failing and index not in known]
        for index in more:
            self._remember_fault(
                torrent, Withheld(index, loaded.path_of(index), f"{failing.name}: {why}"), loaded
            )
        if more:
            self._load(torrent)

    def _remember_fault(self, torrent: Seeded, item: Withheld, loaded: LoadedVolume) -> None:
        self._record.add_fault(_fault(torrent.volume.name, item, loaded))
        self._note(torrent, f"{item.path}: {item.reason}")

    def _note(self, torrent: Seeded, what: str) -> None:
        if torrent.fault(what) and self._reporter:
            self._reporter.fault(torrent.volume.torrent.name, what)


def _fault(volume: str, item: Withheld, loaded: LoadedVolume) -> Fault:
    return Fault(volume, item.path, item.reason, stamp_of(loaded.objects[item.index]))
