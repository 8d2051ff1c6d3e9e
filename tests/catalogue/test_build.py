"""Merging, ids, redirects and parts (docs/formats/snapshot.md)."""

from pathlib import Path

import pytest

from tenuto.catalogue import Resources, build, current, summary
from tenuto.model.errors import BadInputError, NotFoundError, SpaceError
from tenuto.model.ids import SourceKey, SourceName, artist_id, recording_id, release_id
from tenuto.model.rights import Evidence, EvidenceKind
from tenuto.model.source import Access, Entity, Identifier, Location, Scheme
from tenuto.testing.source import Silence
from tests.catalogue.harvests import built, files_of, harvest, isrc, opened, plays, row, rows_of


def rid(source: str, key: str) -> str:
    return recording_id(SourceName(source), SourceKey(key))


def ids(root: Path, snapshot: object) -> set[str]:
    return {each[1] for each in rows_of(root, snapshot, "recordings")}  # type: ignore[arg-type]  # the test's shorthand


def test_ids_are_those_of_the_model(tmp_path: Path) -> None:
    """snapshot.md, clause 6."""
    key, artist = "schlüssel/ß \t☃", "Ænima 音"
    a = harvest(tmp_path, "a", [row(key, "T", artist=artist, release="R", release_key=SourceKey("r/é"))])
    snapshot = built(tmp_path, [a])
    ((_, recording, *_),) = rows_of(tmp_path, snapshot, "recordings")
    assert recording == rid("a", key)
    assert rows_of(tmp_path, snapshot, "artists")[0][1] == artist_id(SourceName("a"), SourceKey(artist))
    assert rows_of(tmp_path, snapshot, "releases")[0][1] == release_id(SourceName("a"), SourceKey("r/é"))


def test_rows_with_one_key_are_one_recording(tmp_path: Path) -> None:
    rows = [row("k", "First", year=None), row("k", "Second", year=1971, genre="Jazz"), row("other", "First")]
    catalogue = opened(tmp_path, built(tmp_path, [harvest(tmp_path, "a", rows)]))
    one = catalogue.show(rid("a", "k"))
    assert (one.summary.title, one.summary.year, one.genre) == ("First", 1971, "Jazz")
    assert [ref.ordinal for ref in one.source_rows] == [0, 1]
    assert catalogue.summary().counts["recordings"] == 2  # titles never merge


def test_equal_identifiers_merge_transitively(tmp_path: Path) -> None:
    """A chain of 40 keys over two sources, each linked to the next by one identifier."""
    mbid = Identifier(Scheme.MBID, "6f1c41c0-2f0f-4c58-9d5e-6c0a3c0f7a11")
    chain = [row(f"k{n:02}", f"T{n}", identifiers=(isrc(n), isrc(n + 1))) for n in range(40)]
    a = harvest(tmp_path, "a", [*chain[::2], row("k98", "X", identifiers=(mbid,))], priority=1)
    b = harvest(tmp_path, "b", [*chain[1::2], row("k99", "Y", identifiers=(mbid,))], priority=2)
    snapshot = built(tmp_path, [b, a])
    assert ids(tmp_path, snapshot) == {rid("a", "k00"), rid("a", "k98")}
    assert summary(tmp_path, snapshot).counts["redirects"] == 40


def test_identifiers_of_no_valid_form_merge_nothing(tmp_path: Path) -> None:
    bad = (Identifier(Scheme.ISRC, "UNKNOWN"), Identifier(Scheme.MBID, ""))
    rows = [row("1", "A", identifiers=bad), row("2", "B", identifiers=bad)]
    snapshot = built(tmp_path, [harvest(tmp_path, "a", rows)])
    assert summary(tmp_path, snapshot).counts["recordings"] == 2
    assert summary(tmp_path, snapshot).counts["identifiers"] == 0


