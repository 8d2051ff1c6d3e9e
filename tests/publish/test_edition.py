"""Editions (edition.md)."""

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import libtorrent as lt
import pytest
import rfc8785

from tenuto.formats.edition import find_place, read_edition, read_files, read_places
from tenuto.formats.torrent import Limits
from tenuto.formats.torrent_view import parse_torrent
from tenuto.formats.volume import PAPERS
from tenuto.model.catalogue import ListensBasis
from tenuto.model.edition import Publishable
from tenuto.model.errors import ConfigurationError, UsageError
from tenuto.model.ids import EditionId, SnapshotId
from tenuto.model.rights import Cleared
from tenuto.pointers import read_pointer
from tenuto.publish import edition as publishing
from tenuto.publish.edition import edition_number
from tenuto.publish.volume import Layout
from tenuto.publish.writer import EditionWriter

from .archive import (
    EDITION,
    CountingStore,
    cleared,
    example_items,
    lay_out,
    publish_example,
    re_ranked,
    recording_id,
)

Items = list[Cleared[Publishable]]


def _files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_publishing_opens_no_audio_object(tmp_path: Path) -> None:
    """Invariant 6's ground: assembled from stored digests, nothing is read again."""
    summary, _, store, reporter = publish_example(tmp_path)
    assert not store.opened
    assert (summary.recordings, reporter.items, reporter.faults) == (6, 6, [])
    assert reporter.bytes == summary.bytes


def test_same_inputs_give_the_same_bytes(tmp_path: Path) -> None:
    """Invariant 3."""
    one, two = publish_example(tmp_path / "one"), publish_example(tmp_path / "two")
    assert one[0] == two[0]
    assert _files(one[1]) == _files(two[1])


def test_sha256sum_checks_every_volume(tmp_path: Path) -> None:
    """volume.md, clause 8."""
    summary, edition, store, _ = publish_example(tmp_path)
    for volume in summary.volumes:
        folder = lay_out(edition, store, volume.name, tmp_path / "copy")
        run = subprocess.run(
            ["sha256sum", "--strict", "-c", "SHA256SUMS"],
            cwd=folder,
            capture_output=True,
            check=False,
            text=True,
        )
        assert run.returncode == 0, run.stderr
        assert run.stdout.count(": OK") == volume.files - 1


def test_libtorrent_finds_both_torrents_complete(tmp_path: Path) -> None:
    """The independent check: libtorrent hashes the files that were never opened for the torrent."""
    summary, edition, store, _ = publish_example(tmp_path)
    volume = summary.volumes[0]
    lay_out(edition, store, volume.name, tmp_path / "copy")
    for suffix in (".torrent", ".v1.torrent"):
        assert _complete(edition / "volumes" / f"{volume.name}{suffix}", tmp_path / "copy")


def _complete(torrent: Path, folder: Path) -> bool:
    session = lt.session(
        {"listen_interfaces": "", "enable_dht": False, "alert_mask": lt.alert.category_t.status_notification}
    )
    parameters = lt.add_torrent_params()
    parameters.ti, parameters.save_path = lt.torrent_info(str(torrent)), str(folder)
    handle = session.add_torrent(parameters)
    for _ in range(100):
        if handle.status().state in {lt.torrent_status.seeding, lt.torrent_status.finished}:
            return bool(handle.status().progress == 1.0)
        session.wait_for_alert(100)
        session.pop_alerts()
    return False


def test_what_is_written_agrees_with_the_torrents(tmp_path: Path) -> None:
    """edition.md, clauses 2 to 5."""
    summary, edition, store, _ = publish_example(tmp_path)
    data = (edition / "edition.json").read_bytes()
    assert read_edition(data) == summary
    assert rfc8785.dumps(json.loads(data)) == data
    places = dict(read_places(edition / "index.parquet", summary.id))
    assert len(places) == 6
    for volume in summary.volumes:
        hybrid = parse_torrent((edition / "volumes" / f"{volume.name}.torrent").read_bytes())
        twin = parse_torrent((edition / "volumes" / f"{volume.name}.v1.torrent").read_bytes())
        assert (hybrid.name, hybrid.infohash_v1, hybrid.infohash_v2) == (
            volume.name,
            volume.infohash_v1,
            volume.infohash_v2,
        )
        assert twin.infohash_v1 == volume.infohash_twin
        entries = read_files((edition / "volumes" / f"{volume.name}.files.json").read_bytes())
        assert [(e.path, e.length) for e in entries] == [(f.path, f.length) for f in hybrid.files]
        assert [e.path for e in entries if e.recording is None] == list(PAPERS)
        assert all(entry.object in store for entry in entries)
        for entry, file in zip(entries, hybrid.files, strict=True):
            if entry.recording:
                place = places[entry.recording]
                assert (place.volume, place.path, place.object) == (volume.name, file.path, entry.object)
                assert (place.file_index, place.offset, place.length) == (
                    file.index,
                    file.offset,
                    file.length,
                )
                assert place.pieces_root == (file.pieces_root or b"").hex()


