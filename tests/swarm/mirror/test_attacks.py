"""What a mirror refuses: each with one clear sentence, and with nothing taken over."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from tenuto.app.mirror import update_mirror
from tenuto.cli import tenuto
from tenuto.formats.edition import write_edition
from tenuto.model.errors import FixityError, NetworkError, TenutoError, UsageError
from tenuto.pointers import write_pointer
from tenuto.swarm.mirror import MirrorOptions
from tenuto.swarm.mirror.follow import check_roles
from tenuto.swarm.mirror.run import checked_edition
from tenuto.testing.reporter import Notes
from tests.swarm.conftest import Editions, make_archive, today
from tests.swarm.servers import Server


def follow(server: Server, target: Path, root: bytes | None) -> None:
    """Metadata and the edition's papers only: there is no peer, and no time to wait for one."""
    update_mirror(server.url, target, MirrorOptions(trusted=root, timeout=0.01), Notes())


def refused(server: Server, target: Path, root: bytes | None) -> TenutoError:
    with pytest.raises((FixityError, NetworkError)) as caught:
        follow(server, target, root)
    assert not list((target / "volumes").iterdir())
    return caught.value


@dataclass(frozen=True)
class Attack:
    """`edit`: on a copy of the archive's editions. `said`: in the refusal."""

    edit: Callable[[Path, Server], None]
    said: str
    kind: type[TenutoError] = FixityError


def _endless(path: str) -> Callable[[Path, Server], None]:
    def edit(_: Path, server: Server) -> None:
        server.answers[path] = None

    return edit


def _swap_torrents(root: Path, _: Server) -> None:
    first, second = sorted((root / "e0002" / "volumes").glob("*.v1.torrent"))[:2]
    data = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(data)


def _exchange_index(root: Path, _: Server) -> None:
    path = root / "e0002" / "index.parquet"
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)


def _mix(root: Path, _: Server) -> None:
    """The new edition's timestamp over the old one's other metadata."""
    for path in (root / "e0001" / "metadata").iterdir():
        if "timestamp" not in path.name and "root" not in path.name:
            shutil.copy(path, root / "e0002" / "metadata" / path.name.replace("1.", "2.", 1))


def _rename(root: Path, _: Server) -> None:
    (root / "e0002").rename(root / "e0003")
    write_pointer(root, "e0003")


def _forget(root: Path, _: Server) -> None:
    (root / "e0002" / "metadata" / "timestamp.json").unlink()


def _bad_pointer(_: Path, server: Server) -> None:
    server.answers["current"] = b"../../../etc\n"


ATTACKS = {
    "endless-pointer": Attack(_endless("current"), "more bytes came"),
    "endless-timestamp": Attack(_endless("e0002/metadata/timestamp.json"), "more bytes came"),
    "endless-index": Attack(_endless("e0002/index.parquet"), "more bytes came"),
    "swapped-volumes": Attack(_swap_torrents, "signed"),
    "changed-index": Attack(_exchange_index, "what was signed"),
    "mixed-editions": Attack(_mix, "mixed editions"),
    "another-number": Attack(_rename, "the folder of e0003 holds edition e0002"),
    "no-timestamp": Attack(_forget, "hasn't what it should have", NetworkError),
    "path-for-an-edition": Attack(_bad_pointer, "no edition's name", NetworkError),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_a_hostile_server_is_refused(editions: Editions, tmp_path: Path, name: str) -> None:
    attack = ATTACKS[name]
    shutil.copytree(editions.both, tmp_path / "editions")
    with Server(tmp_path / "editions").running() as server:
        attack.edit(tmp_path / "editions", server)
        error = refused(server, tmp_path / "mirror", editions.root())
    assert attack.said in str(error)
    assert isinstance(error, attack.kind)
    assert not (tmp_path / "mirror" / "editions" / "current").exists()


@pytest.mark.parametrize("name", ["../../evil.json", "a/b.json", "timestamp.json", "root.json", "evil"])
def test_an_archive_cant_name_a_role_out_of_its_folder(name: str) -> None:
    check_roles(["targets.json", "bins-1f.json"], "here")
    with pytest.raises(FixityError, match="no role may be signed"):
        check_roles(["targets.json", name], "here")


def test_an_archive_cant_name_a_volume_out_of_its_folder(editions: Editions) -> None:
    summary = editions.summary("e0001")
    checked_edition(write_edition(summary), summary.id)
    evil = replace(summary, volumes=(replace(summary.volumes[0], name=".."),))
    with pytest.raises(FixityError, match="unsafe name"):
        checked_edition(write_edition(evil), summary.id)


def test_a_rollback_is_refused(editions: Editions, tmp_path: Path) -> None:
    with Server(editions.both).running() as server:
        follow(server, tmp_path / "mirror", editions.root())
        server.root = editions.first
        error = refused(server, tmp_path / "mirror", None)
    assert "a rollback" in str(error)
    assert (tmp_path / "mirror" / "editions" / "current").read_text() == "e0002\n"


@pytest.fixture(scope="module")
def stale(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The editions of another archive, which was last signed ten days ago."""
    archive, _ = make_archive(tmp_path_factory.mktemp("stale"), today() - timedelta(days=10))
    return archive.editions


def test_metadata_that_stand_still_are_refused(stale: Path, tmp_path: Path) -> None:
    """A freeze: whoever hides new editions can't renew the old one's signatures."""
    root = (stale / "e0001" / "metadata" / "1.root.json").read_bytes()
    with Server(stale).running() as server:
        assert "expired" in str(refused(server, tmp_path / "mirror", root))


def test_another_archives_keys_are_refused(editions: Editions, stale: Path, tmp_path: Path) -> None:
    with Server(stale).running() as server:
        error = refused(server, tmp_path / "mirror", editions.root())
    assert "not signed by the keys" in str(error)


def test_without_trusted_keys_nothing_is_asked_for(editions: Editions, tmp_path: Path) -> None:
    with Server(editions.first).running() as server, pytest.raises(UsageError, match="which keys to trust"):
        follow(server, tmp_path / "mirror", None)


def test_trust_on_first_use_prints_what_it_trusts(editions: Editions, tmp_path: Path) -> None:
    words = ["mirror", "--trust-first-use", "--timeout", "0.01", "--interfaces", "127.0.0.1:0", "--json"]
    with Server(editions.first).running() as server:
        found = CliRunner().invoke(tenuto, [*words, server.url, str(tmp_path / "mirror")])
        again = CliRunner().invoke(tenuto, [*words, server.url, str(tmp_path / "mirror")])
    assert found.exit_code == 4, "no volume could be had without a peer"
    assert "trusting on first use: root keys" in found.stderr
    assert "SHA-256 of 1.root.json" in found.stderr
    assert "trusting" not in again.stderr


def test_a_mirror_of_one_archive_doesnt_become_another_ones(editions: Editions, tmp_path: Path) -> None:
    with Server(editions.first).running() as server:
        follow(server, tmp_path / "mirror", editions.root())
    with Server(editions.first).running() as other, pytest.raises(UsageError, match="it mirrors"):
        follow(other, tmp_path / "mirror", None)
