"""Mirrors that bring an archive's volumes in: from peers and web seeds, killed, poisoned, updated."""

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import libtorrent as lt
import pytest

from tenuto.app.archive import open_archive
from tenuto.app.mirror import update_mirror
from tenuto.app.stages.publish import publish
from tenuto.formats.edition import read_files
from tenuto.formats.withdrawals import read_withdrawals
from tenuto.model.edition import VolumeEntry
from tenuto.model.errors import SpaceError, UsageError
from tenuto.model.ids import Sha256
from tenuto.swarm.mirror import Mirrored, MirrorOptions
from tenuto.swarm.mirror.held import open_held
from tenuto.swarm.mirror.withdraw import withdrawn_places
from tenuto.swarm.session import LIMITS
from tenuto.testing.reporter import Notes
from tenuto.verify import verify_tree
from tests.swarm.conftest import Editions, today
from tests.swarm.servers import Server

TIMEOUT = 20.0


def update(
    server: Server, target: Path, editions: Editions, *peers: tuple[str, int], **more: Any
) -> Mirrored:
    trusted = None if (target / "state").exists() else editions.root()
    options = MirrorOptions(**{"trusted": trusted, "peers": peers, "timeout": TIMEOUT, **more})
    return update_mirror(server.url, target, options, Notes())


def files(editions: Editions, edition: str) -> dict[str, str]:
    """SHA-256 by path below `volumes`, as the archive published them."""
    papers = editions.both / edition / "volumes"
    found: dict[str, str] = {}
    for volume in editions.summary(edition).volumes:
        for entry in read_files((papers / f"{volume.name}.files.json").read_bytes()):
            found[f"{volume.name}/{entry.path}"] = entry.object
    return found


def held(target: Path) -> dict[str, str]:
    """The same of what stands in a mirror."""
    root = target / "volumes"
    found = (path for path in root.rglob("*") if path.is_file())
    return {str(p.relative_to(root)): hashlib.sha256(p.read_bytes()).hexdigest() for p in found}


def test_a_mirror_holds_the_edition_byte_for_byte(first: Server, editions: Editions, tmp_path: Path) -> None:
    with editions.seeding("e0001") as peer:
        done = update(first, tmp_path / "mirror", editions, peer)
        assert not done.failed
        assert held(tmp_path / "mirror") == files(editions, "e0001")
        before = len(first.asked)
        again = update(first, tmp_path / "mirror", editions)
    assert (again.brought, again.received_bytes) == ([], 0)
    assert again.kept == done.brought
    report = verify_tree(tmp_path / "mirror", now=datetime.now(UTC), trusted_root=editions.root())
    assert (report.kind, report.faults) == ("mirror", ())
    assert report.files > len(files(editions, "e0001")), "the edition's own files too"
    asked = first.asked[before:]
    assert not [path for path in asked if "/volumes/" in path or "index" in path], (
        "only what may have changed"
    )


def test_an_update_moves_only_what_changed_and_honours_withdrawals(
    first: Server, editions: Editions, tmp_path: Path
) -> None:
    target = tmp_path / "mirror"
    with editions.seeding("e0001") as peer:
        before = update(first, target, editions, peer)
    first.root = editions.both
    with editions.seeding("e0002") as peer:
        done = update(first, target, editions, peer)
        assert not done.failed
        assert done.to_delete, "no volume is deleted unasked"
        assert update(first, target, editions, peer, delete=True).deleted == done.to_delete
    old, new = files(editions, "e0001"), files(editions, "e0002")
    assert held(target) == new
    assert not set(old.values()) - set(new.values()) & set(held(target).values())
    papers = sum(v.bytes for v in editions.summary("e0002").volumes) - done.reused_bytes
    assert done.received_bytes < papers + 100_000
    assert done.received_bytes < before.received_bytes / 10
    assert done.reused_bytes > 5 * done.received_bytes


def withdrawn_object(editions: Editions) -> Sha256:
    (withdrawal,) = read_withdrawals((editions.both / "e0002" / "withdrawals.json").read_bytes())
    return withdrawal.object


@pytest.mark.parametrize("held_database", ["kept", "lost"])
def test_what_is_withdrawn_goes_at_once_from_everywhere(
    first: Server, editions: Editions, tmp_path: Path, held_database: str
) -> None:
    """Withdrawals, clause 4; even where no peer sends what is new, and in every folder that links to it."""
    target, gone = tmp_path / "mirror", withdrawn_object(editions)
    with editions.seeding("e0001") as peer:
        update(first, target, editions, peer)
    (path,) = [path for path, digest in held(target).items() if digest == gone]
    old = target / "volumes" / path.split("/")[0]
    linked, kept = target / "volumes" / "older" / "again.flac", len(held(target))
    linked.parent.mkdir()
    linked.hardlink_to(target / "volumes" / path)
    shutil.copytree(old, target / "incoming" / old.name)
    if held_database == "lost":
        (target / "held.sqlite").unlink()
    else:
        with open_held(target / "held.sqlite") as rows:
            rows.add("older", [VolumeEntry("again.flac", gone, linked.stat().st_size, None)])
    first.root = editions.both
    planned = update_mirror(first.url, target, MirrorOptions(), Notes(), dry_run=True)
    assert gone in held(target).values(), "a dry run deletes nothing"
    done = update(first, target, editions, timeout=0.01)
    assert done.failed, "there was no peer"
    assert done.withdrawn == sorted([path, "older/again.flac"])
    assert planned.withdrawn == (done.withdrawn if held_database == "kept" else [])
    assert gone not in held(target).values()
    assert len(held(target)) == kept - 1, "the rest of the volume stays until --yes"
    assert not list((target / "incoming").glob(f"{old.name}/*"))
    assert update(first, target, editions, timeout=0.01).withdrawn == []


