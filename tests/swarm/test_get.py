"""One recording out of a volume, from a seeder of ours. Loopback only."""

from pathlib import Path

import pytest

from tenuto.formats.torrent import announce_anew
from tenuto.model.errors import FixityError, NetworkError, NotFoundError
from tenuto.model.ids import Sha256
from tenuto.model.objects import PIECE_LENGTH
from tenuto.swarm.get import Expected, GetResult, get
from tenuto.swarm.seeder import Seeder
from tests.swarm.servers import Server
from tests.swarm.volumes import NAME, Published, publish

FILE = "080-100/artist-2/title-2.ogg"


def expected(made: Published) -> Expected:
    digests = made.digests[FILE]
    return Expected(digests.sha256, digests.length, digests.pieces_root)


def fetch(made: Published, seeder: Seeder, torrent: bytes | str, file: str | int = FILE) -> GetResult:
    return get(
        torrent,
        file=file,
        expected=expected(made),
        destination=made.folder / "got" / "recording.ogg",
        peers=[("127.0.0.1", seeder.port)],
        timeout=1.5,
    )


def nothing_at(destination: Path) -> bool:
    return not destination.exists()


@pytest.mark.parametrize("form", ["hybrid", "twin", "magnet", "magnet_twin"])
def test_only_the_files_own_pieces_are_fetched(tmp_path: Path, form: str) -> None:
    made = publish(tmp_path)
    with Seeder() as seeder:
        seeder.add(made.volume())
        seeder.add(made.volume(twin=True))
        result = fetch(made, seeder, getattr(made.assembled, form))
    assert result.path.read_bytes() == made.contents[FILE]
    assert len(made.contents[FILE]) <= result.downloaded < len(made.contents[FILE]) + PIECE_LENGTH
    assert [path.name for path in result.path.parent.iterdir()] == ["recording.ogg"]


def test_a_file_can_be_named_by_its_index(tmp_path: Path) -> None:
    made = publish(tmp_path)
    with Seeder() as seeder:
        seeder.add(made.volume())
        result = fetch(made, seeder, made.assembled.hybrid, 4)
    assert result.path.read_bytes() == made.contents[FILE]


def test_a_web_seed_is_asked_for_the_files_own_bytes(tmp_path: Path) -> None:
    """BEP 19: no peer at all, and nothing of the neighbours' files."""
    made = publish(tmp_path)
    for path, data in made.contents.items():
        (tmp_path / "www" / NAME / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "www" / NAME / path).write_bytes(data)
    with Server(tmp_path / "www").running() as server:
        torrent = announce_anew(made.assembled.hybrid, trackers=[], web_seeds=[f"{server.url}/"])
        place = tmp_path / "got.ogg"
        result = get(torrent, file=FILE, expected=expected(made), destination=place, timeout=5)
    assert result.path.read_bytes() == made.contents[FILE]
    assert set(server.asked) == {f"{NAME}/{FILE}"}


def test_an_unknown_file_is_named(tmp_path: Path) -> None:
    made = publish(tmp_path)
    with Seeder() as seeder, pytest.raises(NotFoundError, match=r"no such\.ogg"):
        fetch(made, seeder, made.assembled.hybrid, "no such.ogg")


def test_without_peers_it_says_what_to_do(tmp_path: Path) -> None:
    made = publish(tmp_path)
    with pytest.raises(NetworkError, match="name a peer"):
        get(
            made.assembled.hybrid,
            file=FILE,
            expected=expected(made),
            destination=tmp_path / "got.ogg",
            timeout=0.3,
        )
    assert nothing_at(tmp_path / "got.ogg")


def test_a_damaged_object_never_arrives(tmp_path: Path) -> None:
    made = publish(tmp_path)
    made.damage(FILE)
    with Seeder() as seeder:
        seeder.add(made.volume())
        with pytest.raises((FixityError, NetworkError)):
            fetch(made, seeder, made.assembled.hybrid)
        seeder.work(0)
        (status,) = seeder.torrents()
    assert nothing_at(tmp_path / "got" / "recording.ogg")
    assert any(made.digests[FILE].sha256 in fault for fault in status.faults)


def test_a_second_try_goes_on_where_the_first_was_cut_off(tmp_path: Path) -> None:
    made = publish(tmp_path)
    whole = made.contents[FILE]
    begun = tmp_path / "got" / f".{made.digests[FILE].sha256[:32]}.get" / "file"
    begun.parent.mkdir(parents=True)
    begun.write_bytes(whole[: 2 * PIECE_LENGTH])
    with Seeder() as seeder:
        seeder.add(made.volume())
        result = fetch(made, seeder, made.assembled.hybrid)
    assert result.path.read_bytes() == whole
    assert len(whole) - 2 * PIECE_LENGTH <= result.downloaded < len(whole) - PIECE_LENGTH


def test_another_recordings_bytes_are_refused(tmp_path: Path) -> None:
    made = publish(tmp_path)
    wrong = Expected(Sha256("0" * 64), made.digests[FILE].length)
    with Seeder() as seeder:
        seeder.add(made.volume())
        with pytest.raises(FixityError, match="SHA-256"):
            get(
                made.assembled.hybrid,
                file=FILE,
                expected=wrong,
                destination=tmp_path / "got.ogg",
                peers=[("127.0.0.1", seeder.port)],
            )
    assert nothing_at(tmp_path / "got.ogg")
