"""`seeding.sqlite`: its clauses (docs/formats/seeding.md)."""

import os
import sqlite3
from pathlib import Path

import pytest

from tenuto.model.errors import ConfigurationError, NotFoundError
from tenuto.swarm.record import NAME, Fault, open_record, read_record, stamp_of


def test_uploaded_only_grows(tmp_path: Path) -> None:
    """Clause 1, over two runs."""
    for _ in range(2):
        with open_record(tmp_path / NAME) as record:
            record.add_uploaded({("aa", "v"): 5, ("bb", "v"): 1})
            record.add_uploaded({("aa", "v"): 2})
    with read_record(tmp_path / NAME) as record:
        assert record.uploaded() == 16


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
    with open_record(tmp_path / NAME) as record:
        record.put_faults("v", [Fault("v", "old.ogg", "rotten", None)])
        record.put_faults("v", [kept])
        record.add_fault(other)
        record.add_fault(other)
        assert record.all_faults(10) == (kept, other)
        assert record.all_faults(1) == (kept,)
        record.keep_faults({"v"})
        assert (record.all_faults(10), record.count_faults()) == ((kept,), 1)


def test_a_report_stands_while_a_seeder_runs(tmp_path: Path) -> None:
    """Clause 4, seen from another process' place."""
    with open_record(tmp_path / NAME) as record, read_record(tmp_path / NAME) as seen:
        assert seen.report() is None
        record.put_report("1")
        record.put_report("2")
        assert seen.report() == "2"
        record.put_report(None)
        assert seen.report() is None


def test_without_a_path_nothing_is_kept() -> None:
    with open_record(None) as record:
        record.add_uploaded({("aa", "v"): 5})
    with open_record(None) as record:
        assert not record.uploaded()


def test_a_newer_file_is_refused_and_none_is_said_so(tmp_path: Path) -> None:
    """Clause 6."""
    with pytest.raises(NotFoundError, match="nothing was seeded"), read_record(tmp_path / NAME):
        pass
    with sqlite3.connect(tmp_path / NAME) as db:
        db.execute("PRAGMA user_version = 2")
    for opened in (open_record, read_record):
        with pytest.raises(ConfigurationError, match="version 2"), opened(tmp_path / NAME):
            pass
