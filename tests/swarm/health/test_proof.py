"""A mirror proves what it holds, and nothing else passes. Real editions, mirrors and commands."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tenuto.app.health import Ask, archive_observer, challenge, health, record
from tenuto.app.mirror import answer_for, mirror_id, update_mirror
from tenuto.cli import tenuto
from tenuto.formats.challenge import (
    Answer,
    AnsweredBlock,
    challenge_id,
    public_id,
    read_answer,
    read_challenge,
    write_answer,
)
from tenuto.keyfile import read_private_key
from tenuto.model.errors import BadInputError, ConfigurationError, FixityError, NotFoundError, UsageError
from tenuto.model.health import Outcome
from tenuto.swarm.health.audit import chance, judge
from tenuto.swarm.mirror import MirrorOptions
from tenuto.testing.reporter import Notes
from tests.swarm.conftest import Editions, today
from tests.swarm.servers import Server

NOW = datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True)
class Held:
    """A mirror of the archive's newest edition, registered as `one`."""

    editions: Editions
    folder: Path

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(
            tenuto, ["health", *words], env={"TENUTO_ARCHIVE": str(self.editions.archive.root)}
        )

    def ask(self, **more: object) -> bytes:
        return challenge(archive_observer(self.editions.archive), "one", Ask(**more), now=NOW)  # type: ignore[arg-type]  # as given

    def answer(self, asked: bytes) -> bytes:
        return answer_for(self.folder, asked, Notes())

    def record(self, answer: bytes, now: datetime = NOW) -> dict[str, Outcome]:
        return record(archive_observer(self.editions.archive), answer, now=now)[1]

    def forge(self, answer: bytes, **changes: object) -> bytes:
        """What the mirror's own keeper could make of an answer."""
        found = msgspec.structs.replace(read_answer(answer), **changes)
        return write_answer(found, read_private_key(self.folder / "mirror.pem"))


