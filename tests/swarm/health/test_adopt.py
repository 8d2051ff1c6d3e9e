"""`tenuto adopt` on real editions, from folders and over HTTP; and mirrors take its choice."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tenuto.app.adopt import adopted_volumes
from tenuto.cli import tenuto
from tenuto.formats.edition import write_edition
from tenuto.formats.health import read_health, write_health
from tenuto.model.errors import BadInputError, FixityError, NotFoundError, UsageError
from tenuto.model.health import HealthReport, Reading, VolumeHealth
from tests.swarm.conftest import Editions, today
from tests.swarm.servers import Server


def run(*words: str, text: bytes | None = None) -> Result:
    return CliRunner().invoke(tenuto, list(words), input=text)


def chosen(*words: str) -> dict[str, object]:
    said = run("adopt", *words, "--json")
    assert said.exception is None, said.exception
    found: dict[str, object] = json.loads(said.stdout)
    return found


def report_of(editions: Editions, volumes: list[VolumeHealth]) -> bytes:
    return write_health(HealthReport(editions.summary("e0002").id, today().isoformat(), tuple(volumes)))


def names(found: dict[str, object]) -> list[str]:
    volumes = found["volumes"]
    assert isinstance(volumes, list)
    return [volume["name"] for volume in volumes]


def test_any_folder_with_an_edition_will_do(editions: Editions) -> None:
    places = [editions.archive.root, editions.both, editions.both / "e0002"]
    found = [chosen(str(place), "--space", "1GB", "--seed", "s") for place in places]
    assert found[0] == found[1] == found[2]
    assert sorted(names(found[0])) == sorted(v.name for v in editions.summary("e0002").volumes)
    assert found[0]["bytes"] == editions.summary("e0002").bytes
    with pytest.raises(NotFoundError, match="no edition there"):
        raise run("adopt", str(editions.archive.objects), "--space", "1GB").exception  # type: ignore[misc]  # set


def test_what_is_printed_can_be_used(editions: Editions) -> None:
    summary, place = editions.summary("e0002"), str(editions.both / "e0002")
    words = ["adopt", place, "--space", "1GB", "--seed", "s", "--print"]
    magnets = run(*words, "magnets").stdout.splitlines()
    assert sorted(magnets) == sorted(volume.magnet for volume in summary.volumes)
    torrents = run(*words, "torrents").stdout.splitlines()
    assert all(Path(torrent).is_file() for torrent in torrents)
    assert len(torrents) == len(summary.volumes)
    table = run(*words, "table")
    assert "0 proved, no reading" in table.stdout
    assert "seed s" in table.stderr


def test_a_report_decides_who_comes_first(editions: Editions, tmp_path: Path) -> None:
    first, *others = editions.summary("e0002").volumes
    healths = [
        VolumeHealth(v.name, v.infohash_v2, v.bytes, trackers=Reading(today().isoformat(), 9, 9))
        for v in others
    ]
    report = tmp_path / "health.json"
    report.write_bytes(report_of(editions, healths))
    for seed in "abcd":
        words = [str(editions.both), "--space", f"{first.bytes}B", "--health", str(report), "--seed", seed]
        assert names(chosen(*words)) == [first.name]
    bad = replace(healths[0], trackers=Reading("2026-99-99", 1, 1))
    report.write_bytes(report_of(editions, [bad]))
    assert isinstance(run("adopt", *words).exception, BadInputError)
    report.unlink()
    assert isinstance(run("adopt", *words).exception, NotFoundError)
    report.write_bytes(b"{}")
    assert isinstance(run("adopt", *words).exception, BadInputError)


def test_over_http_everything_is_verified(editions: Editions, tmp_path: Path) -> None:
    root = tmp_path / "root.json"
    root.write_bytes(editions.root())
    shutil.copytree(editions.both, tmp_path / "editions")
    with Server(tmp_path / "editions").running() as server:
        words = [server.url, "--space", "1GB", "--seed", "s"]
        assert isinstance(run("adopt", *words).exception, UsageError), "whom should it trust?"
        found = chosen(*words, "--root", str(root))
        assert names(found) == names(chosen(str(editions.both), *words[1:]))
        volumes = found["volumes"]
        assert isinstance(volumes, list)
        assert volumes[0]["torrent"] == f"{server.url}/e0002/volumes/{volumes[0]['name']}.torrent"
        server.answers["e0002/edition.json"] = (editions.first / "e0001" / "edition.json").read_bytes()
        assert isinstance(run("adopt", *words, "--root", str(root)).exception, FixityError)


def test_a_mirror_takes_the_choice_and_keeps_it(editions: Editions, tmp_path: Path) -> None:
    """Piped; and what is here, or an older revision of it, stays in the next choice."""
    target, root = tmp_path / "mirror", tmp_path / "root.json"
    root.write_bytes(editions.root())
    space = f"{max(volume.bytes for volume in editions.summary('e0001').volumes)}B"
    with Server(editions.first).running() as server, editions.seeding("e0001") as peer:
        choice = run("adopt", server.url, "--space", space, "--root", str(root), "--json")
        (name,) = names(json.loads(choice.stdout))
        words = ["--root", str(root), "--peer", f"{peer[0]}:{peer[1]}", "--interfaces", "127.0.0.1:0"]
        done = run(
            "mirror", server.url, str(target), *words, "--adopted", "-", "--json", text=choice.stdout_bytes
        )
        assert done.exception is None, done.output
        assert json.loads(done.stdout)["brought"] == [name]
        server.root = editions.both
        again = chosen(server.url, "--space", space, "--mirror", str(target))
    kept = next(v.name for v in editions.summary("e0002").volumes if name in (v.name, v.replaces))
    assert names(again) == [kept]
    volumes = again["volumes"]
    assert isinstance(volumes, list)
    assert volumes[0]["kept"] is True


def test_only_a_choice_is_taken() -> None:
    with pytest.raises(BadInputError, match="tenuto adopt --json"):
        adopted_volumes(b'{"schema": "tenuto/mirror/1", "volumes": []}')
    with pytest.raises(BadInputError):
        adopted_volumes(b'{"\x80": 1}')
    with pytest.raises(UsageError, match="nothing was adopted"):
        adopted_volumes(b'{"schema": "tenuto/adopt/1", "volumes": []}')


def test_a_health_report_has_one_spelling(editions: Editions) -> None:
    volumes = [VolumeHealth(v.name, v.infohash_v2, v.bytes) for v in editions.summary("e0002").volumes]
    data = report_of(editions, volumes)
    assert read_health(data).volumes == tuple(volumes)
    for bad in (data + b"\n", data.replace(b"health-1", b"health-2"), b"[]"):
        with pytest.raises(BadInputError):
            read_health(bad)


def test_a_folder_cant_name_files_outside_itself(editions: Editions, tmp_path: Path) -> None:
    summary = editions.summary("e0002")
    evil = replace(summary, volumes=(replace(summary.volumes[0], name="../../secret"),))
    (tmp_path / "e0002").mkdir()
    (tmp_path / "e0002" / "edition.json").write_bytes(write_edition(evil))
    said = run("adopt", str(tmp_path / "e0002"), "--space", "1GB")
    assert isinstance(said.exception, FixityError)
    assert "unsafe name" in str(said.exception)
