"""What is read window by window equals what the reader says of each recording, over several generations."""

from dataclasses import replace
from pathlib import Path
from uuid import UUID

import numpy as np
import pyarrow.parquet as pq
import pytest

from tenuto.catalogue import NOWHERE, SnapshotCatalogue, Supply, SupplyReader, ranked, shuffle, window
from tenuto.catalogue.session import Session
from tenuto.model.ids import RecordingId
from tenuto.model.rights import Evidence, EvidenceKind
from tenuto.model.source import Access, Listens, Location, Scheme, SourceRow
from tests.catalogue.harvests import SMALL, built, harvest, isrc, opened, plays, row


def rows(version: int) -> list[SourceRow]:
    found = []
    for n in range(60):
        evidence = tuple(
            Evidence(EvidenceKind.TABLE, f"CC-BY-{1 + (n + version + each) % 4}.0", "", "")
            for each in range(n % 3)
        )
        places: list[Location | None] = [
            Location(
                f"https://host{each % 2}.example/{n}-{each}.flac",
                Access.REMOTE,
                1000 * n + each,
                None,
                "audio/flac",
            )
            for each in range(n % 4)
        ]
        places += [Location(f"folder:x/{n}.ogg", Access.HELD, None, None, "audio/ogg")] * (n % 5 == 0)
        common = {
            "evidence": evidence,
            "duration_ms": 1000 * n or None,
            "year": 1990 + n % 30 if n % 7 else None,
            "release": f"Album {(n + version) % 9}" if n % 7 and n % 4 else "",
        }
        name, identifiers = f"Song {n} {version * (n % 10 == 0)}", (isrc(n),) if n % 2 else ()
        found += [
            row(f"k{n}", name, identifiers=identifiers, location=each, **common) for each in places or (None,)
        ]
    found = found[: -3 if version else None]
    return [*found, *[plays(f"k{n}", 10 * n) for n in range(0, 60, 3)]]


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SnapshotCatalogue]:
    root = tmp_path_factory.mktemp("archive")
    heard = [
        replace(plays("other", 7.0), listens=Listens(7.0, listeners=2, squares=25.0)),
        row("other", "Other"),
    ]
    first = built(root, [harvest(root / "1", "a", rows(0)), harvest(root / "1", "b", heard)])
    second = built(root, [harvest(root / "2", "a", rows(1)), harvest(root / "2", "b", heard)], first)
    return root, opened(root, second)


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
def test_equals_the_reader(catalogue: tuple[Path, SnapshotCatalogue]) -> None:
    root, reader = catalogue
    supply = SupplyReader(root, reader.summary().id, sources=True)
    checked = 0
    for numbers in supply.windows:
        found = supply.read(numbers)
        for at in np.flatnonzero(found.alive).tolist():
            check(found, at, reader)
            checked += 1
    assert checked == reader.summary().counts["recordings"] == len(reader.by_rank)


@pytest.mark.usefixtures("windows")
def test_lists_equal_single_readings(catalogue: tuple[Path, SnapshotCatalogue]) -> None:
    _, reader = catalogue
    everything = [reader.numbered(number) for number in reader.by_rank.tolist()]
    assert list(reader.ranked()) == everything
    assert list(reader.ranked(start=10)) == everything[10:]
    some = [detail.summary.id for detail in everything[5::3]]
    assert list(reader.ranked(start=10, of=some[::-1])) == everything[11::3]


@pytest.mark.usefixtures("windows")
def test_documents_are_what_the_reader_says(catalogue: tuple[Path, SnapshotCatalogue]) -> None:
    root, reader = catalogue
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
    monkeypatch.setitem(Session.write.__kwdefaults__ or {}, "rows_per_group", 2048)
    rows = [row(f"k{n}", f"Song {n}", identifiers=(isrc(n),), release=f"Album {n // 3}") for n in range(7000)]
    reader = opened(tmp_path, built(tmp_path, [harvest(tmp_path, "a", rows)]))
    (part,) = (tmp_path / "catalogue" / "core" / "recordings").glob("*.parquet")
    assert pq.read_metadata(part).num_row_groups == 4
    by_rank = [reader.numbered(number) for number in reader.by_rank[[0, 1, 2047, 2048, 6999]].tolist()]
    assert list(reader.ranked(of=[detail.summary.id for detail in by_rank])) == by_rank


def check(found: Supply, at: int, reader: SnapshotCatalogue) -> None:
    detail = reader.numbered(found.numbers[at])
    summary, none = detail.summary, -1
    assert found.listens[at] == pytest.approx(summary.popularity.listens)
    assert found.duration_ms[at] == (summary.duration_ms or none)
    assert found.year[at] == (summary.year or none)
    assert found.isrc[at] == any(each.scheme is Scheme.ISRC for each in detail.identifiers)
    statements = found.statements[found.evidence[at]] if found.evidence[at] >= 0 else ()
    assert set(statements) == {(each.kind, each.statement) for each in detail.evidence}
    for access, place in ((Access.HELD, found.held), (Access.REMOTE, found.remote)):
        own = [each for each in detail.locations if each.access is access]
        best = min(own, key=lambda each: (-(each.length or 0), each.uri), default=None)
        assert place.length[at] == (NOWHERE if best is None else none if best.length is None else best.length)
        if best is not None:
            assert found.media_types[place.media[at]] == best.media_type
    remote = {each.uri.split("/")[2] for each in detail.locations if each.access is Access.REMOTE}
    assert found.hosts[at] == len(remote)
    assert found.source[at] == (1 if summary.title == "Other" else 0)
    count = 7.0 if summary.title == "Other" else sum(each.count for _, each in detail.listens)
    assert found.counted[at] == count
    assert found.squares[at] == (25 if summary.title == "Other" else count)
