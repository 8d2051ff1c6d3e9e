"""The commands of docs/keys.md, run as they stand there; and renewal without an edition."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tenuto.verify import verify_tree
from tests.app.music import make_collection
from tests.app.tenuto_command import TODAY, tenuto


def _keys(archive: Path) -> dict[str, list[str]]:
    found = json.loads(tenuto(archive, "keys", "show", "--json"))
    return {role["role"]: role["keys"] for role in found["roles"]}


def _draft(archive: Path) -> tuple[int, int] | None:
    """How many have signed, and how many could."""
    draft = json.loads(tenuto(archive, "keys", "show", "--json"))["draft"]
    return draft and (len(draft["signed"]), len(draft["missing"]))


def test_a_ceremony_of_several_people(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    tenuto(archive, "init", str(archive))
    tenuto(archive, "keys", "create", "--roots", "3", "--threshold", "2", "--date", TODAY)
    holders = []
    for number in (1, 3):
        holders.append(tmp_path / f"holder-{number}.pem")
        shutil.move(archive / "keys" / f"root-{number}.pem", holders[-1])
    before = _keys(archive)
    tenuto(archive, "keys", "rotate", "timestamp", "--yes", "--date", TODAY)
    assert _draft(archive) == (1, 2)
    copy = tmp_path / "copy.json"
    shutil.copy(archive / "keys" / "root.draft.json", copy)
    tenuto(archive, "keys", "sign", str(copy), str(holders[0]))
    tenuto(archive, "keys", "accept", str(copy))
    assert _draft(archive) is None
    after = _keys(archive)
    assert before["timestamp"] != after["timestamp"]
    assert before["root"] == after["root"]
    tenuto(archive, "keys", "renew", "--date", TODAY)
    assert _draft(archive) == (1, 2)
    log = json.loads(tenuto(archive, "rights", "log", "--json"))
    assert [each["action"] for each in log["decisions"]] == ["create", "rotate", "accept", "renew"]


def test_rotating_asks_for_a_yes(tmp_path: Path) -> None:
    tenuto(tmp_path / "a", "init", str(tmp_path / "a"))
    tenuto(tmp_path / "a", "keys", "create")
    before = _keys(tmp_path / "a")
    tenuto(tmp_path / "a", "keys", "rotate", "edition", expect=2)
    assert _keys(tmp_path / "a") == before


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published")
    archive = folder / "archive"
    tenuto(archive, "init", str(archive), "--name", "tones")
    tenuto(archive, "harvest", "folder", str(make_collection(folder / "music")), expect=4)
    tenuto(archive, "run", "--date", TODAY, expect=4)
    return archive


def test_signatures_are_renewed_without_an_edition(published: Path) -> None:
    """metadata.md, clause 8."""
    edition = published / "editions" / "e0001"
    before = {p: p.read_bytes() for p in edition.rglob("*") if p.is_file()}
    late = datetime(2026, 1, 12, tzinfo=UTC)
    assert len(verify_tree(edition, now=late).notes) > 1
    for day, version in (("2026-01-11", 2), ("2026-01-12", 3), ("2026-03-30", 4)):
        done = json.loads(tenuto(published, "publish", "--renew", "--date", day, "--json"))
        assert done["stages"][0]["version"] == version
    report = verify_tree(edition, now=datetime(2026, 4, 1, tzinfo=UTC))
    assert report.sound
    assert [note for note in report.notes if "expired" in note] == []
    after = {p: p.read_bytes() for p in edition.rglob("*") if p.is_file()}
    changed = {p for p in before.keys() | after.keys() if before.get(p) != after.get(p)}
    assert {p.parent.name for p in changed} == {"metadata"}
    snapshots = sorted(p.name for p in (edition / "metadata").glob("*.snapshot.json"))
    assert snapshots == ["3.snapshot.json", "4.snapshot.json"], "a client in mid-update finds the former one"
    assert (published / "editions" / "current").read_text() == "e0001\n"


def test_repack_and_renew_exclude_each_other(published: Path) -> None:
    tenuto(published, "publish", "--repack", "--renew", expect=2)
    assert (published / "editions" / "feed.atom").read_bytes().startswith(b"<?xml")
