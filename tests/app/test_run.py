"""The journey end to end, as a user walks it: twice, with one and two workers, killed, on bad input."""

import json
import os
import random
import shutil
import signal
import time
from datetime import date
from pathlib import Path

import pytest

from tenuto.formats.harvest import read_rows
from tenuto.publish.ceremony import create_keys
from tests.app.music import CLEARED, ODD, REPEATED, add_odd_tags, make_collection
from tests.app.tenuto_command import TODAY, edition_bytes, stages, start, tenuto

RUN = ("run", "--budget", "300kB", "--date", TODAY, "--json", "--progress", "off")


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return add_odd_tags(make_collection(tmp_path_factory.mktemp("collection") / "music"))


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys") / "keys"
    create_keys(folder, on=date.fromisoformat(TODAY))
    return folder


def new_archive(root: Path, collection: Path, keys: Path) -> Path:
    """An archive with the collection harvested, and given keys, so that signatures are the same too."""
    tenuto(root, "init", str(root), "--name", "tones")
    shutil.copytree(keys, root / "keys", dirs_exist_ok=True)
    tenuto(root, "harvest", "folder", str(collection), "--name", "music", "--progress", "off", expect=4)
    return root


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, collection: Path, keys: Path) -> Path:
    archive = new_archive(tmp_path_factory.mktemp("undisturbed") / "archive", collection, keys)
    tenuto(archive, *RUN, expect=4)
    return archive


def test_counts_add_up_and_the_rest_goes_on(undisturbed: Path) -> None:
    """Invariant 5, on a run that has failures: in = done + skipped + failed."""
    found = stages(tenuto(undisturbed, *RUN, expect=4))
    assert all(s["in"] == s["done"] + s["skipped"] + s["failed"] for s in found.values())
    assert found["characterise"]["failed"] == 1, "the unreadable Ogg"
    assert found["publish"]["refused"] == {"in-copyright": 1}
    assert found["publish"]["cleared"] == CLEARED + ODD
    status = tenuto(undisturbed, "status")
    assert "unplayable" in status
    assert "kept in quarantine" in status


def test_a_second_run_does_nothing_twice(undisturbed: Path) -> None:
    before = edition_bytes(undisturbed)
    found = stages(tenuto(undisturbed, *RUN, expect=4))
    assert [s["done"] for s in found.values()] == [0] * len(found)
    assert edition_bytes(undisturbed) == before


def test_two_runs_in_two_folders_with_one_and_two_workers_are_byte_identical(
    undisturbed: Path, tmp_path: Path, collection: Path, keys: Path
) -> None:
    """Invariant 3: same snapshot, plan and clearances, same volumes, infohashes and metadata."""
    other = new_archive(tmp_path / "archive", collection, keys)
    tenuto(other, *RUN, jobs=2, expect=4)
    assert edition_bytes(other) == edition_bytes(undisturbed)
    assert {p.name for p in (other / "objects").rglob("*")} == {
        p.name for p in (undisturbed / "objects").rglob("*")
    }


def test_a_run_killed_at_ten_random_moments_ends_as_an_undisturbed_one(
    undisturbed: Path, tmp_path: Path, collection: Path, keys: Path
) -> None:
    """Invariants 2 and 5: a kill loses at most the items in flight."""
    archive = new_archive(tmp_path / "archive", collection, keys)
    moments = random.Random(20260102)
    begun = time.monotonic()
    tenuto(new_archive(tmp_path / "timing", collection, keys), *RUN, expect=4)
    whole = time.monotonic() - begun
    for _ in range(10):
        with start(archive, *RUN, jobs=2) as process:
            time.sleep(moments.uniform(0.05, whole))
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    tenuto(archive, *RUN, expect=4)
    assert edition_bytes(archive) == edition_bytes(undisturbed)


def test_each_bad_file_has_one_clear_error(undisturbed: Path) -> None:
    """What can't be harvested stands in the rejects file, what can't be decoded in the ledger."""
    lines = (undisturbed / "harvest" / "music" / "rejects.jsonl").read_text(encoding="utf-8").splitlines()
    rejects = {reject["where"]: reject["what"] for reject in map(json.loads, lines)}
    assert len(lines) == 2
    assert "the file is empty (0 bytes)" in rejects["tones/empty.flac"]
    assert "a link, which is never followed" in rejects["tones/out.flac"]
    status = json.loads(tenuto(undisturbed, "status", "--json"))
    (failure,) = status["failures"]["characterise"]
    assert "unplayable" in failure["error"]
    assert not any((undisturbed / "objects").rglob(".*")), "nothing half-written"


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("音楽", ["音楽のテスト"]),
        ("another title", ["Another title"]),
        ("cafe unicode", ["Café", "Café"]),
        ("passwd", ["../../../etc/passwd", "../../../etc/passwd"]),
    ],
)
def test_odd_tags_are_read_and_found(undisturbed: Path, query: str, titles: list[str]) -> None:
    document = json.loads(tenuto(undisturbed, "catalogue", "search", query, "--json"))
    assert [recording["title"] for recording in document["recordings"]] == titles


def test_no_repeated_title_is_lost(undisturbed: Path) -> None:
    rows = read_rows(undisturbed / "harvest" / "music" / "rows-00000.parquet")
    (repeated,) = [row for row in rows if row.key == "odd/repeated.flac"]
    assert all(title in repeated.raw for title in REPEATED)


def test_no_name_in_a_volume_leads_anywhere(undisturbed: Path) -> None:
    sums = b"".join(
        (undisturbed / "objects" / s[:2] / s[2:4] / s).read_bytes()
        for s in _objects_called(undisturbed, "SHA256SUMS")
    ).decode()
    names = [line.split("  ", 1)[1] for line in sums.splitlines()]
    assert len({name.casefold() for name in names}) == len(names)
    assert all(".." not in name and not name.startswith("/") and name.isascii() for name in names)


def _objects_called(archive: Path, name: str) -> list[str]:
    lists = (archive / "editions" / "e0001" / "volumes").glob("*.files.json")
    entries = [entry for path in lists for entry in json.loads(path.read_bytes())["files"]]
    return [entry["object"] for entry in entries if entry["path"] == name]