def test_withdrawn_bytes_that_are_still_published_stay(editions: Editions, tmp_path: Path) -> None:
    edition, gone = editions.both / "e0001", withdrawn_object(editions)
    listed = (editions.both / "e0002" / "withdrawals.json").read_bytes()
    with open_held(tmp_path / "held.sqlite") as rows:
        rows.add("here", [VolumeEntry("a.flac", gone, 1, None)])
        assert withdrawn_places(rows, listed, lambda: edition / "index.parquet") == []
        newer = editions.both / "e0002" / "index.parquet"
        assert withdrawn_places(rows, listed, lambda: newer) == [("here", "a.flac")]


KILLED = """
import sys
import time
from pathlib import Path
from tenuto.app.archive import open_archive
from tenuto.app.mirror import update_mirror
from tenuto.swarm.mirror import MirrorOptions
from tenuto.swarm.session import SessionSettings
from tenuto.testing.reporter import Notes

class Halted(Notes):
    def advance(self, items=1, *, done_bytes=0):
        super().advance(items, done_bytes=done_bytes)
        if self.bytes > 100_000:
            time.sleep(60)  # libtorrent goes on by itself, and writes whole pieces when it likes


url, target, root, port = sys.argv[1:]
settings = SessionSettings(download_rate=400_000)
peers = [("127.0.0.1", int(port))]
options = MirrorOptions(Path(root).read_bytes(), peers=peers, settings=settings)
update_mirror(url, Path(target), options, Halted())
"""


def test_a_mirror_killed_in_mid_download_goes_on(first: Server, editions: Editions, tmp_path: Path) -> None:
    target, root = tmp_path / "mirror", tmp_path / "root.json"
    root.write_bytes(editions.root())
    with editions.seeding("e0001") as peer:
        words = [sys.executable, "-c", KILLED, first.url, str(target), str(root), str(peer[1])]
        with subprocess.Popen(words) as process:
            while _there(target / "incoming") < 900_000 and process.poll() is None:
                time.sleep(0.02)
            process.send_signal(signal.SIGKILL)
        assert process.returncode == -signal.SIGKILL
        assert held(target).items() <= files(editions, "e0001").items(), "what is there is whole"
        done = update(first, target, editions, peer)
    assert held(target) == files(editions, "e0001")
    total = sum(volume.bytes for volume in editions.summary("e0001").volumes)
    assert done.received_bytes < total - 100_000, "whole pieces that were there weren't fetched again"


def _there(folder: Path) -> int:
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())