def test_listens_find_their_recording(tmp_path: Path) -> None:
    """By key in their own source, by identifier anywhere; else they describe a recording or are refused."""
    a = harvest(tmp_path, "a", [row("k", "Song", identifiers=(isrc(1),)), plays("k", 3), plays("k", 4)], 1)
    b = harvest(
        tmp_path, "b",
        [plays("p", 10, identifiers=(isrc(1),)), plays("q", 2, "Own", artist="Band"), plays("r", 5),
         plays("", 1), plays("k", float("nan"))],
        2,
    )  # fmt: skip
    snapshot = built(tmp_path, [a, b])
    catalogue = opened(tmp_path, snapshot)
    assert sum(each.count for _, each in catalogue.show("GBTST0000001").listens) == 17
    assert catalogue.show(rid("b", "q")).summary.artist == "Band"
    assert catalogue.summary().counts["recordings"] == 2
    unplaced = rows_of(tmp_path, snapshot, "unplaced_rows")
    reasons = {(source, ordinal): reason for source, ordinal, *_, reason in unplaced}
    assert reasons == {
        ("b", 2): "listens-without-recording",
        ("b", 3): "empty-key",
        ("b", 4): "listens-not-a-count",
    }


def test_invariant_7_every_source_row_is_accounted_for(tmp_path: Path) -> None:
    rows = [row("1", "A"), row("r", "R", entity=Entity.RELEASE), plays("2", 1), row("", "B"), plays("1", 2)]
    snapshot = built(tmp_path, [harvest(tmp_path, "a", rows)])
    known = {
        (entity, each[0])
        for entity in ("recording", "release", "artist")
        for each in rows_of(tmp_path, snapshot, f"{entity}s")
    }
    traced = rows_of(tmp_path, snapshot, "source_rows")
    assert {(entity, number) for entity, number, *_ in traced} <= known
    unplaced = rows_of(tmp_path, snapshot, "unplaced_rows")
    assert all(reason for *_, reason in unplaced)
    assert sorted([each[3] for each in traced] + [each[1] for each in unplaced]) == list(range(len(rows)))


def test_facts_of_all_rows_come_together(tmp_path: Path) -> None:
    tag = Evidence(EvidenceKind.TAG, "CC0-1.0", "tag")
    place = Location("folder:a/x.ogg", Access.HELD, 5, None, "audio/ogg")
    a = harvest(
        tmp_path, "a",
        [row("k", "Song", identifiers=(isrc(1),), evidence=(tag, tag), release="Album", track_number=2)],
    )  # fmt: skip
    b = harvest(
        tmp_path, "b", [row("z", "song", identifiers=(isrc(1),), location=place, duration_ms=1000)], 20
    )
    detail = opened(tmp_path, built(tmp_path, [a, b])).show("gb-tst-00-00001")
    assert detail.evidence == (tag,)
    assert detail.locations == (place,)
    assert [(t.title, t.disc_number, t.track_number) for t in detail.tracks] == [("Album", None, 2)]
    assert detail.summary.duration_ms == 1000
    assert detail.rows_by_key() == {("a", "k"): 1, ("b", "z"): 1}


def test_a_better_source_renames_with_a_redirect(tmp_path: Path) -> None:
    """snapshot.md, clause 7: the old id leads to the new one, and back when the better source goes."""
    a = harvest(tmp_path, "a", [row("k", "Song", identifiers=(isrc(1),))], priority=1)
    b = harvest(tmp_path, "b", [row("z", "Song", identifiers=(isrc(1),))], priority=2)
    one = built(tmp_path, [b])
    two = built(tmp_path, [a, b], one)
    assert opened(tmp_path, two).resolve(recording_id(b.name, SourceKey("z"))) == rid("a", "k")
    three = built(tmp_path, [b], two)
    assert opened(tmp_path, three).resolve(recording_id(a.name, SourceKey("k"))) == rid("b", "z")
    four = built(tmp_path, [harvest(tmp_path, "c", [row("n", "New", identifiers=(isrc(1),))], 0), b], three)
    catalogue = opened(tmp_path, four)
    for source, key in (("a", "k"), ("b", "z"), ("c", "n")):  # chains are collapsed, redirects kept
        assert catalogue.show(rid(source, key)).summary.id == rid("c", "n")


def test_joined_and_parted_recordings_keep_their_ids(tmp_path: Path) -> None:
    apart = harvest(tmp_path / "1", "a", [row("k", "A"), row("l", "B")], files=True)
    joined = harvest(
        tmp_path / "2",
        "a",
        [row("k", "A", identifiers=(isrc(1),)), row("l", "B", identifiers=(isrc(1),))],
        files=True,
    )
    one = built(tmp_path, [apart])
    two = built(tmp_path, [joined], one)
    assert rows_of(tmp_path, two, "redirects") == [(rid("a", "l"), rid("a", "k"))]
    three = built(tmp_path, [apart], two)
    assert ids(tmp_path, three) == ids(tmp_path, one)
    assert rows_of(tmp_path, three, "redirects") == []


