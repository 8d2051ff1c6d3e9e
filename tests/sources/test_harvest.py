"""docs/formats/harvest.md: what a harvest leaves, when it reads, and that its counts add up."""

import errno
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from tenuto.formats.harvest import HarvestRecord, read_record, read_reject, read_rows, write_record
from tenuto.model.errors import ConfigurationError, NotFoundError, SpaceError
from tenuto.model.ids import SourceName
from tenuto.model.source import SourceRow
from tenuto.sources.folder import FolderSource
from tenuto.sources.harvest import harvest, load_description
from tests.sources.fixtures import Notes, write_tone

NAME = SourceName("shelf")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_tone(tmp_path / "music/a.wav", seconds=0.1)
    write_tone(tmp_path / "music/b.wav", seconds=0.1)
    (tmp_path / "music/empty.ogg").touch()
    return tmp_path / "music"


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_counts_add_up_and_are_recorded(root: Path, tmp_path: Path) -> None:
    """harvest.md, clauses 5 to 7."""
    notes = Notes()
    result = harvest(FolderSource(NAME, root), tmp_path / "h", notes)
    assert result.counts.add_up
    assert (result.counts.entered, result.counts.done, result.counts.failed) == (3, 2, 1)
    assert len(list(read_rows(result.folder / "rows-00000.parquet"))) == 2
    (line,) = (result.folder / "rejects.jsonl").read_text().splitlines()
    assert read_reject(line).where == "empty.ogg"
    members = json.loads((result.folder / "harvest.json").read_bytes())
    assert members["segments"][0]["sha256"] == _sha256(result.folder / "rows-00000.parquet")
    assert (members["entered"], members["done"], members["failed"]) == (3, 2, 1)
    assert notes.items == 3
    assert len(notes.faults) == 1


def test_a_rerun_does_nothing_twice(root: Path, tmp_path: Path) -> None:
    """harvest.md, clause 9."""
    first = harvest(FolderSource(NAME, root), tmp_path / "h", Notes())
    stamp = (first.folder / "rows-00000.parquet").stat().st_mtime_ns
    again = harvest(FolderSource(NAME, root), tmp_path / "h", Notes())
    assert "unchanged" in again.skipped
    assert (again.counts.entered, again.counts.skipped) == (3, 3)
    assert (first.folder / "rows-00000.parquet").stat().st_mtime_ns == stamp
    forced = harvest(FolderSource(NAME, root), tmp_path / "h", Notes(), force=True)
    assert forced.counts.done == 2


def test_a_changed_source_is_read_again(root: Path, tmp_path: Path) -> None:
    harvest(FolderSource(NAME, root), tmp_path / "h", Notes())
    write_tone(root / "c.wav", seconds=0.1)
    assert harvest(FolderSource(NAME, root), tmp_path / "h", Notes()).counts.done == 3


def test_the_description_is_found_again(root: Path, tmp_path: Path) -> None:
    source = FolderSource(NAME, root)
    harvest(source, tmp_path / "h", Notes())
    assert load_description(tmp_path / "h" / NAME) == source.describe()


def test_an_unfinished_harvest_is_none(root: Path, tmp_path: Path) -> None:
    """harvest.md, clause 8."""
    folder = harvest(FolderSource(NAME, root), tmp_path / "h", Notes()).folder
    (folder / "harvest.json").unlink()
    with pytest.raises(NotFoundError):
        load_description(folder)


def test_a_crash_between_rows_and_record_loses_no_source(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """harvest.md, clause 8."""
    folder = harvest(FolderSource(NAME, root), tmp_path / "h", Notes()).folder
    write_tone(root / "c.wav", seconds=0.1)

    def power_cut(record: object) -> bytes:
        if isinstance(record, HarvestRecord) and record.done == 3:
            raise KeyboardInterrupt
        return write_record(record)  # type: ignore[arg-type]  # records only

    monkeypatch.setattr("tenuto.formats.harvest.write_record", power_cut)
    with pytest.raises(KeyboardInterrupt):
        harvest(FolderSource(NAME, root), tmp_path / "h", Notes())
    assert load_description(folder).version == ""
    monkeypatch.undo()
    assert harvest(FolderSource(NAME, root), tmp_path / "h", Notes()).counts.done == 3


def test_a_full_disk_leaves_the_last_harvest(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = harvest(FolderSource(NAME, root), tmp_path / "h", Notes()).folder
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def full(path: Path, rows: Iterable[SourceRow]) -> int:
        del rows
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr("tenuto.formats.harvest.write_rows", full)
    with pytest.raises(SpaceError, match="no space left"):
        harvest(FolderSource(NAME, root), tmp_path / "h", Notes(), force=True)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_equal_sources_give_equal_bytes(root: Path, tmp_path: Path) -> None:
    one = harvest(FolderSource(NAME, root), tmp_path / "1", Notes()).folder
    two = harvest(FolderSource(NAME, root), tmp_path / "2", Notes()).folder
    for name in ("rows-00000.parquet", "rejects.jsonl", "harvest.json"):
        assert (one / name).read_bytes() == (two / name).read_bytes()


@pytest.mark.parametrize("data", [b"{}", b"no json", b'{"entered":1}'])
def test_a_damaged_record_is_said_so(data: bytes) -> None:
    with pytest.raises(ConfigurationError, match=r"somewhere: .*Harvest this source again"):
        read_record(data, "somewhere")
