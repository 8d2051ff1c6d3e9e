"""Torrents wait, are loaded when a peer asks, make room for others, and come and go with editions."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import libtorrent as lt
import pytest

from tenuto.model.errors import NetworkError
from tenuto.swarm.get import Expected, GetResult, get
from tenuto.swarm.record import NAME, read_record
from tenuto.swarm.seeded import State
from tenuto.swarm.seeder import Followed, Seeder, SeederSettings
from tenuto.swarm.session import SessionSettings, load, open_session
from tenuto.testing.reporter import Notes
from tests.swarm.volumes import Published, publish

FILE, OTHER = "080-100/artist-2/title-2.ogg", "080-100/artist-1/title-1.ogg"


@pytest.fixture
def one(tmp_path: Path) -> Published:
    return publish(tmp_path / "one", seed=1)


@pytest.fixture
def two(tmp_path: Path) -> Published:
    return publish(tmp_path / "two", seed=2)


def states(seeder: Seeder) -> list[str]:
    return [str(torrent.state) for torrent in seeder.torrents()]


def fetched(
    seeder: Seeder,
    made: Published,
    file: str = FILE,
    *,
    twin: bool = False,
    seconds: float = 5,
    then: Callable[[], None] | None = None,
) -> bytes:
    """By a client in another thread, while the seeder works. `then`: when it has asked in vain."""
    digests = made.digests[file]

    def fetch() -> GetResult:
        return get(
            (made.assembled.twin if twin else made.assembled.hybrid) or b"",
            file=file,
            expected=Expected(digests.sha256, digests.length, digests.pieces_root),
            destination=made.folder / "got" / "file.ogg",
            peers=[("127.0.0.1", seeder.port)],
            timeout=seconds,
        )

    with ThreadPoolExecutor(1) as threads:
        future: Future[GetResult] = threads.submit(fetch)
        if then:
            seeder.work(2.5)
            then()
        while not future.done():
            seeder.work(0.05)
    return future.result().path.read_bytes()


@contextmanager
def slow_peer(made: Published, port: int, *, limit: int = 300_000) -> Iterator[lt.torrent_handle]:
    """A client that fetches a volume, with so many bytes a second; 0 is as many as it gets."""
    session, _ = open_session(SessionSettings())
    params = load(made.assembled.hybrid, "test")
    params.save_path = str(made.folder / "slow")
    params.download_limit = limit
    handle = session.add_torrent(params)
    try:
        handle.connect_peer(("127.0.0.1", port))
        yield handle
    finally:
        del session, handle


def until(seeder: Seeder, condition: str, handle: lt.torrent_handle) -> None:
    """`condition`: "begun" or "left"."""
    for _ in range(200):
        seeder.work(0.05)
        status = handle.status()
        begun = status.total_payload_download > 0
        if begun if condition == "begun" else begun and not status.num_peers:
            return
    pytest.fail(f"the peer has not {condition}")


def test_what_waits_costs_no_look_at_any_file(tmp_path: Path, one: Published) -> None:
    one.hybrid.rename(tmp_path / "away")
    with Seeder() as seeder:
        assert seeder.follow([one.volume()]) == Followed(taken=1, dropped=0)
        assert states(seeder) == ["waiting"]
        (tmp_path / "away").rename(one.hybrid)
        assert fetched(seeder, one) == one.contents[FILE]
        assert states(seeder) == ["seeding"]


def test_who_is_asked_for_displaces_who_is_idle(one: Published, two: Published) -> None:
    """Memory for a single torrent."""
    with Seeder(SeederSettings(memory=1)) as seeder:
        seeder.follow([one.volume(), two.volume()])
        seeder.work(0.1)
        assert states(seeder) == ["seeding", "waiting"]
        assert fetched(seeder, two) == two.contents[FILE]
        assert states(seeder) == ["waiting", "seeding"]
        assert fetched(seeder, one) == one.contents[FILE]
        assert states(seeder) == ["seeding", "waiting"]
        seeder.work(1.2)  # libtorrent is asked once a second what it gave
        status = seeder.status()
    assert status.states[State.WAITING] == 1
    assert status.loaded_bytes == one.volume().cost
    assert status.uploaded_ever >= len(one.contents[FILE]) + len(two.contents[FILE])


def test_who_is_in_use_is_not_displaced(one: Published, two: Published) -> None:
    with Seeder(SeederSettings(memory=1)) as seeder:
        seeder.follow([one.volume(), two.volume()])
        with slow_peer(one, seeder.port) as peer:
            until(seeder, "begun", peer)
            with pytest.raises(NetworkError):
                fetched(seeder, two, seconds=2)
            assert states(seeder) == ["seeding", "waiting"]
            assert seeder.status().refused
            assert seeder.status().peers == 1
        seeder.work(2)  # it has gone
        assert fetched(seeder, two) == two.contents[FILE]


def test_what_is_no_longer_published_is_dropped_at_once_its_peers_too(one: Published, two: Published) -> None:
    with Seeder() as seeder:
        seeder.follow([one.volume(), one.volume(twin=True)])
        with slow_peer(one, seeder.port) as peer:
            until(seeder, "begun", peer)
            assert seeder.follow([two.volume()]) == Followed(taken=1, dropped=2)
            until(seeder, "left", peer)
        with pytest.raises(NetworkError):
            fetched(seeder, one, OTHER, seconds=2)
        assert fetched(seeder, two) == two.contents[FILE]


def test_what_stays_published_keeps_its_peers(one: Published, two: Published) -> None:
    with Seeder() as seeder:
        seeder.follow([one.volume()])
        with slow_peer(one, seeder.port) as peer:
            until(seeder, "begun", peer)
            assert seeder.follow([two.volume(), one.volume()]) == Followed(taken=1, dropped=0)
            seeder.work(0.5)
            assert peer.status().num_peers == 1


def test_a_restart_forgets_nothing(tmp_path: Path, one: Published) -> None:
    settings = SeederSettings(record=tmp_path / NAME)
    one.damage(OTHER)
    with Seeder(settings) as seeder:
        seeder.add(one.volume())
        with pytest.raises(NetworkError):
            fetched(seeder, one, OTHER, seconds=2)
        assert "fails its hash" in seeder.torrents()[0].faults[0]
    with read_record(tmp_path / NAME) as record:
        (fault,) = record.faults(one.volume().name)
        given = record.uploaded()
        assert record.report() is None
    assert fault.path == OTHER
    notes = Notes()
    with Seeder(settings, notes) as seeder:
        seeder.add(one.volume(twin=True))
        assert states(seeder) == ["partial"]
        assert [what for _, what in notes.faults] == [f"{OTHER}: {fault.what}"]
        assert fetched(seeder, one, twin=True) == one.contents[FILE]
    with read_record(tmp_path / NAME) as record:
        assert record.uploaded() >= given + len(one.contents[FILE])


def test_a_repaired_file_is_offered_again(tmp_path: Path, one: Published) -> None:
    settings = SeederSettings(record=tmp_path / NAME)
    whole = one.damage(OTHER)
    with Seeder(settings) as seeder:
        seeder.add(one.volume())
        with pytest.raises(NetworkError):
            fetched(seeder, one, OTHER, seconds=2)
    one.repair(OTHER, whole)
    with Seeder(settings) as seeder:
        seeder.add(one.volume())
        assert states(seeder) == ["seeding"]
        assert fetched(seeder, one, OTHER) == whole
        assert not seeder.status().faults


def test_the_upload_limit_holds_for_peers_on_this_machine_too(one: Published) -> None:
    with Seeder(SeederSettings(SessionSettings(upload_rate=50_000))) as seeder:
        seeder.add(one.volume())
        with slow_peer(one, seeder.port, limit=0) as peer:
            until(seeder, "begun", peer)
            seeder.work(1)
            assert 0 < peer.status().total_payload_download < one.length / 4


def test_a_peer_that_refused_at_first_is_called_again(one: Published, two: Published) -> None:
    """libtorrent by itself would wait a minute after the second refusal."""
    with Seeder() as seeder:
        seeder.add(two.volume())
        assert fetched(seeder, one, seconds=20, then=lambda: seeder.add(one.volume())) == one.contents[FILE]