def test_a_vanished_recording_is_not_found(tmp_path: Path) -> None:
    one = built(tmp_path, [harvest(tmp_path / "1", "a", [row("k", "A"), row("l", "B")])])
    two = built(tmp_path, [harvest(tmp_path / "2", "a", [row("k", "A")])], one)
    with pytest.raises(NotFoundError):
        opened(tmp_path, two).show(rid("a", "l"))


def test_only_what_changed_is_written(tmp_path: Path) -> None:
    """snapshot.md, clauses 3-5."""
    rows = [row(f"k{n}", f"T{n}", artist="A") for n in range(200)]
    one = built(tmp_path, [harvest(tmp_path / "1", "a", rows)])
    before = files_of(tmp_path)
    changed = [*rows[:50], row("k50", "Other", artist="A"), *rows[51:199], row("new", "N", artist="A")]
    two = built(tmp_path, [harvest(tmp_path / "2", "a", changed)], one)
    after = files_of(tmp_path)
    assert {name: after[name] for name in before if name != "current"} == {
        name: data for name, data in before.items() if name != "current"
    }
    written = sorted(name for name in after.keys() - before.keys() if name.startswith("core/"))
    assert [name.split("/")[1] for name in written] == [
        "recordings",
        "recordings",
        "source_rows",
        "source_rows",
    ]
    fresh = tmp_path / "fresh"
    whole = built(fresh, [harvest(tmp_path / "2", "a", changed)])
    assert ids(tmp_path, two) == ids(fresh, whole)
    assert rows_of(tmp_path, two, "artists") == rows_of(fresh, whole, "artists")


def test_an_unchanged_rebuild_writes_nothing(tmp_path: Path) -> None:
    a = harvest(tmp_path, "a", [row("k", "A"), plays("k", 2)])
    one = built(tmp_path, [a])
    before = files_of(tmp_path)
    assert built(tmp_path, [a], one) == one
    assert files_of(tmp_path) == before
    assert current(tmp_path) == one


def test_same_inputs_same_bytes_whatever_the_threads(tmp_path: Path) -> None:
    """Invariant 3, for the catalogue."""
    rows = [
        row(
            f"k{n % 9000}",
            f"T{n % 777}",
            artist=f"A{n % 300}",
            release=f"R{n % 900}",
            identifiers=(isrc(n % 8000),),
        )
        for n in range(10_000)
    ]
    counted = [plays(f"k{n}", n / 7) for n in range(0, 9000, 3)]
    a, b = harvest(tmp_path, "a", rows), harvest(tmp_path, "b", [*rows[:5000], *counted], 5)
    for threads in (1, 2):
        root = tmp_path / str(threads)
        build(root, [a, b], None, Silence(), resources=Resources("300MB", threads))
    assert files_of(tmp_path / "1") == files_of(tmp_path / "2")


def test_nothing_harvested_and_twice_the_same_name(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="tenuto harvest"):
        built(tmp_path, [])
    a = harvest(tmp_path, "a", [row("k", "A")])
    with pytest.raises(BadInputError):
        built(tmp_path, [a, a])


def test_too_little_memory_is_one_clear_error_and_leaves_nothing(tmp_path: Path) -> None:
    a = harvest(tmp_path, "a", [row(f"k{n}", f"T{n}") for n in range(50_000)])
    with pytest.raises(SpaceError, match="run again"):
        build(tmp_path, [a], None, Silence(), resources=Resources("3MB", 1))
    assert not (tmp_path / "catalogue" / "scratch").exists()
    assert current(tmp_path) is None


def test_hostile_folder_names_are_only_names(tmp_path: Path) -> None:
    root = tmp_path / 'it\'s [a] * "b"; --'
    snapshot = built(root, [harvest(root, "a", [row("k", "A'; DROP TABLE rows; --")])])
    assert opened(root, snapshot).find("drop").recordings[0].title.startswith("A';")
