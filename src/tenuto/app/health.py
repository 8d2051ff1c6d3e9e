"""Health of the current edition's volumes: who claims to hold them, and who proved it. docs/health.md."""

import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

from tenuto import __version__
from tenuto.app.archive import Archive
from tenuto.app.config import Config, load
from tenuto.app.lock import writer_lock
from tenuto.app.swarm import current_edition
from tenuto.formats.challenge import Challenge, challenge_id, read_answer, write_challenge
from tenuto.formats.health import HEALTH, write_health
from tenuto.fsync import atomic_write_bytes
from tenuto.model.edition import EditionSummary, VolumeSummary
from tenuto.model.errors import NotFoundError, TenutoError
from tenuto.model.health import HealthReport, Mirror, Outcome, Reading
from tenuto.model.ports import Reporter
from tenuto.swarm.health.audit import judge
from tenuto.swarm.health.dht import ask_dht
from tenuto.swarm.health.history import DHT, History, open_history
from tenuto.swarm.health.registry import Registry
from tenuto.swarm.mirror import MirrorFolder
from tenuto.swarm.trackers.scrape import scrape

_USER_AGENT = f"Tenuto/{__version__}"


@dataclass(slots=True)
class Scraping:
    """What a scrape came to: origin to volumes that it told of, or what went wrong."""

    volumes: int
    read: dict[str, int]
    failed: dict[str, str]


@dataclass(frozen=True, slots=True)
class DhtOptions:
    """`volumes`: how many are asked for, longest unread first. `nodes`: as in `ask_dht`."""

    volumes: int
    interfaces: str
    seconds: float = 20
    nodes: Sequence[tuple[str, int]] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """What to challenge a mirror for. `names`: these volumes; else `volumes` of those longest unproved."""

    names: Sequence[str] = ()
    volumes: int = 64
    draws: int = 32
    hours: float = 24


@dataclass(frozen=True, slots=True)
class Observer:
    """Who keeps an eye on the volumes: their archive, or whoever has a mirror of its editions.

    `folder` takes what is known, `editions` what is told of it; `current` gives the newest edition and its
    folder.
    """

    folder: Path
    editions: Path
    config: Config
    current: Callable[[], tuple[Path, EditionSummary]]

    @property
    def registry(self) -> Registry:
        return Registry(self.folder / "mirrors.json")

    @property
    def database(self) -> Path:
        return self.folder / "history.sqlite"


def archive_observer(archive: Archive) -> Observer:
    return Observer(archive.health, archive.editions, archive.config, partial(current_edition, archive))


def mirror_observer(root: Path) -> Observer:
    """The mirror at `root`. `NotFoundError`."""
    folder = MirrorFolder(root)
    folder.url()
    return Observer(root / "health", folder.editions, load(None, {}, os.environ), folder.current)


def register(observer: Observer, mirror: Mirror) -> None:
    """As `Registry.add`."""
    with _writing(observer, "tenuto health mirror add"):
        observer.registry.add(mirror)


def unregister(observer: Observer, name: str) -> None:
    """As `Registry.remove`."""
    with _writing(observer, "tenuto health mirror remove"):
        observer.registry.remove(name)


def scrape_edition(
    observer: Observer, trackers: Sequence[str], dht: DhtOptions | None, reporter: Reporter, *, on: date
) -> Scraping:
    """Reads every volume's peers at every tracker, and some from the table; a tracker's fault is its own."""
    _, edition = observer.current()
    done, timeout = Scraping(len(edition.volumes), {}, {}), observer.config.number("health.timeout")
    with _writing(observer, "tenuto health scrape") as history:
        for tracker in trackers:
            reporter.phase(f"scrape {tracker}", items=len(edition.volumes))
            found: dict[str, Reading] = {}
            try:
                for infohash, reading in _readings(tracker, edition.volumes, timeout, on):
                    if infohash not in found:
                        reporter.advance()
                    found[infohash] = max(reading, found.get(infohash, reading), key=_seeders)
            except TenutoError as error:
                reporter.fault(tracker, str(error))
                done.failed[tracker] = str(error)
            history.add_readings(tracker, on, found)
            done.read[tracker] = len(found)
        if dht:
            found = _ask_dht(history, dht, edition.volumes, reporter, on)
            history.add_readings(DHT, on, found)
            done.read[DHT] = len(found)
        history.thin(on)
    return done


def health(observer: Observer, *, on: date) -> HealthReport:
    """Every volume of the current edition, in its order."""
    _, edition = observer.current()
    since = on - timedelta(days=observer.config.number("health.proof_days"))
    with open_history(observer.database) as history:
        found = history.health(edition.volumes, observer.registry.mirrors(), since=since)
        return HealthReport(edition.id, on.isoformat(), tuple(found))


