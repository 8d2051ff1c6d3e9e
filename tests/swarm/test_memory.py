"""`seeding.sqlite`: its clauses (docs/formats/seeding.md)."""

import os
import sqlite3
from pathlib import Path

import pytest

from tenuto.model.errors import ConfigurationError, NotFoundError
from tenuto.swarm.memory import NAME, Fault, open_memory, remembered, stamp_of


def test_uploaded_only_grows(tmp_path: Path) -> None:
    """Clause 1, over two runs."""
    for _ in range(2):
        with open_memory(tmp_path / NAME) as memory:
            memory.add_uploaded({("aa", "v"): 5, ("bb", "v"): 1})
            memory.add_uploaded({("aa", "v"): 2})
    with remembered(tmp_path / NAME) as memory:
        assert memory.uploaded() == 16


def test_a_stamp_differs_when_a_file_was_touched(tmp_path: Path) -> None:
    """Clause 2: "size, time of change in nanoseconds and inode"."""
    path = tmp_path / "file"
    assert stamp_of(path) is None
    path.write_bytes(b"x")
    first = stamp_of(path)
    assert first == stamp_of(path)
    os.utime(path, ns=(1, 1))
    assert stamp_of(path) != first


def test_a_volumes_faults_are_those_of_its_last_loading(tmp_path: Path) -> None:
    """Clause 3; and what isn't seeded any more has none."""
    kept, other = Fault("v", "a.ogg", "short", "1 2 3"), Fault("w", "b.ogg", "gone", None)
    with open_memory(tmp_path / NAME) as memory:
        memory.put_faults("v", [Fault("v", "old.ogg", "rotten", None)])
        memory.put_faults("v", [kept])
        memory.add_fault(other)
        memory.add_fault(other)
        assert memory.all_faults(10) == (kept, other)
        assert memory.all_faults(1) == (kept,)
        memory.keep_faults({"v"})
        assert (memory.all_faults(10), memory.count_faults()) == ((kept,), 1)


def test_a_report_stands_while_a_seeder_runs(tmp_path: Path) -> None:
    """Clause 4, seen from another process' place."""
    with open_memory(tmp_path / NAME) as memory, remembered(tmp_path / NAME) as seen:
        assert seen.report() is None
        memory.put_report("1")
        memory.put_report("2")
        assert seen.report() == "2"
        memory.put_report(None)
        assert seen.report() is None


def test_without_a_path_nothing_is_kept() -> None:
    with open_memory(None) as memory:
        memory.add_uploaded({("aa", "v"): 5})
    with open_memory(None) as memory:
        assert not memory.uploaded()


def test_a_newer_file_is_refused_and_none_is_said_so(tmp_path: Path) -> None:
    """Clause 6."""
    with pytest.raises(NotFoundError, match="nothing was seeded"), remembered(tmp_path / NAME):
        pass
    with sqlite3.connect(tmp_path / NAME) as db:
        db.execute("PRAGMA user_version = 2")
    for opened in (open_memory, remembered):
        with pytest.raises(ConfigurationError, match="version 2"), opened(tmp_path / NAME):
            pass