def test_one_place_is_found(tmp_path: Path) -> None:
    summary, edition, _, _ = publish_example(tmp_path)
    place = find_place(edition / "index.parquet", summary.id, recording_id(3))
    assert place is not None
    assert (place.edition, place.length) == (summary.id, 524_289)
    assert find_place(edition / "index.parquet", summary.id, recording_id(99)) is None


def test_the_pointer_names_the_edition(tmp_path: Path) -> None:
    """edition.md, clause 7."""
    assert read_pointer(tmp_path / "editions") is None
    publish_example(tmp_path)
    assert read_pointer(tmp_path / "editions") == "e0001"
    publish_example(tmp_path, edition=EditionId("e0002"))
    assert read_pointer(tmp_path / "editions") == "e0002"


def test_another_edition_leaves_volumes_as_they_were(tmp_path: Path) -> None:
    """volume.md, clause 7: no edition, snapshot, date or rank is in a volume's bytes."""
    first = publish_example(tmp_path)[0]
    second = publish_example(
        tmp_path,
        items=lambda store: re_ranked(example_items(store)),
        edition=EditionId("e0002"),
        snapshot=SnapshotId("f" * 16),
        former=EDITION,
    )[0]
    assert first.volumes == second.volumes


def test_a_withdrawal_changes_only_its_own_volume(tmp_path: Path) -> None:
    """Invariant 6."""
    first, _, store, _ = publish_example(tmp_path)
    second, _, store, _ = publish_example(
        tmp_path,
        items=lambda s: example_items(s)[:3] + example_items(s)[4:],
        edition=EditionId("e0002"),
        former=EDITION,
    )
    assert [a == b for a, b in zip(first.volumes, second.volumes, strict=True)] == [True, False, True]
    assert not store.opened


def test_publishing_again_is_a_success_and_changes_nothing(tmp_path: Path) -> None:
    """edition.md, clause 6: a kill between rename and pointer is healed by the rerun."""
    edition = publish_example(tmp_path)[1]
    before = _files(edition)
    (edition.parent / "current").unlink()
    publish_example(tmp_path)
    assert _files(edition) == before
    assert read_pointer(edition.parent) == "e0001"


def test_a_published_edition_never_changes(tmp_path: Path) -> None:
    """edition.md, clause 6."""
    edition = publish_example(tmp_path)[1]
    before = _files(edition)
    with pytest.raises(ConfigurationError, match="next number"):
        publish_example(tmp_path, items=lambda store: example_items(store)[:2])
    assert _files(edition) == before


