"""What a mirror makes of a snapshot: the statistics beside the search index, whatever ends either."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tenuto.catalogue import build_derived, derived, is_derived
from tenuto.catalogue.beside import Beside
from tenuto.catalogue.order import derived_folder, has_order
from tenuto.catalogue.snapshots import load
from tenuto.catalogue.statistics import unranked
from tenuto.model.errors import BadInputError
from tenuto.model.ids import SnapshotId
from tests.catalogue.harvests import SMALL, built, harvest, isrc, opened, plays, row
from tests.sources.fixtures import Notes

ROWS = [
    *(row(f"k{n}", f"Song {n}", artist=f"A{n % 3}", genre="Rock; Jazz", year=1970 + n, identifiers=(isrc(n),))
      for n in range(50)),
    *(plays(f"k{n}", 7.0 * n) for n in range(30)),
]  # fmt: skip


@pytest.fixture
def snapshot(tmp_path: Path) -> SnapshotId:
    return built(tmp_path, [harvest(tmp_path, "a", ROWS)])


def statistics_made_here(root: Path, snapshot: SnapshotId) -> tuple[Path, bytes]:
    """Their file, and what it holds where no other process has a part in it."""
    opened(root, snapshot)
    file = derived_folder(root, snapshot) / derived.STATISTICS
    return file, file.read_bytes()


def test_statistics_beside_are_the_same_bytes(
    tmp_path: Path, snapshot: SnapshotId, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, here = statistics_made_here(tmp_path, snapshot)
    file.unlink()
    monkeypatch.setattr(derived, "WORTHWHILE", 1)
    notes = Notes()
    build_derived(tmp_path, snapshot, notes, resources=SMALL)
    assert file.read_bytes() == here
    assert notes.phases == ["statistics"]


def test_a_mirror_rolls_up_what_needs_no_order_meanwhile(
    tmp_path: Path, snapshot: SnapshotId, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, here = statistics_made_here(tmp_path, snapshot)
    shutil.rmtree(file.parent)
    begun = []

    class Noted(Beside[Any]):
        def __init__(self, work: Callable[..., Any], *arguments: object) -> None:
            begun.append((work, arguments[-1]))
            assert not has_order(tmp_path, snapshot)
            super().__init__(work, *arguments)

    monkeypatch.setattr(derived, "WORTHWHILE", 1)
    monkeypatch.setattr(derived, "Beside", Noted)
    build_derived(tmp_path, snapshot, Notes(), resources=SMALL)
    assert file.read_bytes() == here
    made_of = load(tmp_path, snapshot)
    assert begun == [
        (unranked, made_of),
        (derived.roll_up, unranked(tmp_path, made_of)),
    ]


def test_where_the_index_fails_there_are_no_statistics(
    tmp_path: Path, snapshot: SnapshotId, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(derived, "WORTHWHILE", 1)
    monkeypatch.setattr(derived, "build_index", interrupted)
    with pytest.raises(KeyboardInterrupt):
        build_derived(tmp_path, snapshot, Notes(), resources=SMALL)
    assert not is_derived(tmp_path, snapshot)
    assert not list(derived_folder(tmp_path, snapshot).glob(".*"))


def killed_unless_in(process: int) -> int:
    """Work that ends every other process."""
    if os.getpid() != process:
        os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid()


def refused(what: str) -> None:
    raise BadInputError(what)


def asleep() -> None:
    signal.pause()


def test_work_beside_is_done_here_where_its_process_dies() -> None:
    with closing(Beside(os.getpid)) as beside:
        assert beside.result() != os.getpid()
    with closing(Beside(killed_unless_in, os.getpid())) as beside:
        assert beside.result() == os.getpid()


def test_errors_of_work_beside_are_told() -> None:
    with closing(Beside(refused, "that")) as beside, pytest.raises(BadInputError, match="that"):
        beside.result()


def test_work_beside_ends_when_it_is_let_go() -> None:
    beside = Beside(asleep)
    beside.close()
    assert beside._child is not None
    assert beside._child._process.returncode == -signal.SIGKILL


def test_work_is_done_here_where_no_process_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise BlockingIOError

    monkeypatch.setattr(subprocess, "Popen", refused)
    with closing(Beside(os.getpid)) as beside:
        assert beside.result() == os.getpid()
