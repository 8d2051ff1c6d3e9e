"""The seeder serves the store as it lies, reads nothing at the start and never writes. Loopback only."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tenuto.demo.clients import libtorrent_download
from tenuto.model.errors import BadInputError, ConfigurationError, NetworkError, NotFoundError, TenutoError
from tenuto.swarm.get import Expected, get
from tenuto.swarm.seeded import SeedStatus
from tenuto.swarm.seeder import Followed, Seeder, SeederSettings
from tenuto.swarm.session import SessionSettings
from tenuto.swarm.volume import SeedVolume
from tenuto.testing.reporter import Notes
from tests.swarm.volumes import Published, publish

FIRST, OTHER = "080-100/artist-0/title-0.ogg", "080-100/artist-2/title-2.ogg"


def eventually(seeder: Seeder, wanted: Callable[[tuple[SeedStatus, ...]], bool]) -> tuple[SeedStatus, ...]:
    deadline = time.monotonic() + 5
    while not wanted(seeder.torrents()) and time.monotonic() < deadline:
        seeder.work(0.05)
    return seeder.torrents()


def fetch(made: Published, seeder: Seeder, file: str, *, twin: bool = False) -> bytes:
    """By a client in this thread: the seeder does nothing meanwhile but what libtorrent does by itself."""
    digests = made.digests[file]
    result = get(
        (made.twin if twin else made.hybrid).read_bytes(),
        file=file,
        expected=Expected(digests.sha256, digests.length, digests.pieces_root),
        destination=made.folder / "got" / "file.ogg",
        peers=[("127.0.0.1", seeder.port)],
        timeout=1.5,
    )
    return result.path.read_bytes()


def test_hybrid_and_twin_seed_at_once_and_read_nothing(tmp_path: Path) -> None:
    made = publish(tmp_path)
    for path, data in made.contents.items():
        made.repair(path, bytes(len(data)))  # had any of it been hashed, it would be a fault
    with Seeder() as seeder:
        seeder.add(made.volume())
        seeder.add(made.volume(twin=True))
        statuses = eventually(seeder, lambda found: all(status.state == "seeding" for status in found))
        assert seeder.port
    assert [status.state for status in statuses] == ["seeding", "seeding"]
    assert [status.hybrid for status in statuses] == [True, False]
    assert {status.infohash for status in statuses} == {
        made.assembled.infohash_v1,
        made.assembled.infohash_twin,
    }
    assert not any(status.faults for status in statuses)


def test_a_missing_and_a_short_object_are_faults_and_the_rest_is_served(tmp_path: Path) -> None:
    made = publish(tmp_path)
    made.objects[OTHER].unlink()
    made.repair("SHA256SUMS", b"cut")
    notes = Notes()
    with Seeder(reporter=notes) as seeder:
        seeder.add(made.volume())
        assert fetch(made, seeder, FIRST) == made.contents[FIRST]
        with pytest.raises(NetworkError):
            fetch(made, seeder, OTHER)
        seeder.work(0)
        (status,) = seeder.torrents()
    assert status.state == "partial"
    assert len(status.faults) == len(notes.faults) == 2
    assert not made.objects[OTHER].exists()
    assert made.objects["SHA256SUMS"].read_bytes() == b"cut"


def test_an_object_lost_while_seeding_takes_only_itself_out(tmp_path: Path) -> None:
    made = publish(tmp_path)
    with Seeder() as seeder:
        seeder.add(made.volume())
        made.objects[OTHER].unlink()
        with pytest.raises(NetworkError):
            fetch(made, seeder, OTHER)
        (status,) = eventually(seeder, lambda found: bool(found[0].faults))
        assert made.digests[OTHER].sha256 in status.faults[0]
        assert fetch(made, seeder, FIRST) == made.contents[FIRST]
    assert not made.objects[OTHER].exists()


def test_bit_rot_is_a_fault_and_no_peer_can_write_into_the_store(tmp_path: Path) -> None:
    rotten, sound = publish(tmp_path / "rotten"), publish(tmp_path / "sound")
    rotten.damage(OTHER)
    damaged = rotten.objects[OTHER].read_bytes()
    with Seeder() as seeder, Seeder() as other:
        seeder.add(rotten.volume())
        other.add(sound.volume())
        with pytest.raises(NetworkError):
            libtorrent_download(rotten.hybrid, tmp_path / "got", peer=("127.0.0.1", seeder.port), seconds=2)
        (status,) = eventually(seeder, lambda found: bool(found[0].faults))
        assert "fails its hash" in status.faults[0]
        for torrent in seeder._torrents.values():
            torrent.handle.connect_peer(("127.0.0.1", other.port))
        seeder.work(0.7)
    assert rotten.objects[OTHER].read_bytes() == damaged


def test_volumes_that_cannot_be_seeded_are_reported_and_the_rest_goes_on(tmp_path: Path) -> None:
    made, other = publish(tmp_path / "made"), publish(tmp_path / "other", seed=2)
    broken = tmp_path / "broken.torrent"
    broken.write_bytes(b"d4:infoe")
    sound = made.volume(twin=True)
    refused: list[tuple[SeedVolume, type[TenutoError], str]] = [
        (SeedVolume("none", tmp_path / "none.torrent", "22" * 20, None, dict), NotFoundError, "no such"),
        (SeedVolume("broken", broken, "11" * 20, None, dict), BadInputError, "not a torrent"),
        (replace(made.volume(), files=dict), BadInputError, "no object is named"),
        (replace(sound, infohash_v1=other.assembled.infohash_twin), BadInputError, "infohash"),
    ]
    notes = Notes()
    with Seeder(reporter=notes) as seeder:
        assert seeder.follow([*(volume for volume, _, _ in refused), sound]) == Followed(taken=5, dropped=0)
        states = eventually(seeder, lambda found: not any(status.state == "waiting" for status in found))
        assert [status.state for status in states] == ["failed"] * 4 + ["seeding"]
        assert len(notes.faults) == 4
        assert notes.items == 5
        assert fetch(made, seeder, FIRST, twin=True) == made.contents[FIRST]
        for volume, kind, match in refused:
            with pytest.raises(kind, match=match):
                seeder.add(volume)


def test_a_port_in_use_is_an_error_and_never_silently_another() -> None:
    with (
        Seeder() as seeder,
        pytest.raises(ConfigurationError, match="can't listen"),
        Seeder(SeederSettings(SessionSettings(interfaces=f"127.0.0.1:{seeder.port}"))),
    ):
        pass


def test_an_interface_that_the_machine_lacks_does_not_stop_the_others() -> None:
    with Seeder(SeederSettings(SessionSettings(interfaces="[2001:db8::1]:0,127.0.0.1:0"))) as seeder:
        assert seeder.port