@pytest.mark.parametrize("at", [1, 4, 8, 12, 13, 14, 40, 52])
def test_a_kill_leaves_no_half_edition(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    """Invariant 2: no pointer before what it points to; the rerun gives the undisturbed bytes."""
    undisturbed = _files(publish_example(tmp_path / "undisturbed")[1])
    writes, really = 0, EditionWriter.write_unsigned

    def killed(writer: EditionWriter, name: str, data: bytes) -> None:
        nonlocal writes
        writes += 1
        if writes == at:
            raise KeyboardInterrupt
        really(writer, name, data)

    with monkeypatch.context() as patched:
        patched.setattr(EditionWriter, "write_unsigned", killed)
        with pytest.raises(KeyboardInterrupt):
            publish_example(tmp_path / "killed")
    assert read_pointer(tmp_path / "killed" / "editions") is None
    assert not (tmp_path / "killed" / "editions" / "e0001").exists()
    assert _files(publish_example(tmp_path / "killed")[1]) == undisturbed


@pytest.mark.parametrize("moment", ["finish", "write_pointer"])
def test_a_kill_at_the_end_is_healed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    undisturbed = _files(publish_example(tmp_path / "undisturbed")[1])

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(EditionWriter if moment == "finish" else publishing, moment, killed)
        with pytest.raises(KeyboardInterrupt):
            publish_example(tmp_path / "killed")
    assert read_pointer(tmp_path / "killed" / "editions") is None
    assert _files(publish_example(tmp_path / "killed")[1]) == undisturbed


def test_a_missing_object_is_a_fault_and_the_rest_goes_on(tmp_path: Path) -> None:
    def items(store: CountingStore) -> Items:
        found = example_items(store)
        store.path(found[0].subject.digests.sha256).unlink()
        store.path(found[1].subject.digests.sha256).write_bytes(b"")
        return found

    summary, _, _, reporter = publish_example(tmp_path, items=items)
    assert [where for where, _ in reporter.faults] == [recording_id(0), recording_id(1)]
    assert summary.recordings + len(reporter.faults) == 6


def test_uncleared_items_stop_everything(tmp_path: Path) -> None:
    """Invariant 4: a volume whose rights table holds one uncleared row can't be built."""

    def items(store: CountingStore) -> Any:
        found = example_items(store)
        return [*found[:5], found[5].subject]

    with pytest.raises(TypeError, match="Cleared"):
        publish_example(tmp_path, items=items)
    assert not (tmp_path / "editions" / "e0001").exists()


def test_synthetic_listens_are_said(tmp_path: Path) -> None:
    def items(store: CountingStore) -> Items:
        return [cleared(0, store.add(b"x"), basis=ListensBasis.SYNTHETIC)]

    summary, edition, store, _ = publish_example(tmp_path, items=items)
    assert summary.synthetic_listens
    folder = lay_out(edition, store, summary.volumes[0].name, tmp_path / "copy")
    assert "SYNTHETIC" in (folder / "README.txt").read_text()


def test_one_object_may_serve_two_recordings(tmp_path: Path) -> None:
    def items(store: CountingStore) -> Items:
        digests = store.add(b"x" * 600_000)
        return [cleared(0, digests), cleared(1, digests)]

    summary, edition, store, _ = publish_example(tmp_path, items=items)
    lay_out(edition, store, summary.volumes[0].name, tmp_path / "copy")
    assert _complete(edition / "volumes" / f"{summary.volumes[0].name}.torrent", tmp_path / "copy")


def test_an_edition_may_be_empty(tmp_path: Path) -> None:
    summary, edition, _, _ = publish_example(tmp_path, items=lambda _: [])
    assert summary.volumes == ()
    assert dict(read_places(edition / "index.parquet", summary.id)) == {}


def test_refusals_and_limits_reach_the_edition(tmp_path: Path) -> None:
    layout = Layout("demo", limits=Limits(files=1 + len(PAPERS)))
    summary = publish_example(tmp_path, layout=layout)[0]
    assert summary.refused == {"no-evidence": 2}
    assert len(summary.volumes) == 6


def test_leftovers_of_a_kill_are_swept(tmp_path: Path) -> None:
    leftover = tmp_path / "editions" / ".e0001.part" / "volumes"
    leftover.mkdir(parents=True)
    (leftover / "old").write_bytes(b"x")
    _, edition, _, _ = publish_example(tmp_path)
    assert not (edition / "volumes" / "old").exists()
    assert not leftover.exists()


@pytest.mark.parametrize("edition", ["", "1", "e1", "e0000", "../e0001", "e0001\n"])
def test_edition_ids_are_checked(edition: str) -> None:
    with pytest.raises(UsageError):
        edition_number(EditionId(edition))


@pytest.mark.parametrize("archive", ["", "A", "a/b", "-a", "a-", "x" * 41])
def test_archive_names_are_checked(archive: str) -> None:
    with pytest.raises(ConfigurationError):
        Layout(archive)


@pytest.mark.system
@pytest.mark.skipif(shutil.which("transmission-show") is None, reason="transmission-cli isn't installed")
def test_transmission_reads_the_twin(tmp_path: Path) -> None:
    """torrent.md, clause 8: it can't read the hybrid."""
    summary, edition, _, _ = publish_example(tmp_path)
    twin = edition / "volumes" / f"{summary.volumes[0].name}.v1.torrent"
    run = subprocess.run(["transmission-show", twin], capture_output=True, check=True, text=True)
    assert str(summary.volumes[0].infohash_twin) in run.stdout


def test_titles_do_not_matter_to_safety(tmp_path: Path) -> None:
    def items(store: CountingStore) -> Items:
        titles = ["../../x", "x", "X", "con", "\u202egpj.exe", "a\0b"]
        return [cleared(i, store.add(b"%d" % i), title=title) for i, title in enumerate(titles)]

    summary, edition, store, reporter = publish_example(tmp_path, items=items)
    assert (summary.recordings, reporter.faults) == (6, [])
    folder = lay_out(edition, store, summary.volumes[0].name, tmp_path / "copy")
    assert sum(1 for p in folder.rglob("*.ogg")) == 6
    assert replace(summary, id=EditionId("e0002")) != summary
