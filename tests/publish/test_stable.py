"""Stable packing (volume.md, clauses 19 to 25): a next edition costs only what changed."""

import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import libtorrent as lt
import pytest

from tenuto.formats.edition import read_files, read_places
from tenuto.formats.torrent_view import parse_torrent
from tenuto.formats.withdrawals import read_withdrawals
from tenuto.model.edition import EditionSummary, Publishable
from tenuto.model.ids import EditionId, RecordingId
from tenuto.model.rights import Cleared
from tenuto.publish.volume import Layout
from tenuto.verify import verify_tree

from .archive import EDITION, CountingStore, cleared, example_items, publish_example, recording_id

NOW = datetime(2026, 1, 2, tzinfo=UTC)
NEXT = EditionId("e0002")
Items = list[Cleared[Publishable]]


def _next(
    root: Path,
    items: Callable[[CountingStore], Items],
    *,
    edition: EditionId = NEXT,
    former: EditionId = EDITION,
    layout: Layout | None = None,
    repack: bool = False,
    refused: dict[RecordingId, str] | None = None,
) -> tuple[EditionSummary, Path]:
    """The edition after; opens no object, and holds in itself."""
    summary, folder, store, reporter = publish_example(
        root,
        items=items,
        edition=edition,
        former=former,
        layout=layout,
        repack=repack,
        refused=refused or {},
    )
    assert not store.opened
    assert not reporter.faults
    report = verify_tree(folder, now=NOW)
    assert report.sound, report.faults
    return summary, folder


def _without(*ranks: int) -> Callable[[CountingStore], Items]:
    return lambda store: [item for rank, item in enumerate(example_items(store)) if rank not in ranks]


def _with_new(store: CountingStore) -> Items:
    return [*example_items(store), cleared(6, store.add(b"new"), popularity=0, title="New")]


def _recordings(folder: Path) -> dict[RecordingId, str]:
    return {recording: place.volume for recording, place in read_places(folder / "index.parquet", NEXT)}


def test_new_recordings_go_to_new_volumes(tmp_path: Path) -> None:
    """Clause 19, and nothing of the others is written again: they are the same files."""
    first, before, _, _ = publish_example(tmp_path)
    second, after = _next(tmp_path, _with_new)
    assert second.volumes[:-1] == first.volumes
    new = second.volumes[-1]
    assert (new.band, new.number, new.revision, new.recordings) == ((0, 19), 2, 1, 1)
    assert (second.parent, second.numbers) == (EDITION, {"80-100": 1, "60-79": 1, "00-19": 2})
    for volume in first.volumes:
        for old in (before / "volumes").glob(f"{volume.name}.*"):
            assert (after / "volumes" / old.name).samefile(old)
    assert len(_recordings(after)) == 7


def test_a_withdrawal_revises_its_own_volume(tmp_path: Path) -> None:
    """Clauses 20 and 21: number stays, revision grows, places of what stays follow the torrent."""
    first = publish_example(tmp_path)[0]
    second, after = _next(tmp_path, _without(3), refused={recording_id(3): "not-free"})
    assert [a == b for a, b in zip(first.volumes, second.volumes, strict=True)] == [True, False, True]
    old, new = first.volumes[1], second.volumes[1]
    assert (new.number, new.revision, new.replaces) == (old.number, 2, old.name)
    assert new.recordings == old.recordings - 1
    assert recording_id(3) not in _recordings(after)


def test_clients_are_told_of_the_ancestor(tmp_path: Path) -> None:
    """Clause 22: BEP 38, outside `info`, so the infohash still follows from the files alone."""
    old = publish_example(tmp_path)[0].volumes[1]
    second, after = _next(tmp_path, _without(3))
    new = second.volumes[1]
    for suffix in (".torrent", ".v1.torrent"):
        torrent = lt.torrent_info(str(after / "volumes" / f"{new.name}{suffix}"))
        assert {str(each) for each in torrent.similar_torrents()} == {old.infohash_v1, old.infohash_twin}
        assert torrent.collections() == ["demo-60-79-0001"]
        assert b"similar" not in torrent.info_section()


@pytest.mark.parametrize("suffix", [".torrent", ".v1.torrent"])
def test_a_client_reuses_what_it_has_of_the_ancestor(tmp_path: Path, suffix: str) -> None:
    """Clause 22, with libtorrent's own client: without any peer it has the audio, by hard links."""
    first, before, store, _ = publish_example(tmp_path)
    second, after = _next(tmp_path, _without(3))
    old, new = first.volumes[1].name, second.volumes[1].name
    for entry in read_files((before / "volumes" / f"{old}.files.json").read_bytes()):
        path = tmp_path / "downloads" / old / entry.path
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(store.path(entry.object), path)
    session = lt.session({"listen_interfaces": "127.0.0.1:0", "enable_dht": False, "enable_lsd": False})
    had = _added(session, before / "volumes" / f"{old}{suffix}", tmp_path / "downloads")
    _until(lambda: had.status().is_seeding)
    added = _added(session, after / "volumes" / f"{new}{suffix}", tmp_path / "again")
    (audio,) = [each for each in _paths(after, new) if each.endswith(".ogg")]
    _until(lambda: added.status().total_done > 0)
    assert (tmp_path / "again" / new / audio).samefile(tmp_path / "downloads" / old / audio)
    assert added.status().total_download == 0
    del session


