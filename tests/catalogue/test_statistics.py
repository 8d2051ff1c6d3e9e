"""Roll-ups against a count by hand over the live rows (docs/statistics.md)."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from math import sqrt
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tenuto.catalogue import runs
from tenuto.catalogue.order import derived_folder, load_order
from tenuto.catalogue.snapshots import load
from tenuto.catalogue.statistics import facts, statistics, tallies
from tenuto.catalogue.weights import interval
from tenuto.model.ids import SnapshotId, SourceKey
from tenuto.model.rights import Evidence, EvidenceKind
from tenuto.model.source import Entity, Features, Identifier, Listens, Mode, Scheme
from tenuto.model.statistics import Distribution, Ranking, Statistics
from tests.catalogue.harvests import built, harvest, isrc, opened, plays, row, rows_of

BY, ZERO = Evidence(EvidenceKind.TAG, "CC-BY-4.0", "tag"), Evidence(EvidenceKind.TABLE, "CC0-1.0", "column")

BARCODES = tuple(Identifier(Scheme.BARCODE, value) for value in ("036000291452", "4006381333931"))


def shelf(*, later: bool) -> list[Any]:
    """A source with every corner; the later one has lost, changed and new rows."""
    rows = [
        row("plain", "Plain"),
        row("full", "Full", artist="A", release="R", release_key=SourceKey("r"), year=1971,
            duration_ms=61_000, genre="Rock; Folk ; Rock", identifiers=(isrc(1), isrc(2)),
            evidence=(BY, ZERO, BY),
            features=Features(explicit=True, key=11, mode=Mode.MINOR, tempo=119.99)),
        row("old", "Old", artist="A", release="R", release_key=SourceKey("r"), year=1899, duration_ms=0,
            genre="Folk", evidence=(ZERO, Evidence(EvidenceKind.TAG, "CC0-1.0", "tag"))),
        row("long", "Long", artist="B", release="Far", release_key=SourceKey("f"), year=2250,
            duration_ms=4_000_000, genre="Jazz", identifiers=(isrc(3),),
            features=Features(explicit=False, key=0, tempo=20.0)),
        row("odd", "Odd", artist="C", year=2000 if later else 1999, genre=" ; ", identifiers=(isrc(3),),
            features=Features(tempo=300.0)),
        row("r", "R", entity=Entity.RELEASE, year=1971, identifiers=(BARCODES[0],)),
        row("f", "Far", entity=Entity.RELEASE),
        row("empty", "Without tracks", entity=Entity.RELEASE, year=2001,
            identifiers=BARCODES),
        *[row(f"many{n}", f"Many {n}", artist="Many", release="Box", release_key=SourceKey("box"), year=1980,
              identifiers=(isrc(100 + n // 3),), duration_ms=1000 * n) for n in range(40)],
        *[plays(f"many{n}", 40.0 * n) for n in range(30)],
        plays("full", 90_000),
    ]  # fmt: skip
    if not later:
        return [*rows, row("gone", "Gone", artist="D", release="Lost", year=1960, genre="Jazz",
                           identifiers=(isrc(9), isrc(3)), evidence=(BY,))]  # fmt: skip
    return [*rows, row("new", "New", artist="A", genre="Folk", identifiers=(isrc(4),), evidence=(BY,))]


def other() -> list[Any]:
    """Another source of the same: merged by ISRC, its listens counted with squares."""
    return [
        row("x1", "full", identifiers=(isrc(1),), artist="A"),
        row("x2", "Own"),
        row("l1", "", entity=Entity.LISTENS, identifiers=(isrc(100),),
            listens=Listens(500, "listens", "2024-01-01/2024-12-31", listeners=3, squares=90_000)),
        row("l1", "", entity=Entity.LISTENS, identifiers=(isrc(100),),
            listens=Listens(50, "listens", "2024-02-01/2024-03-01", listeners=3, squares=900)),
    ]  # fmt: skip


Built = tuple[Path, SnapshotId]


@pytest.fixture(scope="module", params=["first", "later"])
def snapshot(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Built:
    root = tmp_path_factory.mktemp(request.param)
    b = harvest(root, "b", other(), priority=20)
    found = built(root, [harvest(root / "1", "a", shelf(later=False)), b])
    if request.param == "later":
        found = built(root, [harvest(root / "2", "a", shelf(later=True)), b], found)
        assert load(root, found).parts["recordings"][-1].generation
    opened(root, found)
    return root, found


@pytest.fixture(scope="module")
def found(snapshot: Built) -> Statistics:
    root, identity = snapshot
    return statistics(root, load(root, identity), load_order(root, identity))


class ByHand:
    """Live rows as Python values."""

    def __init__(self, root: Path, identity: SnapshotId) -> None:
        self.table: Callable[[str], list[tuple[Any, ...]]] = lambda name: rows_of(root, identity, name)
        self.recordings = {each[0]: each for each in self.table("recordings")}
        self.order = load_order(root, identity)

    def heard(self, numbers: Sequence[int]) -> float:
        return sum(float(self.order.listens[number]) for number in numbers)

    def check(self, of: Distribution, values: dict[int, float | None], *, listens: bool = False) -> None:
        """`values` by number."""
        known = {number: value for number, value in values.items() if value is not None}
        assert (of.total, of.unknown) == (len(values), len(values) - len(known))
        assert sum(bar.count for bar in of.bars) == len(known)
        for bar in of.bars:
            inside = [
                n for n, value in known.items() if value >= bar.low and (bar.high is None or value < bar.high)
            ]
            assert bar.count == len(inside)
            if listens:
                assert bar.listens == pytest.approx(self.heard(inside))

    def check_names(self, of: Ranking, names: dict[int, set[str]], *, listens: bool = True) -> None:
        """`names` by number."""
        assert (of.total, of.unknown) == (len(names), sum(not each for each in names.values()))
        having = {
            name: [n for n, each in names.items() if name in each] for name in set().union(*names.values())
        }
        assert {share.name: share.count for share in of.shares if share.count} == {
            name: len(numbers) for name, numbers in having.items()
        }
        for share in of.shares if listens else ():
            assert share.listens == pytest.approx(self.heard(having.get(share.name, [])))


@pytest.fixture(scope="module")
def hand(snapshot: Built) -> ByHand:
    return ByHand(*snapshot)


def genres_of(text: str | None) -> set[str]:
    return {genre.strip() for genre in (text or "").split(";")} - {""}


def test_recordings(found: Statistics, hand: ByHand) -> None:
    order, rows = hand.order, hand.recordings
    hand.check(found.by_popularity, {n: int(order.popularity[n]) for n in rows}, listens=True)
    hand.check(found.by_listens, {n: float(order.listens[n]) for n in rows}, listens=True)
    hand.check(found.by_year, {n: each[5] for n, each in rows.items()}, listens=True)
    hand.check(found.by_duration, {n: each[6] or None for n, each in rows.items()}, listens=True)
    hand.check_names(found.by_genre, {n: genres_of(each[7]) for n, each in rows.items()})
    assert found.listens == pytest.approx(hand.heard(list(rows)))
    bases = Counter(int(order.basis[n]) for n in rows)
    assert sorted(share.count for share in found.by_basis.shares) == sorted(bases.values())


def test_sound(found: Statistics, hand: ByHand) -> None:
    features = {number: rest for number, *rest in hand.table("features")}
    sound = {number: features.get(number, [None] * 4) for number in hand.recordings}
    words = {None: set(), False: {"clean"}, True: {"explicit"}}
    hand.check_names(found.by_explicit, {n: words[each[0]] for n, each in sound.items()})
    hand.check_names(
        found.by_key, {n: set() if e[1] is None else {facts.KEYS[e[1]]} for n, e in sound.items()}
    )
    hand.check_names(found.by_mode, {n: {e[2]} - {None, ""} for n, e in sound.items()})
    hand.check(found.by_tempo, {n: each[3] for n, each in sound.items()}, listens=True)


def test_artists(found: Statistics, hand: ByHand) -> None:
    names = {number: name for number, _, name in hand.table("artists")}
    of = {number: [n for n, each in hand.recordings.items() if each[4] == number] for number in names}
    hand.check(found.artists_by_recordings, {number: len(n) or None for number, n in of.items()})
    hand.check(found.artists_by_listens, {number: hand.heard(n) if n else None for number, n in of.items()})
    assert found.artists_by_popularity.bars[-1].count >= 1
    assert sum(bar.count for bar in found.artists_by_popularity.bars) == sum(bool(n) for n in of.values())
    genres = {
        number: set().union(*(genres_of(hand.recordings[n][7]) for n in of[number])) for number in names
    }
    hand.check_names(found.artists_by_genre, genres, listens=False)
    assert [s.name for s in found.artists_by_genre.shares] == [s.name for s in found.by_genre.shares]
    heard_most = sorted((-hand.heard(n), number) for number, n in of.items() if n)
    assert [share.name for share in found.by_artist.shares] == [names[number] for _, number in heard_most]
    assert [share.count for share in found.by_artist.shares] == [len(of[number]) for _, number in heard_most]


def test_releases_and_identifiers(found: Statistics, hand: ByHand) -> None:
    releases = {each[0]: each[5] for each in hand.table("releases")}
    hand.check(found.releases_by_year, releases)
    tracks = Counter(each[2] for each in hand.table("tracks"))
    hand.check(found.releases_by_tracks, {number: tracks[number] or None for number in releases})
    identifiers = hand.table("identifiers")
    for entity, scheme, numbers, per_name, per_number in (
        ("recording", "isrc", hand.recordings, found.recordings_per_isrc, found.isrcs_per_recording),
        ("release", "barcode", releases, found.releases_per_barcode, found.barcodes_per_release),
    ):
        having = [(n, value) for kind, n, s, value in identifiers if (kind, s) == (entity, scheme)]
        uses = Counter(value for _, value in having)
        hand.check(per_name, dict(enumerate(uses.values())))
        each = Counter(number for number, _ in having)
        hand.check(per_number, {number: each[number] or None for number in numbers})
    assert max(bar.low for bar in found.recordings_per_isrc.bars) == 3


def test_rights_and_sources(found: Statistics, hand: ByHand) -> None:
    statements: dict[int, set[str]] = {number: set() for number in hand.recordings}
    for number, _, statement, *_ in hand.table("rights"):
        statements[number].add(statement)
    hand.check_names(found.by_licence, statements)
    sources: dict[int, set[str]] = {number: set() for number in hand.recordings}
    for entity, number, source, *_ in hand.table("source_rows"):
        if entity == "recording":
            sources[number].add(source)
    hand.check_names(found.by_source, sources)
    assert [share.name for share in found.by_source.shares] == ["a", "b"]
    hand.check_names(found.by_sources, {n: {" + ".join(sorted(each))} for n, each in sources.items()})
    assert "a + b" in {share.name for share in found.by_sources.shares}


def test_coverage(found: Statistics, hand: ByHand) -> None:
    """Clause 6."""
    listens = sorted((float(hand.order.listens[n]) for n in hand.recordings), reverse=True)
    assert len(found.coverage) <= 200
    for point in found.coverage:
        assert point.listens == pytest.approx(sum(listens[: point.recordings]))
    assert found.coverage[-1].recordings == len(listens)


def test_the_interval_of_one_recording_is_its_own(found: Statistics) -> None:
    """Clause 5, for a band with one recording."""
    top = found.by_popularity.bars[-1]
    assert top.count == 1
    assert top.interval == pytest.approx(interval(top.listens or 0, 90_000, 90_000))


def test_intervals_of_bands_by_hand(found: Statistics, hand: ByHand) -> None:
    """Clauses 4 and 5: windows that lie within others aren't counted twice."""
    shape: dict[int, float] = dict.fromkeys(hand.recordings, 0.5)
    sums: dict[int, list[float]] = {}
    assert {(500.0, 90_000.0), (50.0, 900.0)} <= {(each[4], each[6]) for each in hand.table("listens")}
    for number, source, _, period, count, _, squares in hand.table("listens"):
        if source == "b" and period.startswith("2024-02"):
            continue
        pair = sums.setdefault(number, [0.0, 0.0])
        pair[0] += count
        pair[1] += count if squares is None else squares
    for number, (count, square) in sums.items():
        shape[number] += count * count / square if square else count
    for bar in found.by_popularity.bars:
        inside = [n for n in hand.recordings if bar.low <= hand.order.popularity[n] < (bar.high or 0)]
        if not inside:
            assert bar.interval is None
            continue
        total = hand.heard(inside)
        variance = sum(float(hand.order.listens[n]) ** 2 / shape[n] for n in inside)
        k = total * total / variance
        low, high = ((1 - 1 / (9 * k) + side * 1.959964 / (3 * sqrt(k))) for side in (-1, 1))
        assert bar.interval == pytest.approx((total * max(low, 0) ** 3, total * high**3))


