"""Scratch folders go with their process, however it ends, and not before."""

import errno
import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tenuto.scratch import scratch_folder

_KILLED = """
import os, signal, sys
from pathlib import Path
from tenuto.scratch import scratch_folder
with scratch_folder(Path(sys.argv[1]), ".work-") as folder:
    (folder / "half").write_text("done")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def killed_at_work(parent: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", _KILLED, str(parent)], check=False)
    assert ended.returncode == -signal.SIGKILL


def names(parent: Path) -> set[str]:
    return {path.name for path in parent.iterdir()}


def test_it_is_gone_behind_the_block_even_where_that_fails(tmp_path: Path) -> None:
    def fail() -> None:
        with scratch_folder(tmp_path, ".work-") as folder:
            (folder / "file").write_text("x")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not names(tmp_path)


def test_what_a_killed_process_left_is_removed_by_the_next(tmp_path: Path) -> None:
    killed_at_work(tmp_path)
    killed_at_work(tmp_path)
    (tmp_path / ".workshop").mkdir()
    assert len(names(tmp_path)) == 2
    with scratch_folder(tmp_path, ".work-") as folder:
        assert names(tmp_path) == {folder.name, ".workshop"}
    assert names(tmp_path) == {".workshop"}


def test_what_is_in_use_stays(tmp_path: Path) -> None:
    with scratch_folder(tmp_path, ".work-") as one:
        with scratch_folder(tmp_path, ".work-") as two:
            assert names(tmp_path) == {one.name, two.name}
        assert names(tmp_path) == {one.name}


def test_what_is_not_yet_held_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process comes in the middle of each step of making one."""
    real, seen = fcntl.flock, []

    def interrupted(descriptor: int, how: int) -> None:
        monkeypatch.setattr(fcntl, "flock", real)
        before = names(tmp_path)
        with scratch_folder(tmp_path, ".work-"):
            seen.append(before)
        real(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", interrupted)
    with scratch_folder(tmp_path, ".work-") as folder:
        assert seen == [{folder.name}]
        assert names(tmp_path) == {folder.name}


def test_files_of_the_prefix_are_no_folders(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".work-fifo")
    (tmp_path / ".work-file").touch()
    with scratch_folder(tmp_path, ".work-"):
        pass
    assert names(tmp_path) == {".work-fifo", ".work-file"}


def test_without_locks_nothing_of_others_is_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    killed_at_work(tmp_path)
    (left,) = names(tmp_path)
    monkeypatch.setattr(fcntl, "flock", unknown)
    with scratch_folder(tmp_path, ".work-") as folder:
        assert names(tmp_path) == {left, folder.name}
    assert names(tmp_path) == {left}