def _added(session: lt.session, torrent: Path, folder: Path) -> lt.torrent_handle:
    params = lt.add_torrent_params()
    params.ti, params.save_path = lt.torrent_info(str(torrent)), str(folder)
    return session.add_torrent(params)


def _until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "nothing came of it"
        time.sleep(0.02)


def _paths(edition: Path, volume: str) -> list[str]:
    return [each.path for each in read_files((edition / "volumes" / f"{volume}.files.json").read_bytes())]


def test_withdrawals_are_listed_until_the_object_is_published_again(tmp_path: Path) -> None:
    """withdrawals.md, clauses 1 to 3."""
    publish_example(tmp_path)
    _, after = _next(
        tmp_path, _without(2, 3, 5), refused={recording_id(3): "not-free", recording_id(5): "damaged"}
    )
    (found,) = read_withdrawals((after / "withdrawals.json").read_bytes())
    assert (found.recording, found.reason, found.since) == (recording_id(3), "not-free", NEXT)
    _, third = _next(tmp_path, _without(2, 3, 5), edition=EditionId("e0003"), former=NEXT)
    assert read_withdrawals((third / "withdrawals.json").read_bytes()) == (found,)
    back, fourth = _next(tmp_path, example_items, edition=EditionId("e0004"), former=EditionId("e0003"))
    assert read_withdrawals((fourth / "withdrawals.json").read_bytes()) == ()
    assert back.recordings == 6


def test_a_volume_that_loses_everything_is_gone_and_its_number_with_it(tmp_path: Path) -> None:
    """Clause 23."""
    first = publish_example(tmp_path)[0]
    second, _ = _next(tmp_path, _without(4, 5))
    assert second.volumes == first.volumes[:2]
    third, _ = _next(tmp_path, example_items, edition=EditionId("e0003"), former=NEXT)
    assert third.volumes[:2] == first.volumes[:2]
    assert (third.volumes[2].number, third.volumes[2].recordings) == (2, 2)


def _changed(rank: int, **changes: object) -> Callable[[CountingStore], Items]:
    def items(store: CountingStore) -> Items:
        found = example_items(store)
        found[rank] = replace(found[rank], **changes)  # type: ignore[arg-type]  # by name
        return found

    return items


def test_another_licence_revises_the_volume(tmp_path: Path) -> None:
    """Clause 20: a volume never says of a recording that it stands under terms that it left."""
    first = publish_example(tmp_path)[0]
    second, after = _next(tmp_path, _changed(2, licence="CC0-1.0"))
    assert [a == b for a, b in zip(first.volumes, second.volumes, strict=True)] == [True, False, True]
    assert second.volumes[1].recordings == 2
    assert _recordings(after)[recording_id(2)] == second.volumes[1].name


def test_another_object_moves_its_recording_to_a_new_volume(tmp_path: Path) -> None:
    """Clause 20."""
    first = publish_example(tmp_path)[0]

    def items(store: CountingStore) -> Items:
        found = example_items(store)
        found[0] = cleared(0, store.add(b"better"), popularity=100, title="Title 0")
        return found

    second, after = _next(tmp_path, items)
    assert [v.revision for v in second.volumes] == [2, 1, 1, 1]
    assert second.volumes[1:3] == first.volumes[1:]
    assert _recordings(after)[recording_id(0)] == second.volumes[3].name


def test_popularity_and_titles_move_nothing(tmp_path: Path) -> None:
    """Clause 24."""
    first = publish_example(tmp_path)[0]

    def items(store: CountingStore) -> Items:
        lengths = [(i.subject.digests, i.subject.recording.popularity.rank) for i in example_items(store)]
        return [cleared(rank, digests, popularity=rank, title="Other") for digests, rank in lengths]

    assert _next(tmp_path, items)[0].volumes == first.volumes


def test_repacking_is_asked_for(tmp_path: Path) -> None:
    """Clause 25."""
    first = publish_example(tmp_path)[0]
    second, _ = _next(tmp_path, _with_new, repack=True)
    assert [v.recordings for v in second.volumes] == [2, 2, 3]
    assert [v.number for v in second.volumes] == [2, 2, 2]
    assert not {v.name for v in first.volumes} & {v.name for v in second.volumes}


def test_another_machine_makes_the_same_next_edition(tmp_path: Path) -> None:
    """Invariant 3, from the former edition and the same catalogue."""
    found = []
    for machine in ("one", "two"):
        publish_example(tmp_path / machine)
        folder = _next(tmp_path / machine, lambda s: [*_without(3)(s), *_with_new(s)[6:]])[1]
        found.append({p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()})
    assert found[0] == found[1]


def test_new_trackers_leave_the_infohashes(tmp_path: Path) -> None:
    """Clause 19: what stands beside `info` is written anew."""
    first = publish_example(tmp_path)[0]
    layout = Layout("demo", trackers=("http://127.0.0.1:1/announce",), web_seeds=("http://127.0.0.1:2/",))
    second, after = _next(tmp_path, example_items, layout=layout)
    assert [v.infohash_v2 for v in second.volumes] == [v.infohash_v2 for v in first.volumes]
    for volume in second.volumes:
        torrent = lt.torrent_info(str(after / "volumes" / f"{volume.name}.v1.torrent"))
        assert [each.url for each in torrent.trackers()] == ["http://127.0.0.1:1/announce"]
        assert "tr=http" in volume.magnet
        assert parse_torrent((after / "volumes" / f"{volume.name}.torrent").read_bytes()).name == volume.name
