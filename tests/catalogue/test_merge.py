"""Links between sources: by identifier, by likeness, by the operator's word (snapshot.md, clause 6)."""

from pathlib import Path

from tenuto.catalogue import Harvest, LinkDecisions, Merging, build
from tenuto.model.ids import RecordingId, SnapshotId, SourceKey, SourceName
from tenuto.model.rights import Evidence, EvidenceKind
from tenuto.model.source import Access, Entity, Identifier, Location, Scheme
from tenuto.testing.source import Silence
from tests.catalogue.harvests import SMALL, built, harvest, isrc, opened, row, rows_of

LIKE = {"artist": "The Beatles", "duration_ms": 125_000, "release": "Help!", "year": 1965}


def pair(root: Path) -> list[Harvest]:
    """The same song, differently spelled, in two sources; and another song in each."""
    a = [row("1", "Yesterday", **LIKE), row("2", "Ticket to Ride", **(LIKE | {"duration_ms": 190_000}))]
    b = [
        row("x", "Yesterday (Remastered 2009)", **(LIKE | {"duration_ms": 125_600})),
        row("y", "Yesterday (Live)", **(LIKE | {"duration_ms": 151_000})),
    ]
    return [harvest(root, "a", a, 1), harvest(root, "b", b, 2)]


def decided(root: Path, harvests: list[Harvest], decisions: LinkDecisions, parent: SnapshotId) -> SnapshotId:
    return build(
        root, harvests, parent, Silence(), merging=Merging(decisions, matching=True), resources=SMALL
    )


def key(text: str) -> tuple[SourceName, SourceKey]:
    source, _, rest = text.partition(":")
    return SourceName(source), SourceKey(rest)


def test_likeness_ties_one_song_and_not_its_live_version(tmp_path: Path) -> None:
    catalogue = opened(tmp_path, built(tmp_path, pair(tmp_path)))
    assert catalogue.show("a:1").summary.id == catalogue.show("b:x").summary.id
    assert len({catalogue.show(each).summary.id for each in ("a:1", "a:2", "b:y")}) == 3
    (link,) = [each for each in catalogue.links(catalogue.show("a:1").summary.id) if each.merged]
    assert {link.key, link.other_key} == {"1", "x"}
    assert (link.method, 0.95 <= link.confidence < 1) == ("match", True)
    assert '"duration"' in link.evidence


def test_matching_can_be_left_out(tmp_path: Path) -> None:
    merging = Merging(matching=False)
    snapshot = build(tmp_path, pair(tmp_path), None, Silence(), merging=merging, resources=SMALL)
    assert len(rows_of(tmp_path, snapshot, "recordings")) == 4
    assert rows_of(tmp_path, snapshot, "links") == []


def test_a_wrong_merge_is_undone_and_a_missed_one_made(tmp_path: Path) -> None:
    harvests = pair(tmp_path)
    one = built(tmp_path, harvests)
    before = opened(tmp_path, one).show("b:x").summary.id
    decisions = LinkDecisions().split(key("b:x")).joined(key("a:2"), key("b:y"))
    two = decided(tmp_path, harvests, decisions, one)
    catalogue = opened(tmp_path, two)
    assert catalogue.show("b:x").summary.id != before == catalogue.show("a:1").summary.id
    assert catalogue.show("b:y").summary.id == catalogue.show("a:2").summary.id
    (link,) = catalogue.links(catalogue.show("a:2").summary.id)
    assert (link.method, link.confidence, link.merged) == ("operator", 1.0, True)
    assert decided(tmp_path, harvests, decisions, two) == two
    three = decided(tmp_path, harvests, LinkDecisions(), two)
    assert opened(tmp_path, three).show("b:x").summary.id == before


def test_a_split_key_is_not_tied_by_identifiers_either(tmp_path: Path) -> None:
    harvests = [
        harvest(tmp_path, "a", [row("1", "Song", identifiers=(isrc(1),))], 1),
        harvest(tmp_path, "b", [row("x", "Song", identifiers=(isrc(1),))], 2),
    ]
    one = built(tmp_path, harvests)
    two = decided(tmp_path, harvests, LinkDecisions().split(key("b:x")), one)
    assert len(rows_of(tmp_path, one, "recordings")) == 1
    assert len(rows_of(tmp_path, two, "recordings")) == 2


