"""Seeds any number of volumes out of the object store: no second copy, nothing read at the start.

See docs/swarm.md for what libtorrent does with missing and damaged objects, and what was measured.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import libtorrent as lt

from tenuto.model.errors import TenutoError
from tenuto.model.ports import Reporter
from tenuto.swarm.session import SessionSettings, open_session
from tenuto.swarm.volume import SeedVolume, Withheld, load_volume, missing_objects, seeding_params

_MAX_FAULTS: Final = 20


@dataclass(frozen=True, slots=True)
class SeedStatus:
    """How one torrent fares. `uploaded` is in payload bytes since it was added.

    `faults` are fixity faults: objects that are missing, short, or whose bytes failed their hash when a
    peer asked for them. Each names the object; at most 20 are listed. What fails is no longer offered.
    """

    name: str
    infohash: str
    """v1 infohash, 40 hexadecimal digits, tells a hybrid from its twin; v2-only: the first 40 of v2's."""
    hybrid: bool
    state: str
    peers: int
    uploaded: int
    faults: tuple[str, ...]
    tracker_faults: tuple[str, ...]


@dataclass(slots=True)
class _Seeding:
    """A volume in the session. `handle` is replaced when the volume is added anew."""

    volume: SeedVolume
    handle: lt.torrent_handle
    withheld: tuple[Withheld, ...]
    faults: list[str] = field(default_factory=list)
    tracker_faults: dict[str, str] = field(default_factory=dict)
    uploaded_before: int = 0

    def fault(self, what: str) -> bool:
        """True when it is news."""
        if what in self.faults:
            return False
        if len(self.faults) < _MAX_FAULTS:
            self.faults.append(what)
        return True