def poisoner(editions: Editions, folder: Path) -> tuple[lt.session, int]:
    """A peer that says it has everything, and sends one wrong bit a file."""
    papers = editions.both / "e0001" / "volumes"
    session = lt.session(
        {"listen_interfaces": "127.0.0.1:0", "enable_dht": False, "enable_lsd": False, "enable_upnp": False}
    )
    store = editions.archive.local_store()
    for volume in editions.summary("e0001").volumes:
        for entry in read_files((papers / f"{volume.name}.files.json").read_bytes()):
            path = folder / volume.name / entry.path
            path.parent.mkdir(parents=True, exist_ok=True)
            data = bytearray(store.path(entry.object).read_bytes())
            data[len(data) // 2] ^= 1
            path.write_bytes(data)
        params = lt.load_torrent_buffer((papers / f"{volume.name}.torrent").read_bytes(), LIMITS)  # type: ignore[call-overload]  # stub is wrong
        params.save_path = str(folder)
        params.have_pieces = [True] * params.ti.num_pieces()
        params.flags = lt.torrent_flags.no_verify_files
        session.add_torrent(params)
    while not session.listen_port():
        time.sleep(0.01)
    return session, session.listen_port()


def test_poisoned_pieces_never_reach_the_volumes(first: Server, editions: Editions, tmp_path: Path) -> None:
    target, name = tmp_path / "mirror", editions.summary("e0001").volumes[0].name
    session, port = poisoner(editions, tmp_path / "poison")
    poisoned = ("127.0.0.1", port)
    done = update(first, target, editions, poisoned, volumes=[name], timeout=3.0)
    assert "failed their hash" in done.failed[name]
    assert held(target) == {}
    with editions.seeding("e0001") as peer:
        for _ in range(10):
            # A piece with blocks of both costs an honest peer trust too; libtorrent may ban it for a run.
            healed = update(first, target, editions, poisoned, peer, volumes=[name], timeout=5.0)
            if not healed.failed:
                break
    assert healed.brought == [name], healed.failed
    assert held(target).items() <= files(editions, "e0001").items()
    del session


def test_a_mirrors_folder_is_an_archive_to_mirror_from(
    first: Server, editions: Editions, tmp_path: Path
) -> None:
    """Its editions over HTTP, its volumes from `tenuto seed --mirror`."""
    with editions.seeding("e0001") as peer:
        update(first, tmp_path / "one", editions, peer)
    with seeding(tmp_path / "one") as peer, Server(tmp_path / "one" / "editions").running() as server:
        done = update(server, tmp_path / "two", editions, peer)
    assert not done.failed
    assert held(tmp_path / "two") == files(editions, "e0001")


@contextmanager
def seeding(target: Path) -> Iterator[tuple[str, int]]:
    """The address of a mirror's seeder, as the command says it."""
    words = ["seed", "--mirror", str(target), "--interfaces", "127.0.0.1:0", "--progress", "off"]
    with subprocess.Popen(
        [sys.executable, "-m", "tenuto", *words],
        env={**os.environ, "TENUTO_SWARM_DHT": "false"},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        said = re.match(r"seeding e0001 on port (\d+): 0 of \d+ torrents loaded", process.stderr.readline())
        try:
            assert said is not None
            yield "127.0.0.1", int(said[1])
        finally:
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


def test_volumes_come_from_web_seeds_too(both: Server, editions: Editions, tmp_path: Path) -> None:
    """A mirror's folder behind any web server is one. What it alters is refused."""
    with editions.seeding("e0002") as peer:
        update(both, tmp_path / "one", editions, peer)
    shutil.copytree(editions.archive.root, tmp_path / "archive")
    with Server(tmp_path / "one").running() as seed:
        archive = open_archive(tmp_path / "archive", {"publish.web_seeds": [f"{seed.url}/volumes/"]})
        with archive.writing("test") as ledger:
            publish(archive, ledger, Notes(), on=today())
        both.root = archive.editions
        path = next(path for path in held(tmp_path / "one") if path.endswith(".flac"))
        options = {"volumes": [path.split("/")[0]], "timeout": 3.0}
        seed.answers[f"volumes/{path}"] = bytes((tmp_path / "one" / "volumes" / path).stat().st_size)
        assert update(both, tmp_path / "two", editions, **options).failed
        assert held(tmp_path / "two") == {}
        seed.answers.clear()
        assert update(both, tmp_path / "two", editions, **options).brought == options["volumes"]
    assert held(tmp_path / "two").items() <= held(tmp_path / "one").items()


def test_rot_in_the_mirror_is_not_reused(first: Server, editions: Editions, tmp_path: Path) -> None:
    target = tmp_path / "mirror"
    with editions.seeding("e0001") as peer:
        update(first, target, editions, peer)
    for path in (target / "volumes").rglob("*.flac"):
        path.write_bytes(bytes(path.stat().st_size))
    report = verify_tree(target, now=datetime.now(UTC), trusted_root=editions.root())
    rotten = {fault.where for fault in report.faults}
    assert {f"volumes/{path}" for path in held(target) if path.endswith(".flac")} <= rotten
    first.root = editions.both
    with editions.seeding("e0002") as peer:
        done = update(first, target, editions, peer, delete=True)
    assert not done.failed
    changed = {v.name for v in editions.summary("e0002").volumes if v.name in done.brought}
    assert changed
    wanted = {
        path: digest for path, digest in files(editions, "e0002").items() if path.split("/")[0] in changed
    }
    assert wanted.items() <= held(target).items()


def test_a_dry_run_says_what_would_come_and_changes_nothing(
    first: Server, editions: Editions, tmp_path: Path
) -> None:
    options = MirrorOptions(trusted=editions.root())
    done = update_mirror(first.url, tmp_path / "mirror", options, Notes(), dry_run=True)
    assert done.brought == [volume.name for volume in editions.summary("e0001").volumes]
    assert done.received_bytes == editions.summary("e0001").bytes
    assert not any(tmp_path.iterdir())


def test_only_named_volumes(first: Server, editions: Editions, tmp_path: Path) -> None:
    name = editions.summary("e0001").volumes[-1].name
    with editions.seeding("e0001") as peer:
        done = update(first, tmp_path / "mirror", editions, peer, volumes=[name])
    assert done.brought == [name]
    assert {path.split("/")[0] for path in held(tmp_path / "mirror")} == {name}


def test_a_folder_with_other_things_is_refused(first: Server, editions: Editions, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(UsageError, match="other things"):
        update(first, tmp_path, editions)


def test_a_disk_that_is_too_small_is_told_before_the_first_byte(
    first: Server, editions: Editions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: type(usage)(usage.total, usage.used, 1000))
    with pytest.raises(SpaceError):
        update(first, tmp_path / "mirror", editions)