def publish_health(observer: Observer, *, on: date) -> Path:
    """Writes `health.json` beside the editions, for whoever chooses what to adopt."""
    place = observer.editions / HEALTH
    atomic_write_bytes(place, write_health(health(observer, on=on)))
    return place


def challenge(observer: Observer, name: str, ask: Ask, *, now: datetime) -> bytes:
    """A new challenge to the mirror called `name`, remembered until it is answered."""
    mirror = observer.registry.find(name)
    _, edition = observer.current()
    with _writing(observer, "tenuto health challenge") as history:
        volumes = _named(edition, ask.names) if ask.names else _due(history, mirror, edition, ask.volumes)
        document = write_challenge(
            Challenge(
                mirror.key,
                secrets.token_hex(32),
                _text(now),
                _text(now + timedelta(hours=ask.hours)),
                ask.draws,
                tuple(volume.infohash_v2 for volume in volumes),
            )
        )
        history.add_challenge(challenge_id(document), _text(now), document)
    return document


def record(observer: Observer, answer: bytes, *, now: datetime) -> tuple[Mirror, dict[str, Outcome]]:
    """Checks an answer against the edition's torrents, and enters what it proves; by volume name.

    What was asked for and is no longer published is passed over.
    """
    found = read_answer(answer)
    mirror = observer.registry.by_key(found.mirror)
    folder, edition = observer.current()
    names = {volume.infohash_v2: volume.name for volume in edition.volumes}

    def torrent(infohash: str) -> bytes | None:
        name = names.get(infohash)
        return (folder / "volumes" / f"{name}.torrent").read_bytes() if name else None

    with _writing(observer, "tenuto health record") as history:
        issued = history.waiting_challenge(found.challenge)
        outcomes = judge(issued, answer, received=_text(now), torrents=torrent)
        history.add_outcomes(found.challenge, mirror.key, _text(now), outcomes)
    return mirror, {names[infohash]: outcome for infohash, outcome in outcomes.items()}


def _readings(
    tracker: str, volumes: Sequence[VolumeSummary], timeout: float, on: date
) -> Iterator[tuple[str, Reading]]:
    """(v2 infohash, reading) for each infohash of each volume: the same peers, so they're never added up."""
    owner = {infohash: volume.infohash_v2 for volume in volumes for infohash in volume.infohashes}
    for answer in scrape(tracker, list(owner), timeout=timeout, user_agent=_USER_AGENT):
        for infohash, counts in answer.items():
            peers = counts.seeders + counts.leechers
            yield owner[infohash], Reading(on.isoformat(), counts.seeders, peers)


def _seeders(reading: Reading) -> int:
    return reading.seeders or 0


def _ask_dht(
    history: History, options: DhtOptions, volumes: Sequence[VolumeSummary], reporter: Reporter, on: date
) -> dict[str, Reading]:
    read = history.dht_days()
    due = sorted(volumes, key=lambda volume: read.get(volume.infohash_v2, ""))[: options.volumes]
    owner = {infohash: volume.infohash_v2 for volume in due for infohash in volume.infohashes}
    reporter.phase("ask the distributed hash table", items=len(due))
    peers: dict[str, int] = {}
    for answer in ask_dht(
        list(owner), seconds=options.seconds, interfaces=options.interfaces, nodes=options.nodes
    ):
        for infohash, count in answer.items():
            peers[owner[infohash]] = max(count, peers.get(owner[infohash], 0))
    reporter.advance(len(due))
    return {infohash: Reading(on.isoformat(), None, count) for infohash, count in peers.items()}


def _named(edition: EditionSummary, names: Iterable[str]) -> list[VolumeSummary]:
    known = {volume.name: volume for volume in edition.volumes}
    if unknown := [name for name in names if name not in known]:
        raise NotFoundError(f"no such volume in edition {edition.id}", where=unknown[0])
    return [known[name] for name in names]


def _due(history: History, mirror: Mirror, edition: EditionSummary, count: int) -> list[VolumeSummary]:
    """Those about which this mirror was never asked, or longest ago."""
    asked = history.asked(mirror.key)
    return sorted(edition.volumes, key=lambda volume: asked.get(volume.infohash_v2, ""))[:count]


@contextmanager
def _writing(observer: Observer, command: str) -> Iterator[History]:
    """Health has a lock of its own: a scrape of many minutes must not stop the archive's work."""
    observer.folder.mkdir(exist_ok=True)
    with writer_lock(observer.folder / "lock", command), open_history(observer.database) as history:
        yield history


def _text(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
