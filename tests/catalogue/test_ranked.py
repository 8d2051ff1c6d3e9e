"""A list in rank order says of each recording what its own page says, over several generations."""

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tenuto.catalogue import SnapshotCatalogue, ranked, shuffle, window
from tenuto.catalogue.order import load_order
from tenuto.catalogue.session import Session
from tenuto.catalogue.snapshots import load
from tenuto.formats.tables import RELEASES, TRACKS
from tenuto.model.errors import BadInputError
from tenuto.model.ids import RecordingId
from tests.catalogue.harvests import SMALL, built, harvest, isrc, opened, plays, row


@pytest.fixture(params=[1, 7, 1 << 18])
def windows(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of several sizes, and few ranks at once."""
    monkeypatch.setattr(window, "WINDOW", request.param)
    monkeypatch.setattr(ranked, "WINDOW", request.param)
    monkeypatch.setattr(ranked, "STRETCH", 40)
    monkeypatch.setattr(ranked, "GROUP", 10)
    monkeypatch.setattr(ranked, "PAGE", 4)
    monkeypatch.setattr(shuffle, "GATHERED", 7)


@pytest.mark.usefixtures("windows")
def test_lists_equal_single_readings(varied: tuple[Path, SnapshotCatalogue]) -> None:
    _, reader = varied
    everything = [reader.numbered(number) for number in reader.by_rank.tolist()]
    assert list(reader.ranked()) == everything
    assert list(reader.ranked(start=10)) == everything[10:]
    some = [detail.summary.id for detail in everything[5::3]]
    assert list(reader.ranked(start=10, of=some[::-1])) == everything[11::3]


def test_the_catalogue_has_what_lists_are_compared_by(varied: tuple[Path, SnapshotCatalogue]) -> None:
    """Of each, some recordings have it and some don't."""
    _, reader = varied
    details = [reader.numbered(number) for number in reader.by_rank.tolist()]
    for has in (
        [detail.artist_id is not None for detail in details],
        [bool(detail.summary.artist) for detail in details],
        [detail.genre.startswith("Jazz") for detail in details],
        [detail.genre == "Folk" for detail in details],
        [bool(detail.identifiers) for detail in details],
        [bool(detail.evidence) for detail in details],
        [bool(detail.locations) for detail in details],
        [bool(detail.listens) for detail in details],
        [len(detail.source_rows) > 2 for detail in details],
        [any(place.artist for place in detail.tracks) for detail in details],
        [any(place.disc_number and place.track_number for place in detail.tracks) for detail in details],
    ):
        assert any(has)
        assert not all(has)
    windows = {count.window for detail in details for _, count in detail.listens}
    assert windows == {"2014-06-16/2014-06-23", "2014-06-23/2014-06-30"}


@pytest.mark.usefixtures("windows")
def test_documents_are_what_the_reader_says(varied: tuple[Path, SnapshotCatalogue]) -> None:
    root, reader = varied
    batches = ranked.documents(root, reader.summary().id, SMALL, 5, 50)
    found = [document for batch in batches for document in batch.to_pylist()]
    assert [document["rank"] for document in found] == list(range(5, 50))
    assert any(len(reader.numbered(document["number"]).source_rows) > 1 for document in found)
    for document in found:
        detail = reader.numbered(document["number"])
        summary = detail.summary
        assert RecordingId(str(UUID(bytes=document["id"]))) == summary.id
        assert (document["title"], document["artist"]) == (summary.title, summary.artist)
        assert (document["release"], document["year"]) == (summary.release, summary.year)
        assert (document["duration_ms"], document["genre"]) == (summary.duration_ms, detail.genre)
        assert document["licences"] == sorted({each.statement for each in detail.evidence})
        assert document["sources"] == sorted({each.source for each in detail.source_rows})
        assert document["listens"] == pytest.approx(summary.popularity.listens)
        assert document["basis"] == summary.popularity.basis
        assert document["popularity"] == summary.popularity.popularity


def test_sources_of_a_document_stand_by_priority(tmp_path: Path) -> None:
    harvests = [
        harvest(tmp_path, name, [row(name, "Song", identifiers=(isrc(1),)) for _ in range(2)], priority)
        for name, priority in (("a", 3), ("b", 1), ("c", 2), ("d", 2))
    ]
    snapshot = built(tmp_path, [*harvests, harvest(tmp_path, "e", [row("e", "Other")], 0)])
    (batch,) = ranked.documents(tmp_path, snapshot, SMALL, 0, 2)
    assert sorted(batch.column("sources").to_pylist()) == [["b", "c", "d", "a"], ["e"]]


def test_a_list_has_no_more_rows_of_a_recording_than_a_page(tmp_path: Path) -> None:
    """Those that describe come first, wherever they stand among the plays."""
    heard = [plays("k", 1)] * 130
    rows = [
        row("k", "Song", identifiers=(isrc(1),)),
        *heard,
        *[row("k", "Song")] * 40,
        *heard,
        row("k", "Song"),
    ]
    again = [*[plays("q", 1)] * 150, *[row("q", "Song", identifiers=(isrc(1),))] * 30]
    harvests = [harvest(tmp_path, "a", [*rows, row("other", "Other")], 2), harvest(tmp_path, "b", again, 1)]
    reader = opened(tmp_path, built(tmp_path, harvests))
    singly = [reader.numbered(number) for number in reader.by_rank.tolist()]
    assert list(reader.ranked()) == singly
    (song,) = [detail for detail in singly if detail.summary.title == "Song"]
    assert len(song.source_rows) == 100
    assert sum(each.source == "b" and each.ordinal < 150 for each in song.source_rows) == 28


def test_few_recordings_of_many_row_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only their row groups are read, and what a later build changed or removed isn't read from the first."""
    monkeypatch.setitem(Session.write.__kwdefaults__ or {}, "rows_per_group", 2048)
    rows = [row(f"k{n}", f"Song {n}", identifiers=(isrc(n),), release=f"Album {n // 3}") for n in range(7000)]
    first = built(tmp_path, [harvest(tmp_path / "1", "a", rows)])
    rows = [
        replace(each, title=f"{each.title} again") if n % 10 == 0 else each for n, each in enumerate(rows)
    ]
    rows = [each for n, each in enumerate(rows) if n % 10 != 5]
    reader = opened(tmp_path, built(tmp_path, [harvest(tmp_path / "2", "a", rows)], first))
    few = [reader.numbered(number) for number in sorted(reader.by_rank.tolist())[:6300:700]]
    assert {detail.summary.title.endswith("again") for detail in few} == {True, False}
    groups: list[int] = []
    read = pq.ParquetFile.read_row_groups

    def counted(file: pq.ParquetFile, wanted: list[int], **how: Any) -> pa.Table:
        groups.append(len(wanted))
        return read(file, wanted, **how)

    monkeypatch.setattr(pq.ParquetFile, "read_row_groups", counted)
    assert sorted(
        detail.summary.id for detail in reader.ranked(of=[each.summary.id for each in few])
    ) == sorted(each.summary.id for each in few)
    of_few = sum(groups)
    groups.clear()
    (one,) = reader.ranked(of=[few[-1].summary.id])
    assert one == few[-1]
    assert sum(groups) < of_few / 2


@pytest.mark.usefixtures("windows")
def test_a_list_that_is_left_leaves_nothing(varied: tuple[Path, SnapshotCatalogue]) -> None:
    root, reader = varied
    details, batches = reader.ranked(), ranked.documents(root, reader.summary().id, SMALL, 0, 50)
    for some in (details, batches):
        next(some)
        assert list((root / "catalogue").glob(".ranked-*"))
        assert isinstance(some, Generator)
        some.close()
        assert list((root / "catalogue").glob(".ranked-*")) == []


def test_releases_that_are_missing_are_named(tmp_path: Path) -> None:
    rows = [row(f"k{n}", "Song", release="Album", release_key=f"r{n}") for n in range(3)]
    snapshot = built(tmp_path, [harvest(tmp_path, "a", rows)])
    opened(tmp_path, snapshot)
    made_of = load(tmp_path, snapshot)
    rows_of = ranked._OwnRows(
        tmp_path,
        replace(made_of, parts=made_of.parts | {"releases": ()}),
        load_order(tmp_path, snapshot),
        np.arange(3, dtype=np.uint32),
    )
    tracks = rows_of.of(TRACKS, "release")
    with pytest.raises(BadInputError, match="releases that recordings belong to are missing"):
        list(rows_of.joined(tracks, "release", RELEASES, {"title": "title"}, tmp_path))
