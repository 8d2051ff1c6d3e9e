"""docs/formats/harvest.md: what a harvest leaves, when it reads, and that its counts add up."""

import errno
import hashlib
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from pathlib import Path

import pyarrow as pa
import pytest

from tenuto.formats.harvest import HarvestRecord, read_record, read_reject, read_rows, write_record
from tenuto.model.errors import ConfigurationError, NotFoundError, SpaceError
from tenuto.model.ids import SourceKey, SourceName
from tenuto.model.ports import Reporter
from tenuto.model.source import Entity, RejectedRow, SourceDescription, SourceRow
from tenuto.sources.folder import FolderSource
from tenuto.sources.harvest import HarvestResult, harvest, load_description
from tenuto.testing.source import Opener, SourceContract
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

    monkeypatch.setattr("tenuto.sources.harvest.write_record", power_cut)
    with pytest.raises(KeyboardInterrupt):
        harvest(FolderSource(NAME, root), tmp_path / "h", Notes())
    assert load_description(folder).version == ""
    assert not read_record((folder / "harvest.json").read_bytes(), "").is_whole
    monkeypatch.undo()
    assert harvest(FolderSource(NAME, root), tmp_path / "h", Notes()).counts.done == 3


def test_a_full_disk_leaves_the_last_harvest(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = harvest(FolderSource(NAME, root), tmp_path / "h", Notes()).folder
    before = _contents(folder)

    def full(path: Path, batches: Iterable[pa.RecordBatch]) -> int:
        del batches
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr("tenuto.formats.harvest.write_batches", full)
    with pytest.raises(SpaceError, match="no space left"):
        harvest(FolderSource(NAME, root), tmp_path / "h", Notes(), force=True)
    assert _contents(folder) == before


def test_equal_sources_give_equal_bytes(root: Path, tmp_path: Path) -> None:
    one = harvest(FolderSource(NAME, root), tmp_path / "1", Notes()).folder
    two = harvest(FolderSource(NAME, root), tmp_path / "2", Notes()).folder
    for name in ("rows-00000.parquet", "rejects.jsonl", "harvest.json"):
        assert (one / name).read_bytes() == (two / name).read_bytes()


@pytest.mark.parametrize("data", [b"{}", b"no json", b'{"entered":1}'])
def test_a_damaged_record_is_said_so(data: bytes) -> None:
    with pytest.raises(ConfigurationError, match=r"somewhere: .*Harvest this source again"):
        read_record(data, "somewhere")


class Numbers:
    """A source of `count` items, each third a reject; at ordinal `power` the power fails."""

    def __init__(self, count: int = 20, *, version: str = "1", power: int | None = None) -> None:
        self._count, self._version, self._power = count, version, power
        self.started: list[int] = []

    def describe(self) -> SourceDescription:
        return SourceDescription(NAME, "numbers", 100, self._version)

    def rows(self, reporter: Reporter, *, start: int = 0) -> Iterator[SourceRow | RejectedRow]:
        del reporter
        self.started.append(start)
        for ordinal in range(start, self._count):
            if ordinal == self._power:
                raise KeyboardInterrupt
            yield self._item(ordinal)

    def _item(self, ordinal: int) -> SourceRow | RejectedRow:
        if ordinal % 3 == 1:
            return RejectedRow(NAME, ordinal, f"line {ordinal}", "odd", "raw")
        title = f"{self._version}: {ordinal}"
        return SourceRow(NAME, ordinal, Entity.RECORDING, SourceKey(str(ordinal)), "{}", title)


class TestNumbersKeepTheContract(SourceContract):
    @pytest.fixture
    def source(self) -> Opener:
        return Numbers


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def _harvest(source: Numbers, directory: Path, rows: int = 4) -> HarvestResult:
    return harvest(source, directory, Notes(), rows_per_segment=rows)


@pytest.mark.parametrize(
    ("items", "sizes"),
    [(0, [0]), (1, [1]), (2, [1]), (11, [4, 3]), (12, [4, 4]), (13, [4, 4, 1]), (24, [4, 4, 4, 4])],
)
def test_segments_hold_a_stated_number_of_rows(tmp_path: Path, items: int, sizes: list[int]) -> None:
    """harvest.md, clauses 1 and 10: all segments but the last are full; only the first may be empty."""
    result = _harvest(Numbers(items), tmp_path)
    assert [len(list(read_rows(path))) for path in result.segments] == sizes
    assert [path.name for path in result.segments] == [f"rows-{n:05}.parquet" for n in range(len(sizes))]
    record = read_record((result.folder / "harvest.json").read_bytes(), "")
    assert [segment.sha256 for segment in record.segments] == list(map(_sha256, result.segments))
    assert not (result.folder / "unfinished").exists()


def test_a_harvest_cut_short_anywhere_goes_on_to_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """harvest.md, clauses 10 to 12."""
    monkeypatch.setattr("tenuto.formats.harvest._ROWS_PER_BLOCK", 3)
    whole = _contents(_harvest(Numbers(), tmp_path / "whole").folder)
    for power in range(0, 20, 2):
        with pytest.raises(KeyboardInterrupt):
            _harvest(Numbers(power=power), tmp_path / str(power))
        source = Numbers()
        result = _harvest(source, tmp_path / str(power))
        assert _contents(result.folder) == whole
        (start,) = source.started
        assert max(0, power - 9) <= start <= power  # at most a segment and a block are read again
        assert result.counts.entered == 20


def test_what_is_done_again_was_not_lost_in_between(tmp_path: Path) -> None:
    """harvest.md, clause 13: until the new harvest is whole, the old one stands."""
    before = _contents(_harvest(Numbers(), tmp_path).folder)
    with pytest.raises(KeyboardInterrupt):
        _harvest(Numbers(version="2", power=15), tmp_path)
    assert _contents(tmp_path / NAME) == before
    assert _harvest(Numbers(version="1"), tmp_path).skipped
    with pytest.raises(KeyboardInterrupt):
        _harvest(Numbers(version="2", power=15), tmp_path)
    third = Numbers(count=5, version="3")
    result = _harvest(third, tmp_path)
    assert third.started == [0]
    assert _contents(result.folder) == _contents(_harvest(Numbers(5, version="3"), tmp_path / "x").folder)


def _fails_at(step: int, call: Callable[..., object], calls: Iterator[int]) -> Callable[..., object]:
    """`call`, but the power fails at the `step`th of all `calls`."""

    def failing(*words: object, **options: object) -> object:
        if next(calls) == step:
            raise KeyboardInterrupt
        return call(*words, **options)

    return failing


def test_a_crash_at_any_step_is_mended_by_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """harvest.md, clauses 8 and 13: no record speaks of rows that are no longer there."""
    whole = _contents(_harvest(Numbers(8, version="2"), tmp_path / "whole").folder)
    old = _contents(_harvest(Numbers(14), tmp_path / "old").folder)
    for step in count():
        directory, calls = tmp_path / str(step), count()
        shutil.copytree(tmp_path / "old", directory)
        with monkeypatch.context() as patch:
            for name in ("replace", "unlink"):
                patch.setattr(Path, name, _fails_at(step, getattr(Path, name), calls))
            try:
                _harvest(Numbers(8, version="2"), directory)
            except KeyboardInterrupt:
                seen = {name: data for name, data in _contents(directory / NAME).items() if name[0] != "."}
                assert seen in (old, whole) or load_description(directory / NAME).version == ""
            else:
                break
        assert _harvest(Numbers(8, version="2"), directory).counts.entered == 8
        assert whole.items() <= _contents(directory / NAME).items()
    assert step > 10


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.sources.fixtures import Notes
from tenuto.formats import harvest as files
from tests.sources.test_harvest import Numbers, harvest

files._ROWS_PER_BLOCK = 2
class Killed(Numbers):
    def _item(self, ordinal):
        if ordinal == 15:
            os.kill(os.getpid(), signal.SIGKILL)
        return super()._item(ordinal)

harvest(Killed(), Path(sys.argv[1]), Notes(), rows_per_segment=4)
"""


def test_a_killed_process_loses_no_finished_segment(tmp_path: Path) -> None:
    """harvest.md, clause 11."""
    run = subprocess.run([sys.executable, "-c", KILLED, tmp_path / "h"], check=False)
    assert run.returncode == -signal.SIGKILL
    source = Numbers()
    result = _harvest(source, tmp_path / "h")
    assert source.started == [12]
    assert _contents(result.folder) == _contents(_harvest(Numbers(), tmp_path / "whole").folder)


def test_a_draft_that_was_tampered_with_is_begun_again(tmp_path: Path) -> None:
    """harvest.md, clause 12."""
    whole = _contents(_harvest(Numbers(), tmp_path / "whole").folder)
    for name in ("rows-00000.parquet", "rejects.jsonl", "progress.json"):
        with pytest.raises(KeyboardInterrupt):
            _harvest(Numbers(power=18), tmp_path / name)
        (tmp_path / name / NAME / "unfinished" / name).write_bytes(b"")
        if name == "rows-00000.parquet":
            (tmp_path / name / NAME / "unfinished" / name).unlink()
        source = Numbers()
        assert _contents(_harvest(source, tmp_path / name).folder) == whole
        assert source.started == [0]