def test_decisions_about_unknown_keys_change_nothing(tmp_path: Path) -> None:
    harvests = pair(tmp_path)
    one = built(tmp_path, harvests)
    two = decided(tmp_path, harvests, LinkDecisions().joined(key("a:none"), key("b:y")), one)
    assert rows_of(tmp_path, two, "recordings") == rows_of(tmp_path, one, "recordings")


def test_a_later_decision_overrules_an_earlier_one() -> None:
    both = LinkDecisions().joined(key("a:1"), key("b:x")).split(key("b:x"))
    assert (both.joins, both.splits) == ((), (key("b:x"),))


def test_keys_that_are_recordings_stay_apart_though_they_share_an_isrc(tmp_path: Path) -> None:
    a = harvest(tmp_path, "a", [row(name, "Song", identifiers=(isrc(1),)) for name in "123"], 1)
    b = harvest(tmp_path, "b", [row(name, "Song", identifiers=(isrc(1),)) for name in "xy"], 2, files=True)
    catalogue = opened(tmp_path, built(tmp_path, [a, b]))
    ids = {name: catalogue.show(name).summary.id for name in ("a:1", "a:2", "a:3", "b:x", "b:y")}
    assert ids["a:1"] == ids["b:x"] == ids["b:y"]
    assert len(set(ids.values())) == 3


def test_the_audios_url_ties_sources(tmp_path: Path) -> None:
    place = Location("https://example.org/a.ogg", Access.REMOTE)
    a, b = (harvest(tmp_path, name, [row(name, "?" + name, location=place)]) for name in "ab")
    catalogue = opened(tmp_path, built(tmp_path, [a, b]))
    assert catalogue.show("a:a").summary.id == catalogue.show("b:b").summary.id
    assert [link.method for link in catalogue.links(RecordingId(catalogue.show("a:a").summary.id))] == ["url"]


def test_releases_are_one_by_barcode_and_title(tmp_path: Path) -> None:
    code = (Identifier(Scheme.BARCODE, "4006381333931"),)
    titles = {"a": "Für Elise", "b": "FUR ELISE", "c": "Another"}
    harvests = [
        harvest(tmp_path, name, [row("r", title, entity=Entity.RELEASE, identifiers=code), row("t", title)])
        for name, title in titles.items()
    ]
    snapshot = built(tmp_path, harvests)
    assert sorted(each[2] for each in rows_of(tmp_path, snapshot, "releases")) == ["Another", "Für Elise"]


def test_artists_are_one_by_name_on_a_shared_recording(tmp_path: Path) -> None:
    rows = [row("1", "Song", artist="Björk", identifiers=(isrc(1),)), row("2", "Else", artist="Other")]
    a, b = harvest(tmp_path, "a", rows, 1), harvest(tmp_path, "b", [rows[0]], 2)
    snapshot = built(tmp_path, [a, b, harvest(tmp_path, "c", [row("9", "Own", artist="Other")], 3)])
    assert sorted(each[2] for each in rows_of(tmp_path, snapshot, "artists")) == ["Björk", "Other", "Other"]


def test_likeness_never_ties_audio_to_audio(tmp_path: Path) -> None:
    """One file's licence must not clear another file because their titles agree."""
    tag = Evidence(EvidenceKind.TAG, "CC0-1.0", "tag")
    here, there = (Location(f"folder:{name}/1.ogg", Access.HELD) for name in "ab")
    words = [row("w", "Yesterday", **LIKE), row("v", "Yesterday", **LIKE)]
    harvests = [
        harvest(
            tmp_path, "a", [row("1", "Yesterday", location=here, evidence=(tag,), **LIKE)], 1, files=True
        ),
        harvest(tmp_path, "b", [row("2", "Yesterday", location=there, **LIKE)], 2, files=True),
        harvest(tmp_path, "c", words[:1], 3),
        harvest(tmp_path, "d", words[1:], 4),
    ]
    catalogue = opened(tmp_path, built(tmp_path, harvests))
    ids = [catalogue.show(name).summary.id for name in ("a:1", "b:2", "c:w", "d:v")]
    assert ids[0] != ids[1]
    assert {ids[2], ids[3]} <= {ids[0], ids[1]}
    for name in ("a:1", "b:2"):
        assert len(catalogue.show(name).locations) == 1
    left_apart = [link for each in ids for link in catalogue.links(each) if not link.merged]
    assert left_apart
