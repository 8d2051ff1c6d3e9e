"""What a seeder knows of one torrent, and of all together."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import libtorrent as lt

from tenuto.swarm.volume import SeedVolume, Withheld

_MAX_FAULTS: Final = 20


class State(StrEnum):
    """waiting -> seeding or partial <-> checking, or failed; back to waiting to make room for others."""

    WAITING = "waiting"
    """Only its infohash is known to the session: it is loaded in its turn, or when a peer asks."""
    SEEDING = "seeding"
    PARTIAL = "partial"
    """Files are withheld; the rest is offered."""
    CHECKING = "checking"
    """A piece failed its hash: libtorrent reads the volume once, then offers what is sound."""
    FAILED = "failed"
    """Its torrent or its list of files can't be used."""


@dataclass(frozen=True, slots=True)
class SeedStatus:
    """How one torrent fares. `uploaded` is in payload bytes since the seeder started.

    `faults` are fixity faults: objects that are missing, short, or whose bytes failed their hash when a
    peer asked for them; at most 20 are listed. What fails is no longer offered.
    """

    name: str
    infohash: str
    """As `SeedVolume.infohash`."""
    hybrid: bool
    state: State
    peers: int
    uploaded: int
    faults: tuple[str, ...]
    tracker_faults: tuple[str, ...]


@dataclass(slots=True)
class Seeded:
    """A torrent of the seeder. `handle` is replaced when it is loaded, and dead where that failed."""

    volume: SeedVolume
    handle: lt.torrent_handle = field(default_factory=lt.torrent_handle)
    state: State = State.WAITING
    withheld: tuple[Withheld, ...] = ()
    faults: list[str] = field(default_factory=list)
    tracker_faults: dict[str, str] = field(default_factory=dict)
    peers: int = 0
    uploaded: int = 0
    uploaded_by_handle: int = 0

    def fault(self, what: str) -> bool:
        """True when it is news."""
        if what in self.faults:
            return False
        if len(self.faults) < _MAX_FAULTS:
            self.faults.append(what)
        return True

    def heard(self, status: lt.torrent_status) -> int:
        """Takes over what libtorrent says of it; returns the payload bytes that went out meanwhile."""
        more = int(status.total_payload_upload) - self.uploaded_by_handle
        self.uploaded_by_handle += more
        self.uploaded += more
        self.peers = int(status.num_peers)
        if status.state in _CHECKING:
            self.state = State.CHECKING
        else:
            self.state = State.SEEDING if status.is_seeding else State.PARTIAL
        return more

    def status(self) -> SeedStatus:
        return SeedStatus(
            name=self.volume.name,
            infohash=self.volume.infohash,
            hybrid=self.volume.infohash_v2 is not None,
            state=self.state,
            peers=self.peers,
            uploaded=self.uploaded,
            faults=tuple(self.faults),
            tracker_faults=tuple(f"{url}: {what}" for url, what in self.tracker_faults.items()),
        )


_CHECKING: Final = (lt.torrent_status.states.checking_files, lt.torrent_status.states.checking_resume_data)


@dataclass(frozen=True, slots=True)
class SeederStatus:
    """How all torrents of a seeder fare. Bytes of payload; `loaded_bytes` is estimated memory."""

    states: dict[State, int]
    peers: int
    uploaded: int
    """Since the start; `uploaded_ever` also before it."""
    uploaded_ever: int
    faults: int
    """Files that aren't offered, of all volumes that were ever loaded here."""
    loaded_bytes: int
    refused: int
    """Peers that found no room for their torrent: all that was loaded was in use."""
    tracker_faults: tuple[str, ...]
    failed: tuple[str, ...]
    """At most 20 of the torrents that can't be used, each with its error."""

    @property
    def torrents(self) -> int:
        return sum(self.states.values())


def summed(
    torrents: Iterable[Seeded],
    *,
    uploaded_ever: int,
    faults: int,
    loaded_bytes: int,
    refused: int,
    tracker_faults: Mapping[str, str],
) -> SeederStatus:
    """One pass over the torrents. `tracker_faults`: what trackers say of those that wait, by their URL."""
    states, peers, uploaded = Counter[State](), 0, 0
    silent = {f"{url}: {what}" for url, what in tracker_faults.items()}
    failed: list[str] = []
    for torrent in torrents:
        states[torrent.state] += 1
        peers += torrent.peers
        uploaded += torrent.uploaded
        silent.update(f"{url}: {what}" for url, what in torrent.tracker_faults.items())
        if torrent.state is State.FAILED and len(failed) < _MAX_FAULTS:
            failed.append(torrent.faults[-1])
    return SeederStatus(
        states={state: states[state] for state in State},
        peers=peers,
        uploaded=uploaded,
        uploaded_ever=uploaded_ever,
        faults=faults,
        loaded_bytes=loaded_bytes,
        refused=refused,
        tracker_faults=tuple(sorted(silent)),
        failed=tuple(failed),
    )
