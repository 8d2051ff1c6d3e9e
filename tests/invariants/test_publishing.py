"""Invariants 4, 6 and 8 of the architecture, on real audio through the real stages."""

import csv
import io
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from tenuto import cli
from tenuto.app.archive import Archive, open_archive
from tenuto.app.stages import catalogue, harvest, plan
from tenuto.app.stages.publish import publish
from tenuto.app.view import View
from tenuto.formats.edition import read_edition, read_files, read_places
from tenuto.formats.withdrawals import read_withdrawals
from tenuto.model.edition import EditionSummary, VolumeSummary
from tenuto.model.ids import EditionId, RecordingId, Sha256
from tenuto.model.rights import Cleared
from tenuto.store import LocalStore
from tenuto.testing.reporter import Notes
from tenuto.web import create_app
from tests.app.tenuto_command import edition_bytes
from tests.invariants.conftest import ON, audio_objects, objects, withdraw


def volumes(archive: Archive, edition: str) -> EditionSummary:
    return read_edition((archive.editions / edition / "edition.json").read_bytes())


def papers(archive: Archive, edition: str, volume: VolumeSummary) -> dict[str, Sha256]:
    """Objects of a volume by path."""
    path = archive.editions / edition / "volumes" / f"{volume.name}.files.json"
    return {entry.path: entry.object for entry in read_files(path.read_bytes())}


def held(view: View, *, dark: bool) -> dict[RecordingId, Sha256]:
    """What is held and dark, or held and cleared."""
    found = {}
    for detail in view.catalogue().ranked():
        holding = view.holding(detail.summary.id)
        if holding is not None and dark is not isinstance(view.decision(detail), Cleared):
            found[detail.summary.id] = holding[0].object
    return found


def addresses(app: Starlette, view: View, recordings: list[RecordingId]) -> Iterator[str]:
    """Every route, filled in with every recording, edition and volume."""
    for route in app.routes:
        assert isinstance(route, Route)
        for recording in recordings:
            for edition in view.editions():
                for volume in edition.volumes:
                    filled = route.path.replace("{identifier}", recording).replace("{edition}", edition.id)
                    yield filled.replace("{volume}", volume.name).replace("{name}", recording)


def test_4_nothing_dark_is_reachable_from_the_web(finished: tuple[Archive, Path], view: View) -> None:
    """No route gives a dark file, whole or in part, to GET or HEAD."""
    dark, app = held(view, dark=True), create_app(view)
    assert dark
    needles = {name: finished[0].local_store().path(name).read_bytes()[2000:2064] for name in dark.values()}
    client = TestClient(app)
    ranges: tuple[dict[str, str], ...] = ({}, {"range": "bytes=0-99"}, {"range": "bytes=-64"})
    for address in sorted(set(addresses(app, view, list(dark)))):
        for headers in ranges:
            answer = client.get(address, headers=headers)
            assert answer.status_code in {200, 206, 403, 404}, address
            assert not any(needle in answer.content for needle in needles.values()), address
            assert not answer.headers["content-type"].startswith("audio/"), address
        assert not client.head(address).headers["content-type"].startswith("audio/")
    for recording in dark:
        for spelt in (recording, recording.upper(), f"%20{recording}", f"{recording}%0a"):
            assert client.get(f"/recording/{spelt}/audio").status_code == 403


def test_4_nothing_dark_is_in_a_volume(finished: tuple[Archive, Path], view: View) -> None:
    """Torrent, rights table and index. That dark items can't be built: tests/publish, tests/rights."""
    archive, dark, cleared = finished[0], held(view, dark=True), held(view, dark=False)
    summary = volumes(archive, "e0001")
    in_index = {
        row for row, _ in read_places(archive.editions / "e0001" / "index.parquet", EditionId("e0001"))
    }
    assert in_index == cleared.keys()
    listed: set[str] = set()
    for volume in summary.volumes:
        files = papers(archive, "e0001", volume)
        assert set(files.values()).isdisjoint(dark.values())
        table = archive.local_store().path(files["rights.csv"]).read_text(encoding="utf-8")
        rows = list(csv.DictReader(io.StringIO(table, newline="")))
        assert all(row["licence"] for row in rows)
        listed |= {row["recording_id"] for row in rows}
    assert listed == cleared.keys()


_opened: list[str] | None = None


def _listen(event: str, arguments: tuple[object, ...]) -> None:
    if _opened is not None and event == "open" and isinstance(arguments[0], str | bytes):
        _opened.append(os.fsdecode(arguments[0]))