def test_small_batches_and_few_names_change_nothing_but_the_names(
    snapshot: Built, found: Statistics, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, identity = snapshot
    made_of, order = load(root, identity), load_order(root, identity)
    assert statistics(root, made_of, order) == found
    for module in ("tenuto.catalogue.stream", "tenuto.catalogue.statistics.names"):
        monkeypatch.setattr(f"{module}.BATCH", 3)
    monkeypatch.setattr(runs, "_CHUNK", 7)
    again = statistics(root, made_of, order)
    for name in (field.name for field in fields(found)):
        assert rounded(getattr(again, name)) == rounded(getattr(found, name)), name
    monkeypatch.setattr(tallies, "MOST_NAMES", 1)
    fewer = statistics(root, made_of, order).by_licence
    assert (fewer.names, fewer.unknown, fewer.total) == (1, found.by_licence.unknown, found.by_licence.total)


def rounded(of: Any) -> Any:
    """Sums of listens in another order differ in the last digits."""
    if isinstance(of, float):
        return float(f"{of:.9g}")
    if isinstance(of, dict):
        return {name: rounded(value) for name, value in of.items()}
    if isinstance(of, tuple):
        return tuple(map(rounded, of))
    if isinstance(of, (str, int)) or of is None:
        return of
    return tuple(rounded(getattr(of, field.name)) for field in fields(of))


def test_the_file_is_small_and_the_same_each_time(snapshot: Built) -> None:
    root, identity = snapshot
    file = derived_folder(root, identity) / "statistics.json"
    before = file.read_bytes()
    file.unlink()
    opened(root, identity)
    assert file.read_bytes() == before
    assert len(before) < 200_000


def test_without_listens_there_is_no_coverage_and_no_interval(tmp_path: Path) -> None:
    identity = built(tmp_path, [harvest(tmp_path, "a", [row("k", "Song"), row("l", "Other")])])
    found = opened(tmp_path, identity).statistics()
    assert found.coverage == ()
    assert all(bar.interval is None for bar in found.by_popularity.bars)
    assert found.by_basis.shares[0].name == "none"
    assert found.by_genre == Ranking("recordings", 2, 2, 0, ())


def test_long_names_are_cut(tmp_path: Path) -> None:
    rows = [
        row(
            "k",
            "Song",
            artist="A" * 500,
            genre=f"{'G' * 500};Rock",
            evidence=(replace(BY, statement="L" * 9999),),
        )
    ]
    found = opened(tmp_path, built(tmp_path, [harvest(tmp_path, "a", rows)])).statistics()
    for of in (found.by_genre, found.artists_by_genre, found.by_artist, found.by_licence):
        assert {len(share.name) for share in of.shares} <= {4, 120}
        assert {share.count for share in of.shares} == {1}


def test_an_empty_catalogue_has_empty_figures(tmp_path: Path) -> None:
    identity = built(tmp_path, [harvest(tmp_path, "a", [row("r", "R", entity=Entity.RELEASE)])])
    found = opened(tmp_path, identity).statistics()
    assert found.by_year == Distribution("recordings", 0, 0, ())
    assert found.releases_by_year.total == 1


def test_each_artist_counts_once_in_each_of_many_genres(tmp_path: Path) -> None:
    draw = Random(3)
    genres = [f"Genre {n:02}" for n in range(29)]
    given = [(f"Artist {draw.randrange(12)}", draw.sample(genres, draw.randrange(4))) for _ in range(300)]
    rows = [row(f"k{n}", f"Song {n}", artist=a, genre="; ".join(own)) for n, (a, own) in enumerate(given)]
    found = opened(tmp_path, built(tmp_path, [harvest(tmp_path, "a", rows)])).statistics().artists_by_genre
    by_hand = Counter(genre for _, genre in {(a, genre) for a, own in given for genre in own})
    assert {share.name: share.count for share in found.shares} == by_hand
    assert found.total - found.unknown == len({artist for artist, own in given if own})


def test_names_without_live_rows_are_gone(tmp_path: Path) -> None:
    """Rows of replaced recordings stay in their part, and so do their names in its dictionaries."""
    first = [row(f"k{n}", f"Song {n}", genre=f"Genre {n}", evidence=(BY,)) for n in range(6)]
    later = [first[0], *(replace(each, genre="Rock", evidence=(ZERO,)) for each in first[1:])]
    identity = built(tmp_path, [harvest(tmp_path / "1", "a", first)])
    identity = built(tmp_path, [harvest(tmp_path / "2", "a", later)], identity)
    found = opened(tmp_path, identity).statistics()
    assert {share.name: share.count for share in found.by_genre.shares} == {"Rock": 5, "Genre 0": 1}
    assert {share.name for share in found.artists_by_genre.shares} == {"Rock", "Genre 0"}
    assert (found.by_genre.names, found.by_licence.names) == (2, 2)
