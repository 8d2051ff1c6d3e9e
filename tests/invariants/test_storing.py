"""Invariants 1, 2, 3, 5 and 7 of the architecture, on real audio through the real stages."""

import os
import shutil
from collections import Counter
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

import pytest

from tenuto.app.archive import Archive
from tenuto.app.view import View
from tenuto.formats.harvest import read_reject, read_rows
from tenuto.ledger import Held, SqliteLedger
from tenuto.model.objects import ObjectDigests
from tenuto.model.work import Outcome, Stage
from tenuto.store import LocalStore
from tests.app.tenuto_command import TODAY, edition_bytes, tenuto
from tests.invariants.conftest import journey, new_archive, objects, withdraw


def test_1_an_objects_bytes_never_change(copied: tuple[Archive, Path]) -> None:
    """Its name is its SHA-256. Also: `tenuto.testing.store`."""
    archive, collection = copied
    before = {name: path.stat() for name, path in objects(archive).items()}
    withdraw(collection, "tones/0.flac")
    journey(archive, collection)
    after = objects(archive)
    assert before.keys() < after.keys(), "new papers came, nothing went"
    assert all(sha256(path.read_bytes()).hexdigest() == name for name, path in after.items())
    assert not any(path.stat().st_mode & 0o222 for path in after.values())
    for name, old in before.items():
        new = after[name].stat()
        assert (new.st_ino, new.st_mtime_ns) == (old.st_ino, old.st_mtime_ns)


class Durable:
    """Which files and directories were fsynced, by device and inode."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._seen: set[tuple[int, int]] = set()
        really = os.fsync

        def fsync(descriptor: int) -> None:
            really(descriptor)
            status = os.fstat(descriptor)
            self._seen.add((status.st_dev, status.st_ino))

        monkeypatch.setattr(os, "fsync", fsync)

    def lacks(self, path: Path) -> bool:
        """Bytes or name could still be lost in a power cut."""
        both = (path.stat(), path.parent.stat())
        return any((status.st_dev, status.st_ino) not in self._seen for status in both)


def test_2_no_ledger_row_before_the_bytes_are_durable(
    fresh: Archive, finished: tuple[Archive, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With real kills: tests/app/test_run.py, ten random moments."""
    durable, names = Durable(monkeypatch), list[str]()
    really = SqliteLedger.record

    def record(
        ledger: SqliteLedger, stage: Stage, outcomes: Iterable[Outcome], held: Iterable[Held] = ()
    ) -> None:
        held = list(held)
        for holding, _, _ in held:
            names.append(holding.object)
            assert not durable.lacks(fresh.local_store().path(holding.object))
        really(ledger, stage, outcomes, held)

    monkeypatch.setattr(SqliteLedger, "record", record)
    journey(fresh, finished[1])
    assert len(names) == 7


@pytest.mark.parametrize("kind", ["catalogue", "plans", "editions"])
def test_2_no_pointer_before_all_that_it_points_to(
    fresh: Archive, finished: tuple[Archive, Path], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    durable, pointed = Durable(monkeypatch), 0
    really = Path.replace

    def replace(self: Path, target: Path) -> Path:
        nonlocal pointed
        if target.name == "current" and target.parent.name == kind:
            pointed += 1
            named = target.parent / self.read_text(encoding="ascii").strip()
            parts = (target.parent / "core").rglob("*.parquet")
            files = [each for each in (*named.rglob("*"), *parts) if each.is_file()]
            assert files
            assert [str(each) for each in files if durable.lacks(each)] == []
        return really(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    journey(fresh, finished[1])
    assert pointed


def test_2_a_crash_within_put_leaves_no_row_and_the_rerun_ends_the_same(
    fresh: Archive, finished: tuple[Archive, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    puts, really = Counter[str](), LocalStore.put

    def put(store: LocalStore, source: Path, digests: ObjectDigests) -> None:
        puts["all"] += 1
        if puts["all"] == 3:
            raise KeyboardInterrupt
        really(store, source, digests)

    monkeypatch.setattr(LocalStore, "put", put)
    with pytest.raises(KeyboardInterrupt):
        journey(fresh, finished[1])
    with fresh.ledger(read_only=True) as ledger:
        assert {holding.object for holding, _, _ in ledger.all_held()} == objects(fresh).keys()
        assert ledger.counts(Stage.CHARACTERISE).done == 2
        assert ledger.counts(Stage.PUBLISH).entered == 0
    assert not (fresh.editions / "current").exists()
    journey(fresh, finished[1])
    assert edition_bytes(fresh.root) == edition_bytes(finished[0].root)


def test_3_same_inputs_same_outputs_in_another_environment(
    finished: tuple[Archive, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other hash seed, time zone, language, umask and order of directories. One and two workers:
    tests/app/test_run.py."""
    moved = tmp_path / "elsewhere" / "music"
    for path in sorted(finished[1].rglob("*"), reverse=True):
        target = moved / path.relative_to(finished[1])
        if not path.is_dir():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target, follow_symlinks=False)
    other = new_archive(tmp_path / "other", finished[0].keys)
    settings = {"PYTHONHASHSEED": "4711", "TZ": "Pacific/Chatham", "LC_ALL": "C", "LANG": "tr_TR.UTF-8"}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    before = os.umask(0o077)
    try:
        words = ("harvest", "folder", str(moved), "--name", "music", "--progress", "off")
        tenuto(other.root, *words, expect=4)
        tenuto(other.root, "run", "--date", TODAY, "--progress", "off", jobs=2, expect=4)
    finally:
        os.umask(before)
    assert edition_bytes(other.root) == edition_bytes(finished[0].root)
    assert objects(other).keys() == objects(finished[0]).keys()
    pointer = "catalogue/current"
    assert (other.root / pointer).read_bytes() == (finished[0].root / pointer).read_bytes()


def test_5_in_is_done_and_skipped_and_failed(copied: tuple[Archive, Path]) -> None:
    """For every stage, run after run. After kills: tests/app/test_run.py; any history: tests/ledger."""
    archive, collection = copied
    (collection / "tones" / "late.flac").write_bytes(b"fLaC, but not really")
    for _ in range(2):
        for result in journey(archive, collection):
            assert result.counts.add_up, result
        with archive.ledger(read_only=True) as ledger:
            assert all(ledger.counts(stage).add_up for stage in Stage)


def test_7_each_source_row_leads_to_its_recording_or_a_reason_and_back(
    finished: tuple[Archive, Path], view: View
) -> None:
    folder = finished[0].harvest / "music"
    rows = {row.ordinal: row for row in read_rows(folder / "rows-00000.parquet")}
    lines = (folder / "rejects.jsonl").read_text(encoding="utf-8").splitlines()
    rejects = {reject.ordinal: reject for reject in map(read_reject, lines)}
    traced = Counter(ref.ordinal for detail in view.catalogue().ranked() for ref in detail.source_rows)
    assert traced == dict.fromkeys(rows, 1), "each row is in exactly one recording, and nothing else is"
    assert not rows.keys() & rejects.keys()
    assert sorted(rows.keys() | rejects.keys()) == list(range(len(rows) + len(rejects)))
    assert rejects
    assert all(reject.where and reject.what for reject in rejects.values())
