"""`tenuto export bagit|ocfl`: real exports of a small archive, judged by other people's validators."""

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import bagit  # type: ignore[import-untyped]  # has no types
import pytest
from click.testing import CliRunner, Result
from ocfl.storage_root import StorageRoot  # type: ignore[import-untyped]  # has no types

from tenuto.app.archive import Archive, open_archive
from tenuto.app.stages.catalogue import open_current
from tenuto.app.stages.choose import decide, policy
from tenuto.cli import tenuto
from tenuto.formats.package import BAG_FILE, OBJECT_FILE, read_recording
from tenuto.model.errors import TenutoError
from tenuto.model.ids import RecordingId
from tenuto.model.rights import Cleared, Refusal
from tests.app.music import CLEARED, make_collection
from tests.app.tenuto_command import TODAY, stages
from tests.invariants.conftest import journey, new_archive

HELD = CLEARED + 1
"""The recording in copyright is kept too."""


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    folder = tmp_path_factory.mktemp("packages")
    found = new_archive(folder / "archive")
    journey(found, make_collection(folder / "music"))
    return found


def run(archive: Archive, *words: str, expect: int = 0) -> Result:
    """In this process; fails where it doesn't exit with `expect`."""
    found = CliRunner().invoke(tenuto, [*words, "--archive", str(archive.root)])
    code = found.exception.exit_code if isinstance(found.exception, TenutoError) else found.exit_code
    assert code == expect, found.output
    return found


def shown(archive: Archive, *words: str) -> dict[str, Any]:
    return dict(json.loads(run(archive, *words, "--json").stdout))


def export(archive: Archive, *words: str, expect: int = 0) -> dict[str, Any]:
    found = run(archive, "export", *words, "--date", TODAY, "--json", "--progress", "off", expect=expect)
    return stages(found.stdout)["export"]


