"""Statistics by a process of their own: the same file, whatever ends that process or the work beside it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tenuto.catalogue import build_derived, derived, is_derived, roll_up
from tenuto.catalogue.order import derived_folder
from tenuto.model.ids import SnapshotId
from tests.catalogue.harvests import SMALL, built, harvest, isrc, opened, plays, row
from tests.sources.fixtures import Notes

SECONDS = 60

ROWS = [
    *(row(f"k{n}", f"Song {n}", artist=f"A{n % 3}", genre="Rock; Jazz", year=1970 + n, identifiers=(isrc(n),))
      for n in range(50)),
    *(plays(f"k{n}", 7.0 * n) for n in range(30)),
]  # fmt: skip

SLOW = """
import time
from tenuto.catalogue import roll_up
roll_up.roll_up = lambda *_: time.sleep({seconds})
roll_up.serve()
"""


@pytest.fixture
def snapshot(tmp_path: Path) -> SnapshotId:
    return built(tmp_path, [harvest(tmp_path, "a", ROWS)])


def statistics_file(root: Path, snapshot: SnapshotId) -> Path:
    return derived_folder(root, snapshot) / derived.STATISTICS


def made_beside(root: Path, snapshot: SnapshotId, monkeypatch: pytest.MonkeyPatch) -> bytes:
    file = statistics_file(root, snapshot)
    file.unlink()
    monkeypatch.setattr(derived, "BESIDE", 0)
    notes = Notes()
    build_derived(root, snapshot, notes, resources=SMALL)
    assert notes.phases[-1] == "statistics"
    return file.read_bytes()


def test_it_writes_the_same_bytes(
    tmp_path: Path, snapshot: SnapshotId, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(tmp_path, snapshot)
    here = statistics_file(tmp_path, snapshot).read_bytes()

    def refused(*_: object) -> None:
        pytest.fail("made here")

    monkeypatch.setattr(roll_up, "roll_up", refused)
    assert made_beside(tmp_path, snapshot, monkeypatch) == here


def test_what_ends_it_costs_nothing_but_time(
    tmp_path: Path, snapshot: SnapshotId, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(tmp_path, snapshot)
    here = statistics_file(tmp_path, snapshot).read_bytes()
    monkeypatch.setattr(roll_up, "_CHILD", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    assert made_beside(tmp_path, snapshot, monkeypatch) == here


def test_where_the_other_work_fails_it_ends_and_nothing_is_there(
    tmp_path: Path, snapshot: SnapshotId, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(derived, "BESIDE", 0)
    monkeypatch.setattr(derived, "build_index", interrupted)
    monkeypatch.setattr(roll_up, "_CHILD", SLOW.format(seconds=SECONDS))
    with pytest.raises(KeyboardInterrupt):
        build_derived(tmp_path, snapshot, Notes(), resources=SMALL)
    assert not is_derived(tmp_path, snapshot)
    assert not list(derived_folder(tmp_path, snapshot).glob(".*"))


def test_it_ends_when_its_parent_does(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SLOW.format(seconds=SECONDS), str(tmp_path), "snapshot", "file"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(SECONDS / 2) == 1