@pytest.fixture(scope="module")
def mirrored(editions: Editions, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("proving") / "mirror"
    with Server(editions.both).running() as server, editions.seeding("e0002") as peer:
        options = MirrorOptions(trusted=editions.root(), peers=[peer], timeout=20)
        assert not update_mirror(server.url, folder, options, Notes()).failed
    mirror_id(folder)
    return folder


@pytest.fixture
def held(editions: Editions, mirrored: Path, tmp_path: Path) -> Iterator[Held]:
    shutil.copytree(mirrored, tmp_path / "mirror")
    shutil.rmtree(editions.archive.health, ignore_errors=True)
    found = Held(editions, tmp_path / "mirror")
    words = ["mirror", "add", "one", mirror_id(found.folder), "--region", "DE", "--operator", "Ada"]
    assert found.run(*words).exit_code == 0
    yield found
    shutil.rmtree(editions.archive.health, ignore_errors=True)


def test_a_mirror_proves_its_volumes_by_commands(held: Held, tmp_path: Path) -> None:
    """And the archive checks it without opening one object."""
    asked, answer, before = tmp_path / "challenge.json", tmp_path / "answer.json", today()
    assert (held.folder / "mirror.pem").stat().st_mode & 0o777 == 0o600
    said = held.run("challenge", "one", "--output", str(asked))
    assert "3.4%" in said.stderr
    assert held.run("answer", str(held.folder), str(asked), "--output", str(answer)).exit_code == 0
    objects = held.editions.archive.objects
    objects.rename(tmp_path / "objects")
    try:
        recorded = held.run("record", str(answer), "--json")
    finally:
        (tmp_path / "objects").rename(objects)
    names = [volume.name for volume in held.editions.summary("e0002").volumes]
    assert recorded.exit_code == 0, recorded.output
    assert json.loads(recorded.stdout)["volumes"] == dict.fromkeys(names, "proved")
    shown = json.loads(held.run("show", "--json").stdout)
    assert shown["proved_replicas"] == {"0": 0, "1": len(names), "2": 0, "3 or more": 0}
    assert shown["claimed_seeders"]["unknown"] == len(names), "a proof is no claim, and a claim no proof"
    (replica,) = shown["rescue"][0]["replicas"]
    assert before <= date.fromisoformat(replica.pop("proved")) <= today()
    assert replica == {"mirror": "one", "region": "DE", "operator": "Ada"}
    assert held.run("answer", str(held.folder), str(asked)).stdout_bytes == answer.read_bytes()


def test_a_volume_that_is_not_here_is_absent_and_a_damaged_one_too(held: Held) -> None:
    """A mirror never signs for bytes that it hasn't checked."""
    gone, damaged = [volume.name for volume in held.editions.summary("e0002").volumes][:2]
    shutil.rmtree(held.folder / "volumes" / gone)
    for path in (held.folder / "volumes" / damaged).rglob("*.flac"):
        path.chmod(0o644)
        path.write_bytes(bytes(path.stat().st_size))
    notes = Notes()
    outcomes = held.record(answer_for(held.folder, held.ask(), notes))
    assert outcomes[gone] is outcomes[damaged] is Outcome.ABSENT
    assert [where for where, _ in notes.faults] == [damaged]


def test_wrong_bytes_take_an_earlier_proof_away(held: Held, tmp_path: Path) -> None:
    name = held.editions.summary("e0002").volumes[0].name
    held.record(held.answer(held.ask()))
    asked = held.ask()
    answer = read_answer(held.answer(asked))
    first = answer.volumes[0]
    wrong = AnsweredBlock(bytes(len(first.blocks[0].data)), first.blocks[0].uncles)
    forged = msgspec.structs.replace(first, blocks=(wrong, *first.blocks[1:]))
    bad = held.forge(held.answer(asked), volumes=(forged, *answer.volumes[1:]))
    (tmp_path / "bad.json").write_bytes(bad)
    said = held.run("record", str(tmp_path / "bad.json"))
    assert (said.exit_code, f"  failed: {name}\n" in said.stdout) == (6, True)
    volumes = health(archive_observer(held.editions.archive), on=NOW.date()).volumes
    assert {volume.name: len(volume.replicas) for volume in volumes}[name] == 0


def test_fewer_blocks_than_were_asked_for_prove_nothing(held: Held) -> None:
    asked = held.ask()
    cut = tuple(
        msgspec.structs.replace(volume, blocks=volume.blocks[:-1])
        for volume in read_answer(held.answer(asked)).volumes
    )
    assert set(held.record(held.forge(held.answer(asked), volumes=cut)).values()) == {Outcome.FAILED}


def test_an_answer_counts_once_in_time_and_for_its_own_challenge(held: Held) -> None:
    asked, other = held.ask(), held.ask()
    answer = held.answer(asked)
    with pytest.raises(BadInputError, match="had to come by"):
        held.record(answer, NOW + timedelta(hours=24, seconds=1))
    replayed = held.forge(answer, challenge=challenge_id(other))
    assert set(held.record(replayed).values()) == {Outcome.FAILED}, "other blocks were drawn"
    assert set(held.record(answer).values()) == {Outcome.PROVED}
    with pytest.raises(BadInputError, match="was recorded"):
        held.record(answer)
    with pytest.raises(NotFoundError, match="nobody here issued"):
        held.record(held.forge(answer, challenge="00" * 32))
    more = (*read_answer(answer).volumes, msgspec.structs.replace(read_answer(answer).volumes[0]))
    third = held.ask()
    with pytest.raises(BadInputError, match="wasn't asked"):
        held.record(held.forge(answer, challenge=challenge_id(third), volumes=more))


def test_another_mirror_cant_pass_an_answer_off_as_its_own(held: Held) -> None:
    """Draws depend on the mirror's key, so even its blocks are of no use to another one."""
    other = Ed25519PrivateKey.generate()
    words = ["mirror", "add", "two", public_id(other), "--region", "FR", "--operator", "Bo"]
    assert held.run(*words).exit_code == 0
    asked = held.ask()
    copied = Answer(challenge_id(asked), public_id(other), read_answer(held.answer(asked)).volumes)
    with pytest.raises(BadInputError, match="another mirror"):
        held.record(write_answer(copied, other))
    theirs = challenge(archive_observer(held.editions.archive), "two", Ask(), now=NOW)
    with pytest.raises(UsageError, match="asks the mirror"):
        held.answer(theirs)
    stolen = Answer(challenge_id(theirs), public_id(other), copied.volumes)
    assert set(held.record(write_answer(stolen, other)).values()) == {Outcome.FAILED}
    with pytest.raises(FixityError, match="didn't sign"):
        held.record(write_answer(read_answer(held.answer(asked)), other))
    stranger = Ed25519PrivateKey.generate()
    unknown = Answer(challenge_id(asked), public_id(stranger), copied.volumes)
    with pytest.raises(NotFoundError, match="no mirror with this key"):
        held.record(write_answer(unknown, stranger))


def test_proofs_grow_old_and_a_removed_mirror_proves_nothing(held: Held) -> None:
    def proved(days: int) -> int:
        on = NOW.date() + timedelta(days=days)
        volumes = health(archive_observer(held.editions.archive), on=on).volumes
        return sum(len(volume.replicas) for volume in volumes)

    held.record(held.answer(held.ask()))
    assert proved(90) == len(held.editions.summary("e0002").volumes)
    assert proved(91) == 0
    assert isinstance(held.run("mirror", "remove", "one").exception, UsageError)
    assert proved(0)
    assert held.run("mirror", "remove", "one", "--yes").exit_code == 0
    assert proved(0) == 0


def test_volumes_that_were_never_asked_for_come_first(held: Held) -> None:
    names = [volume.infohash_v2 for volume in held.editions.summary("e0002").volumes]
    for name in names:
        asked = held.ask(volumes=1)
        assert read_challenge(asked).volumes == (name,)
        held.record(held.answer(asked))
    with pytest.raises(NotFoundError, match="no such volume"):
        held.ask(names=["x"])
    with pytest.raises(BadInputError, match="1 to 2048"):
        held.ask(draws=2000)


def test_a_mirror_may_audit_another_one(held: Held, mirrored: Path, tmp_path: Path) -> None:
    """It has the edition's torrents, and that is all that it takes."""
    auditor, asked, answer = tmp_path / "auditor", tmp_path / "challenge.json", tmp_path / "answer.json"
    shutil.copytree(mirrored, auditor, ignore=shutil.ignore_patterns("*.flac"))
    here = ("--from-mirror", str(auditor))
    key = held.run("key", str(held.folder)).stdout.strip()
    held.run("mirror", "add", "neighbour", key, "--region", "DE", "--operator", "Ada", *here)
    held.run("challenge", "neighbour", "--output", str(asked), *here)
    held.run("answer", str(held.folder), str(asked), "--output", str(answer))
    recorded = held.run("record", str(answer), *here)
    volumes = len(held.editions.summary("e0002").volumes)
    assert recorded.stdout == f"neighbour: {volumes} proved, 0 absent, 0 failed\n"
    shown = json.loads(held.run("show", "--json", *here).stdout)
    assert shown["rescue"][0]["replicas"][0]["mirror"] == "neighbour"
    assert json.loads(held.run("show", "--json").stdout)["rescue"][0]["replicas"] == [], "each keeps its own"


def test_questions_and_answers_may_lie_on_web_servers(held: Held, tmp_path: Path) -> None:
    """Static files on both sides: neither has to let the other in."""
    with Server(tmp_path).running() as server:
        held.run("challenge", "one", "--output", str(tmp_path / "challenge.json"))
        words = ["answer", str(held.folder), f"{server.url}/challenge.json"]
        held.run(*words, "--output", str(tmp_path / "answer.json"))
        recorded = held.run("record", f"{server.url}/answer.json")
        assert recorded.stdout.endswith("0 absent, 0 failed\n"), recorded.exception
        server.answers["answer.json"] = None
        assert isinstance(held.run("record", f"{server.url}/answer.json").exception, FixityError)
        assert isinstance(held.run("record", f"{server.url}/none.json").exception, NotFoundError)
    assert isinstance(held.run("record", str(tmp_path / "none.json")).exception, NotFoundError)


def test_mirrors_are_registered_once(held: Held) -> None:
    key = mirror_id(held.folder)
    more = ("--region", "FR", "--operator", "Bo")
    assert held.run("mirror", "list").stdout == f"one: DE, Ada, {key}\n"
    for name, other in (("one", "ab" * 32), ("two", key)):
        assert isinstance(held.run("mirror", "add", name, other, *more).exception, UsageError)
    assert isinstance(held.run("mirror", "add", "two", "key", *more).exception, BadInputError)
    assert isinstance(held.run("challenge", "two").exception, NotFoundError)
    listed = json.loads(held.run("mirror", "list", "--json").stdout)
    assert [mirror["name"] for mirror in listed["mirrors"]] == ["one"]


def test_what_is_no_longer_published_is_passed_over(held: Held) -> None:
    """An edition may come between the question and the answer."""
    asked = held.ask()
    first, *others = read_challenge(asked).volumes
    torrents = {
        volume.infohash_v2: held.editions.both / "e0002" / "volumes" / f"{volume.name}.torrent"
        for volume in held.editions.summary("e0002").volumes
    }
    outcomes = judge(
        asked,
        held.answer(asked),
        received=read_challenge(asked).issued,
        torrents=lambda infohash: torrents[infohash].read_bytes() if infohash != first else None,
    )
    assert outcomes == dict.fromkeys(others, Outcome.PROVED)


def test_a_mirror_without_a_key_says_how_to_get_one(held: Held) -> None:
    asked = held.ask()
    (held.folder / "mirror.pem").chmod(0o644)
    with pytest.raises(ConfigurationError, match="others can read"):
        held.answer(asked)
    (held.folder / "mirror.pem").unlink()
    with pytest.raises(ConfigurationError, match="missing"):
        held.answer(asked)


def test_the_chance_to_pass_with_holes() -> None:
    assert chance(0.1, 32) == pytest.approx(0.9**32)
    assert chance(1, 1) == 0
    assert chance(0, 32) == 1