@contextmanager
def opened_objects() -> Iterator[list[str]]:
    """Names of the files below `objects/` that this process opens meanwhile, by whatever Python code."""
    global _opened  # noqa: PLW0603  an audit hook can't be taken away again, only told to be silent
    if _listen not in _hooked:
        sys.addaudithook(_listen)
        _hooked.append(_listen)
    seen: list[str] = []
    names: list[str] = []
    _opened = seen
    try:
        yield names
    finally:
        _opened = None
        names += [Path(path).name for path in seen if f"{os.sep}objects{os.sep}" in path]


_hooked: list[object] = []


def publish_again(archive: Archive, collection: Path) -> None:
    with archive.writing("test") as ledger:
        harvest.harvest(archive, ledger, harvest.folder_source(collection, "music", 100), Notes())
        catalogue.build(archive, ledger, Notes())
        plan.plan(archive, ledger, Notes())
        publish(archive, ledger, Notes(), on=ON)


def test_6_a_withdrawal_republishes_only_what_it_must(
    copied: tuple[Archive, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It reaches web and next edition; nothing else changes, and no audio object is opened."""
    archive, collection = copied
    before, audio = volumes(archive, "e0001"), audio_objects(archive)
    assert len(before.volumes) > 1, "or this test would prove little"
    victim, its_volume = withdrawn(archive, collection)
    through_the_door: list[Sha256] = []
    monkeypatch.setattr(LocalStore, "open", lambda _, name: through_the_door.append(name))
    with opened_objects() as seen:
        publish_again(archive, collection)
    after = volumes(archive, "e0002")
    assert not audio & {*through_the_door, *seen}
    with opened_objects() as heard:
        (archive.objects / victim[:2] / victim[2:4] / victim).read_bytes()
    assert heard == [victim], "the hook does listen"
    listed = read_withdrawals((archive.editions / "e0002" / "withdrawals.json").read_bytes())
    assert [each.object for each in listed] == [victim], "mirrors drop it"
    kept = {volume for volume in before.volumes if volume.name != its_volume}
    assert kept <= set(after.volumes), "same names, infohashes, magnets"
    assert all(
        v.name != its_volume and victim not in papers(archive, "e0002", v).values() for v in after.volumes
    )
    assert after.recordings == before.recordings - 1
    with View(archive) as view:
        (recording,) = (r for r, name in held(view, dark=True).items() if name == victim)
        assert TestClient(create_app(view)).get(f"/recording/{recording}/audio").status_code == 403
        assert view.place(recording) is None


def withdrawn(archive: Archive, collection: Path) -> tuple[Sha256, str]:
    """The object of `tones/1.flac` and the volume that it was in; the operator withdraws it."""
    withdraw(collection, "tones/1.flac")
    with archive.ledger(read_only=True) as ledger:
        victim = next(h.object for h, _, _ in ledger.all_held() if h.source_uri.endswith("tones/1.flac"))
    found = (v for v in volumes(archive, "e0001").volumes if victim in papers(archive, "e0001", v).values())
    return victim, next(found).name


def test_6_a_withdrawal_is_published_without_reading_audio(
    copied: tuple[Archive, Path], tmp_path: Path
) -> None:
    """The edition is byte-identical where all audio was replaced by zeros beforehand: so nobody read it."""
    archive, collection = copied
    withdrawn(archive, collection)
    shutil.copytree(archive.root, tmp_path / "blank")
    blank = open_archive(tmp_path / "blank")
    for name in audio_objects(blank):
        path = objects(blank)[name]
        length = path.stat().st_size
        path.chmod(0o644)
        path.write_bytes(bytes(length))
    for each in (archive, blank):
        publish_again(each, collection)
    assert edition_bytes(blank.root) == edition_bytes(archive.root)
    assert volumes(blank, "e0002").recordings


def test_8_no_command_destroys_anything_yet() -> None:
    """Whoever adds one gives it `--yes` and a row in the decision log, and proves it here."""
    assert not cli.COMMANDS.keys() & {"withdraw", "delete", "remove", "prune", "purge", "gc", "overwrite"}
    modules = list(Path(cli.__path__[0]).glob("*.py"))
    assert modules
    for module in modules:
        text = module.read_text(encoding="utf-8")
        assert not any(word in text for word in ("rmtree", "unlink", ".remove(", "rmdir")), module.name
