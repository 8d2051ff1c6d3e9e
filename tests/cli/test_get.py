"""One recording from the command line, out of a volume that our seeder offers on loopback."""

import hashlib
import json
from pathlib import Path

from tenuto.app.archive import open_archive
from tenuto.app.swarm import current_edition, seed_volumes
from tenuto.formats.volume_index import read_index
from tenuto.model.errors import NotFoundError, UsageError
from tenuto.swarm.seeder import Seeder
from tests.cli.conftest import call


def recording(archive: Path, title: str) -> str:
    found = json.loads(call("catalogue", "search", title, "--json", archive=archive).stdout)
    return str(found["recordings"][0]["id"])


def test_get_fetches_one_recording_with_and_without_the_archive(finished: Path, tmp_path: Path) -> None:
    archive = open_archive(finished)
    folder, edition = current_edition(archive)
    wanted = recording(finished, "tone 3")
    with Seeder() as seeder:
        for torrent in seed_volumes(archive, folder, edition):
            seeder.add(torrent)
        peer = ("--peer", f"127.0.0.1:{seeder.port}", "--timeout", "10", "--progress", "off")
        inside = call("get", wanted, "--output", tmp_path / "a", *peer, "--json", archive=finished)
        outside = call("get", wanted, "--edition", folder, "--output", tmp_path / "b", *peer)
    assert inside.exit_code == 0, inside.exception
    assert outside.exit_code == 0, outside.exception
    document = json.loads(inside.stdout)
    assert (document["schema"], document["asked"]) == ("tenuto/get/1", wanted)
    digest = hashlib.sha256((tmp_path / "a").read_bytes()).hexdigest()
    assert (finished / "objects" / digest[:2] / digest[2:4] / digest).is_file()
    assert digest in outside.stdout
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_get_follows_a_magnet_link_that_selects_a_file(finished: Path, tmp_path: Path) -> None:
    """BEP 53; what comes is held against the v2 infohash, and nothing else is known of it."""
    archive = open_archive(finished)
    folder, edition = current_edition(archive)
    volume = edition.volumes[0]
    row = next(read_index((folder / "volumes" / f"{volume.name}.index.parquet").read_bytes()))
    link = f"{volume.magnet}&so={row['file_index']}"
    with Seeder() as seeder:
        for torrent in seed_volumes(archive, folder, edition):
            seeder.add(torrent)
        peer = ("--peer", f"127.0.0.1:{seeder.port}", "--timeout", "10", "--progress", "off")
        got = call("get", link, "--output", tmp_path / "a", *peer)
        twin = call("get", f"{volume.magnet_twin}&so=0", "--output", tmp_path / "b", *peer)
    assert got.exit_code == 0, got.exception
    assert hashlib.sha256((tmp_path / "a").read_bytes()).hexdigest() == row["sha256"]
    assert "btmh" in str(twin.exception)
    assert "--output" in str(call("get", link).exception)
    assert "&so=" in str(call("get", volume.magnet, "--output", tmp_path / "c").exception)
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith(".")] == ["a"]


def test_a_dark_recording_and_a_bad_peer_are_refused(finished: Path) -> None:
    dark = call("get", recording(finished, "dark"), archive=finished).exception
    assert isinstance(dark, NotFoundError)
    assert "tenuto rights show" in dark.remedy
    peer = call("get", recording(finished, "tone 3"), "--peer", "nowhere", archive=finished).exception
    assert isinstance(peer, UsageError)