class Seeder:
    """One libtorrent session that only ever reads the store.

    Use it as a context manager, and call `status` at least once a minute: that is when libtorrent's
    messages are read and failing objects are taken out.
    """

    def __init__(
        self, settings: SessionSettings, *, trackers: Iterable[str] = (), reporter: Reporter | None = None
    ) -> None:
        self._settings, self._trackers, self._reporter = settings, tuple(trackers), reporter
        self._session: lt.session | None = None
        self._seeding: dict[str, _Seeding] = {}
        self.port = 0
        """The port that is really listened on, once entered."""

    def __enter__(self) -> Self:
        self._session, self.port = open_session(self._settings)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._seeding.clear()
        # Dropping the last reference tells the trackers that we stop, and waits for the session's threads.
        self._session = None

    def add(self, volume: SeedVolume) -> None:
        """Seeds a volume from now on. Costs one `stat` a file; missing objects become faults, not errors.

        Raises `NotFoundError` or `BadInputError` where the torrent file is missing or doesn't fit.
        """
        self._add(volume, ())

    def add_all(self, volumes: Iterable[SeedVolume], *, total: int | None = None) -> int:
        """Adds what can be added, reporting "x of y" and each volume that can't; returns how many were."""
        if self._reporter:
            self._reporter.phase("seed", items=total)
        added = 0
        for volume in volumes:
            try:
                self.add(volume)
                added += 1
            except TenutoError as error:
                self._report(str(volume.torrent), str(error))
            if self._reporter:
                self._reporter.advance()
        return added

    def announce(self) -> None:
        """Tells all trackers now, whatever interval they asked for."""
        for seeding in self._seeding.values():
            seeding.handle.force_reannounce(0, -1, lt.torrent_handle.ignore_min_interval)

    def status(self) -> tuple[SeedStatus, ...]:
        """Deals with what the session reported since the last call, then says how each torrent fares."""
        for alert in self._opened().pop_alerts():
            self._hear(alert)
        return tuple(_status(infohash, seeding) for infohash, seeding in self._seeding.items())

    def _opened(self) -> lt.session:
        assert self._session is not None, "a seeder works inside its with block"
        return self._session

    def _add(self, volume: SeedVolume, failing: tuple[Withheld, ...], uploaded: int = 0) -> None:
        loaded = load_volume(volume)
        gone = missing_objects(loaded)
        withheld = (*gone, *(item for item in failing if item.index not in {g.index for g in gone}))
        params = seeding_params(loaded, withheld, self._trackers)
        handle = self._opened().add_torrent(params)
        infohash = _infohash(handle)
        before = self._seeding.get(infohash)
        seeding = _Seeding(volume, handle, withheld, before.faults if before else [], {}, uploaded)
        self._seeding[infohash] = seeding
        for item in withheld:
            self._note(seeding, f"{item.path}: {item.reason}")

    def _hear(self, alert: lt.alert) -> None:
        if not isinstance(alert, lt.torrent_alert | lt.tracker_alert):
            return
        seeding = self._seeding.get(_infohash(alert.handle)) if alert.handle.is_valid() else None
        if seeding is None or seeding.handle != alert.handle:
            return  # of a torrent that was replaced meanwhile
        if isinstance(alert, lt.hash_failed_alert):
            self._hash_failed(seeding, alert.piece_index)
        elif isinstance(alert, lt.file_error_alert):
            self._withhold(seeding, Path(alert.filename()), alert.error.message())
        elif isinstance(alert, lt.torrent_error_alert):
            self._note(seeding, f"stopped: {alert.error.message()}")
        elif isinstance(alert, lt.tracker_error_alert):
            seeding.tracker_faults[alert.tracker_url()] = alert.error_message() or alert.error.message()
        elif isinstance(alert, lt.tracker_reply_alert):
            seeding.tracker_faults.pop(alert.tracker_url(), None)

    def _hash_failed(self, seeding: _Seeding, piece: int) -> None:
        """libtorrent checks the whole volume after this and goes on without the pieces that fail."""
        loaded = load_volume(seeding.volume)
        index = loaded.layout.file_index_at_piece(piece)
        self._note(
            seeding, f"{loaded.path_of(index)}: {loaded.objects[index].name}: piece {piece} fails its hash"
        )

    def _withhold(self, seeding: _Seeding, failing: Path, why: str) -> None:
        """An unreadable file stops a whole torrent in libtorrent: adds it anew without that file."""
        loaded = load_volume(seeding.volume)
        known = {item.index for item in seeding.withheld}
        more = [i for i, path in loaded.objects.items() if path == failing and i not in known]
        if not more:
            return
        reason = f"{failing.name}: {why}"
        withheld = (*seeding.withheld, *(Withheld(i, loaded.path_of(i), reason) for i in more))
        uploaded = seeding.uploaded_before + seeding.handle.status().total_payload_upload
        self._opened().remove_torrent(seeding.handle)
        self._add(seeding.volume, withheld, uploaded)

    def _note(self, seeding: _Seeding, what: str) -> None:
        if seeding.fault(what):
            self._report(seeding.volume.torrent.name, what)

    def _report(self, where: str, what: str) -> None:
        if self._reporter:
            self._reporter.fault(where, what)


def _infohash(handle: lt.torrent_handle) -> str:
    """v1's, or of a v2-only torrent the first 40 digits of v2's (BEP 52)."""
    hashes = handle.info_hashes()
    return str(hashes.v1) if hashes.has_v1() else str(hashes.v2)[:40]


def _status(infohash: str, seeding: _Seeding) -> SeedStatus:
    status = seeding.handle.status()
    state = "seeding" if status.is_seeding else str(status.state)
    if seeding.withheld and state == "downloading":
        state = "partial"
    return SeedStatus(
        name=status.name,
        infohash=infohash,
        hybrid=bool(status.info_hashes.has_v2()),
        state=state,
        peers=status.num_peers,
        uploaded=seeding.uploaded_before + status.total_payload_upload,
        faults=tuple(seeding.faults),
        tracker_faults=tuple(f"{url}: {what}" for url, what in seeding.tracker_faults.items()),
    )