def tree(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


def assert_valid_ocfl(root: Path, objects: int) -> None:
    storage = StorageRoot(str(root))
    assert storage.validate(log_warnings=True), storage.errors
    assert (storage.num_objects, storage.good_objects) == (objects, objects)


def test_a_bag_of_everything_is_valid_and_says_what_is_known(archive: Archive, tmp_path: Path) -> None:
    found = export(archive, "bagit", "all", str(tmp_path / "bag"))
    assert (found["in"], found["done"], found["failed"]) == (HELD, HELD, 0)
    bag = bagit.Bag(str(tmp_path / "bag"))
    bag.validate()
    assert bag.info["Bagging-Date"] == TODAY
    assert "not a publication" in bag.info["Internal-Sender-Description"]
    lines = (tmp_path / "bag" / BAG_FILE).read_bytes().splitlines()
    documents = [read_recording(line) for line in lines]
    assert sorted(document.recording for document in documents) == [d.recording for d in documents]
    rights = [(d.rights.licence, d.rights.refusal) for d in documents]
    assert rights.count(("CC-BY-4.0", None)) == CLEARED
    assert rights.count((None, "in-copyright")) == 1
    assert all(document.rights.evidence for document in documents)
    with archive.ledger(read_only=True) as ledger:
        held = {(h.recording, h.object, h.source_uri) for h, _, _ in ledger.all_held()}
    assert {(d.recording, f.sha256, f.source_uri) for d in documents for f in d.files} == held


def test_an_ocfl_root_of_everything_is_valid_and_says_what_is_known(archive: Archive, tmp_path: Path) -> None:
    found = export(archive, "ocfl", "all", str(tmp_path / "root"))
    assert (found["in"], found["done"], found["failed"]) == (HELD, HELD, 0)
    assert_valid_ocfl(tmp_path / "root", HELD)
    documents = [
        read_recording(p.read_bytes()) for p in (tmp_path / "root").rglob(f"v1/content/{OBJECT_FILE}")
    ]
    assert len(documents) == HELD
    assert sum(document.rights.licence == "CC-BY-4.0" for document in documents) == CLEARED


@pytest.mark.parametrize("kind", ["bagit", "ocfl"])
def test_equal_holdings_and_dates_give_equal_bytes(archive: Archive, tmp_path: Path, kind: str) -> None:
    """Copied or linked, from here or from a copy of the archive elsewhere."""
    export(archive, kind, "all", str(tmp_path / "one"))
    shutil.copytree(archive.root, tmp_path / "elsewhere")
    export(open_archive(tmp_path / "elsewhere"), kind, "all", str(tmp_path / "two"), "--link")
    assert tree(tmp_path / "one") == tree(tmp_path / "two")
    linked = [path for path in (tmp_path / "two").rglob("*.flac") if path.stat().st_nlink > 1]
    assert linked
    assert not [path for path in (tmp_path / "one").rglob("*") if path.is_file() and path.stat().st_nlink > 1]


def test_selections(archive: Archive, tmp_path: Path) -> None:
    document = shown(archive, "catalogue", "search", "tone")
    ids = [recording["id"] for recording in document["recordings"]]
    first = shown(archive, "catalogue", "show", ids[0])
    release, artist = first["tracks"][0]["release"], first["artist_id"]
    (tmp_path / "ids").write_text(f"{ids[0]}\n\n{ids[1]}\n{ids[0]}\nnobody\n", encoding="utf-8")
    wanted = {
        "published": CLEARED,
        f"artist:{artist}": 4,
        f"release:{release}": 4,
        "query:tone": len(ids),
        ids[0]: 1,
    }
    for number, (selection, count) in enumerate(wanted.items()):
        assert export(archive, "bagit", selection, str(tmp_path / str(number)))["done"] == count, selection
    listed = export(archive, "bagit", f"ids:{tmp_path / 'ids'}", str(tmp_path / "listed"), expect=4)
    assert (listed["in"], listed["done"], listed["failed"]) == (3, 2, 1)
    assert str(tmp_path) not in (tmp_path / "listed" / "bag-info.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("selection", ["artist:nobody", "nobody", "ids:/nonexistent"])
def test_a_selection_of_nothing_leaves_nothing(archive: Archive, tmp_path: Path, selection: str) -> None:
    expect = 2 if selection.startswith("ids") else 3
    run(archive, "export", "bagit", selection, str(tmp_path / "bag"), expect=expect)
    assert not (tmp_path / "bag").exists()


def test_a_dry_run_decides_the_same_and_writes_nothing(archive: Archive, tmp_path: Path) -> None:
    dry = export(archive, "bagit", "all", str(tmp_path / "bag"), "--dry-run")
    assert not any(tmp_path.iterdir())
    real = export(archive, "bagit", "all", str(tmp_path / "bag"))
    assert [dry[name] for name in ("in", "done", "bytes")] == [real[name] for name in ("in", "done", "bytes")]


@pytest.mark.parametrize("kind", ["bagit", "ocfl"])
def test_a_damaged_object_is_named_and_the_rest_is_packed(
    archive: Archive, tmp_path: Path, kind: str
) -> None:
    shutil.copytree(archive.root, tmp_path / "archive")
    hurt = open_archive(tmp_path / "archive")
    with hurt.ledger(read_only=True) as ledger:
        holding, digests, _ = next(ledger.all_held())
    path = hurt.local_store().path(holding.object)
    path.chmod(0o644)
    path.write_bytes(bytes(digests.length))
    words = ("export", kind, "all", str(tmp_path / "out"), "--json", "--progress", "plain")
    result = run(hurt, *words, expect=4)
    assert holding.object in result.stderr
    found = stages(result.stdout)["export"]
    assert (found["in"], found["done"], found["failed"]) == (HELD, HELD - 1, 1)
    if kind == "bagit":
        bagit.Bag(str(tmp_path / "out")).validate()
        assert "Tenuto-Incomplete-Recordings: 1" in (tmp_path / "out" / "bag-info.txt").read_text()
    else:
        assert_valid_ocfl(tmp_path / "out", HELD - 1)


KILLED = """
import os, signal, sys
from datetime import date
from pathlib import Path
from tenuto.app.archive import open_archive
from tenuto.app.stages.packages import PackageWish, package
from tenuto.testing.reporter import Notes

class Killer(Notes):
    left = 3
    def advance(self, items=1, *, done_bytes=0):
        self.left -= 1
        if not self.left:
            os.kill(os.getpid(), signal.SIGKILL)

root, kind, out, day = sys.argv[1:]
package(open_archive(Path(root)), PackageWish(kind, "all", Path(out), date.fromisoformat(day)), Killer())
"""


@pytest.mark.parametrize("kind", ["bagit", "ocfl"])
def test_a_killed_export_goes_on_and_ends_as_an_undisturbed_one(
    archive: Archive, tmp_path: Path, kind: str
) -> None:
    """The date is the one that it was begun with; what was copied isn't copied again."""
    words = [sys.executable, "-c", KILLED, str(archive.root), kind, str(tmp_path / "cut"), TODAY]
    assert subprocess.run(words, check=False).returncode == -signal.SIGKILL
    assert not (tmp_path / "cut").exists()
    part = tmp_path / ".cut.part" / "package"
    half = {path.relative_to(part): path.stat().st_ino for path in part.rglob("*.flac")}
    assert half
    refused = run(archive, "export", kind, "published", str(tmp_path / "cut"), expect=2)
    assert "another package was begun here" in str(refused.exception)
    run(archive, "export", kind, "all", str(tmp_path / "cut"), "--date", "2026-02-03")
    export(archive, kind, "all", str(tmp_path / "whole"))
    assert tree(tmp_path / "cut") == tree(tmp_path / "whole")
    assert not (tmp_path / ".cut.part").exists()
    assert all((tmp_path / "cut" / path).stat().st_ino == inode for path, inode in half.items())


def test_an_export_never_goes_over_what_stands_there(archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("mine")
    run(archive, "export", "bagit", "all", str(tmp_path / "out"), expect=2)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("kind", ["bagit", "ocfl"])
def test_what_was_exported_can_be_taken_in_again_with_its_rights(
    archive: Archive, tmp_path: Path, kind: str
) -> None:
    """By an archive that has nothing else: same objects, same titles, same decisions."""
    export(archive, kind, "all", str(tmp_path / "out"))
    other = new_archive(tmp_path / "other")
    assert run(other, "harvest", kind, str(tmp_path / "out"), "--json").exit_code == 0
    run(other, "run", "--budget", "100MB", "--date", TODAY, "--progress", "off")
    assert told(other) == told(archive)


def told(archive: Archive) -> set[tuple[str, str, str, str]]:
    """(object, title, artist, licence or refusal) of all that is held."""
    reader = open_current(archive)
    with archive.ledger(read_only=True) as ledger:
        found = [(holding.object, reader.show(holding.recording)) for holding, _, _ in ledger.all_held()]
    rules = policy(archive.config)
    return {(name, d.summary.title, d.summary.artist, _word(decide(d, rules))) for name, d in found}


def _word(verdict: Cleared[RecordingId] | Refusal) -> str:
    return verdict.reason if isinstance(verdict, Refusal) else verdict.licence
