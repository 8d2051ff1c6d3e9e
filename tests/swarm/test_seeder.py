"""The seeder serves the store as it lies, reads nothing at the start and never writes. Loopback only."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tenuto.demo.clients import libtorrent_download
from tenuto.model.errors import BadInputError, ConfigurationError, NetworkError, NotFoundError
from tenuto.swarm.get import Expected, get
from tenuto.swarm.seeder import Seeder, SeedStatus
from tenuto.swarm.session import SessionSettings
from tenuto.swarm.volume import SeedVolume
from tests.swarm.volumes import Published, publish

FIRST, OTHER = "080-100/artist-0/title-0.ogg", "080-100/artist-2/title-2.ogg"


class Notes:
    """A reporter that remembers."""

    def __init__(self) -> None:
        self.phases: list[tuple[str, int | None]] = []
        self.items = 0
        self.faults: list[tuple[str, str]] = []

    def phase(self, name: str, *, items: int | None = None, total_bytes: int | None = None) -> None:
        assert total_bytes is None
        self.phases.append((name, items))

    def advance(self, items: int = 1, *, done_bytes: int = 0) -> None:
        assert not done_bytes
        self.items += items

    def fault(self, where: str, what: str) -> None:
        self.faults.append((where, what))


def eventually(seeder: Seeder, wanted: Callable[[tuple[SeedStatus, ...]], bool]) -> tuple[SeedStatus, ...]:
    deadline = time.monotonic() + 5
    while not wanted(seeder.status()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return seeder.status()


def fetch(made: Published, seeder: Seeder, file: str) -> bytes:
    digests = made.digests[file]
    result = get(
        made.assembled.hybrid,
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
    with Seeder(SessionSettings()) as seeder:
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
    with Seeder(SessionSettings(), reporter=notes) as seeder:
        seeder.add(made.volume())
        assert fetch(made, seeder, FIRST) == made.contents[FIRST]
        with pytest.raises(NetworkError):
            fetch(made, seeder, OTHER)
        (status,) = seeder.status()
    assert status.state == "partial"
    assert len(status.faults) == len(notes.faults) == 2
    assert not made.objects[OTHER].exists()
    assert made.objects["SHA256SUMS"].read_bytes() == b"cut"


def test_an_object_lost_while_seeding_takes_only_itself_out(tmp_path: Path) -> None:
    made = publish(tmp_path)
    with Seeder(SessionSettings()) as seeder:
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
    with Seeder(SessionSettings()) as seeder, Seeder(SessionSettings()) as other:
        seeder.add(rotten.volume())
        other.add(sound.volume())
        with pytest.raises(NetworkError):
            libtorrent_download(rotten.hybrid, tmp_path / "got", peer=("127.0.0.1", seeder.port), seconds=2)
        (status,) = eventually(seeder, lambda found: bool(found[0].faults))
        assert "fails its hash" in status.faults[0]
        for seeding in seeder._seeding.values():
            seeding.handle.connect_peer(("127.0.0.1", other.port))
        time.sleep(0.7)
        (status,) = seeder.status()
    assert rotten.objects[OTHER].read_bytes() == damaged


def test_volumes_that_cannot_be_seeded_are_reported_and_the_rest_goes_on(tmp_path: Path) -> None:
    made = publish(tmp_path)
    broken = tmp_path / "broken.torrent"
    broken.write_bytes(b"d4:infoe")
    volumes = [
        SeedVolume(tmp_path / "none.torrent", {}),
        SeedVolume(broken, {}),
        SeedVolume(made.hybrid, {}),
        made.volume(twin=True),
    ]
    notes = Notes()
    with Seeder(SessionSettings(), reporter=notes) as seeder:
        assert seeder.add_all(volumes, total=4) == 1
        for volume, kind in zip(volumes, (NotFoundError, BadInputError, BadInputError), strict=False):
            with pytest.raises(kind):
                seeder.add(volume)
    assert notes.phases == [("seed", 4)]
    assert notes.items == 4
    assert len(notes.faults) == 3


def test_a_port_in_use_is_an_error_and_never_silently_another() -> None:
    with (
        Seeder(SessionSettings()) as seeder,
        pytest.raises(ConfigurationError, match="can't listen"),
        Seeder(SessionSettings(interfaces=f"127.0.0.1:{seeder.port}")),
    ):
        pass


def test_an_interface_that_the_machine_lacks_does_not_stop_the_others() -> None:
    with Seeder(SessionSettings(interfaces="[2001:db8::1]:0,127.0.0.1:0")) as seeder:
        assert seeder.port
