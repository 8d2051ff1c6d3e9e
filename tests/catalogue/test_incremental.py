"""A build on a parent holds what a build from nothing holds (docs/formats/snapshot.md, clauses 4-8)."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenuto.catalogue import Harvest
from tenuto.catalogue.diff import diff
from tenuto.catalogue.latest import LatestOpener, local_latest, write_latest
from tenuto.catalogue.lookup import PartReader, local_opener
from tenuto.catalogue.parts import kept
from tenuto.catalogue.snapshots import folder, load
from tenuto.catalogue.trace import source_rows
from tenuto.formats.snapshot import Part, PartKind, Snapshot
from tenuto.formats.tables import TABLES, Table
from tenuto.model.ids import Sha256, SnapshotId, SourceKey, SourceName, recording_id
from tenuto.model.source import Entity, Identifier, Listens, Scheme, SourceRow
from tests.catalogue.harvests import SMALL, built, harvest, isrc, opened, plays, row, tables_of

NUMBERED = ("recordings", "releases", "artists")
_MBIDS = [Identifier(Scheme.MBID, f"6f1c41c0-2f0f-4c58-9d5e-6c0a3c0f7a1{n}") for n in range(2)]
_BARCODE = Identifier(Scheme.BARCODE, "4006381333931")

_keys = st.sampled_from(["k0", "k1", "k2", "k3", "k4"])
_words = st.sampled_from(["", "Ohm", "OHM", "Une été"])
_recordings = st.builds(
    row, _keys, st.sampled_from(["Ohm", "Watt"]), artist=_words,
    artist_key=st.sampled_from([None, "k0", "k1"]), release=_words,
    release_key=st.sampled_from([None, None, "k0", "k1"]), release_artist=_words,
    track_number=st.sampled_from([None, 1, 2]), year=st.sampled_from([None, 1971]),
    identifiers=st.lists(st.sampled_from([isrc(0), isrc(1), isrc(2), *_MBIDS]), max_size=2).map(tuple),
)  # fmt: skip
_plays = st.builds(
    plays, st.sampled_from(["k0", "k1", "k5", ""]), st.sampled_from([1.0, 2.5, 1e300]),
    st.sampled_from(["", "Ohm"]),
    identifiers=st.lists(st.sampled_from([isrc(0), isrc(1)]), max_size=1).map(tuple),
)  # fmt: skip
_releases = st.builds(
    row, st.sampled_from(["k0", "k1"]), _words, entity=st.just(Entity.RELEASE), artist=_words,
    identifiers=st.lists(st.sampled_from([_BARCODE, *_MBIDS]), max_size=1).map(tuple),
)  # fmt: skip
_artists = st.builds(
    row, st.sampled_from(["k0", "k1"]), _words, entity=st.just(Entity.ARTIST),
    identifiers=st.lists(st.sampled_from(_MBIDS), max_size=1).map(tuple),
)  # fmt: skip
_rows = st.lists(st.one_of(_recordings, _recordings, _plays, _releases, _artists), max_size=24)

Version = tuple[list[SourceRow], list[SourceRow] | None]
"""What the two sources say; None: the second isn't there."""


def built_in_buckets(root: Path, harvests: list[Harvest], parent: SnapshotId | None) -> SnapshotId:
    """As where there are far more rows: in many buckets, slices and ranges."""
    with patch.multiple("tenuto.catalogue.core", ROWS_PER_BUCKET=4, RELEASES_AT_ONCE=2, _RANGE=3):
        return built(root, harvests, parent)


class Chain:
    """Snapshots of one archive, each built on the one before, in many buckets."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._last: SnapshotId | None = None
        self._all: list[SnapshotId] = []
        self._given: dict[tuple[str, int], str] = {}
        """The id that each number was ever given to."""
        self._owns: dict[str, set[str]] = {}
        """Of each recording of the parent, the ids that its keys would have of their own."""
        self._redirects: dict[str, str] = {}
        self._places: dict[tuple[str, str, str], list[int]] = {}
        self._values: dict[tuple[str, str], set[Any]] = {}
        """By table and column, all values that single rows were ever found by."""

    def build(self, place: Path, rows: Version) -> Snapshot:
        harvests = _harvests(place, rows)
        now = built_in_buckets(self._root, harvests, self._last)
        tables, fresh = tables_of(self._root, now), tables_of(place, built(place, harvests))
        self._all.append(now)
        for before in {self._all[0], *self._all[-2:-1]}:
            self._check_diff(before, now)
        ours, theirs = _worded(tables), _worded(fresh)
        for name in ours.keys() - {"redirects"}:
            assert ours[name] == theirs[name], name
        assert load(self._root, now).counts == {name: len(found) for name, found in tables.items()}
        self._check_numbers(now, tables)
        self._check_redirects(tables, dict(fresh["redirects"]))
        _check_every_row(tables, rows)
        self._check_ordinals(tables, rows)
        self._check_look_ups(now, tables)
        self._check_parts(now)
        assert built_in_buckets(self._root, harvests, now) == now
        self._last = now
        return load(self._root, now)

    def _check_diff(self, before: SnapshotId, now: SnapshotId) -> None:
        """delta.md, clauses 7 and 9: counts add up, and full comparison says what later parts say."""
        found = diff(self._root, before, now, resources=SMALL)
        with patch("tenuto.catalogue.diff.descends", return_value=False):
            assert diff(self._root, before, now, resources=SMALL) == found
        gained = found.added + found.split_off - found.removed - found.merged
        assert found.before + gained == found.after

    def _check_numbers(self, now: SnapshotId, tables: dict[str, list[tuple[Any, ...]]]) -> None:
        """A number is given once; clause 8: popularity has a row for each."""
        snapshot = load(self._root, now)
        for name in NUMBERED:
            for number, identity, *_ in tables[name]:
                assert self._given.setdefault((name, number), identity) == identity
                assert number < snapshot.numbers[name]
        popularity = pq.read_table(folder(self._root, now) / "popularity.parquet")
        assert len(popularity) == snapshot.numbers["recordings"] == snapshot.popularity.rows
        live = {each[0] for each in tables["recordings"]}
        values = popularity.column("popularity").to_pylist()
        assert {number for number, value in enumerate(values) if value is not None} == live

    def _check_look_ups(self, now: SnapshotId, tables: dict[str, list[tuple[Any, ...]]]) -> None:
        """Clauses 4 and 16: live rows alone are found, with `latest` and without it."""
        snapshot, core = load(self._root, now), local_opener(self._root / "catalogue" / "core")
        write_latest(self._root, now, snapshot, SMALL)
        opened = set[int]()

        def opener(table: Table, part: Part) -> pq.ParquetFile:
            opened.add(part.generation)
            return core(table, part)

        def found(
            latest: LatestOpener | None, column: str, value: Any, **where: str
        ) -> list[tuple[Any, ...]]:
            opened.clear()
            rows = PartReader(snapshot, opener, latest).rows(table.name, column, value, **where)
            assert latest is None or len(opened - {0}) <= 1
            return [
                tuple(str(cell) if isinstance(cell, UUID) else cell for cell in row.values()) for row in rows
            ]

        for table in TABLES:
            for column in {table.key[-1], *table.ranges} - {"entity", "source"}:
                place = table.column_names.index(column)
                values = self._values.setdefault((table.name, column), set())
                values |= {cells[place] for cells in tables[table.name]}
                for value in values:
                    wanted = [cells for cells in tables[table.name] if cells[place] == value]
                    plain = UUID(value).bytes if column == "id" else value
                    for latest in (None, local_latest(self._root, now)):
                        each = [found(latest, column, plain, **where) for where in _parts_of_key(table)]
                        assert [row for rows in each for row in rows] == wanted, (table.name, column, value)

    def _check_parts(self, now: SnapshotId) -> None:
        """Clause 4: parts of one generation have no key in common."""
        core = self._root / "catalogue" / "core"
        for table in TABLES:
            keys = Counter[tuple[Any, ...]]()
            for part in load(self._root, now).parts[table.name]:
                rows = pq.read_table(core / table.name / part.file_name, columns=list(table.key)).to_pylist()
                keys.update({(part.generation, *row.values()) for row in rows})
            assert not keys or max(keys.values()) == 1, table.name

    def _check_ordinals(self, tables: dict[str, list[tuple[Any, ...]]], rows: Version) -> None:
        """Clause 14: rows keep their ordinals; those that come stand behind, in their source's order."""
        before, now = self._places, _places(tables)
        for key, ordinals in now.items():
            kept = min(len(ordinals), len(before.get(key, ())))
            assert ordinals[:kept] == before.get(key, [])[:kept]
        for name, found in zip("ab", rows, strict=True):
            last = max(
                (ordinals[-1] for (source, *_), ordinals in before.items() if source == name), default=-1
            )
            come, seen = [], Counter[tuple[str, str, str]]()
            for each in found or ():
                key = (name, str(each.key), str(each.entity))
                if seen[key] >= len(before.get(key, ())):
                    come.append(now[key][seen[key]])
                seen[key] += 1
            assert come == list(range(last + 1, last + 1 + len(come)))
        self._places = now

    def _check_redirects(self, tables: dict[str, list[tuple[Any, ...]]], fresh: dict[str, str]) -> None:
        """Clause 7: an id is a recording or a redirect, and the parent's ids lead to their keys'."""
        redirects, ids = (
            dict(tables["redirects"]),
            {number: each for number, each, *_ in tables["recordings"]},
        )
        assert not redirects.keys() & set(ids.values())
        assert fresh.items() <= redirects.items()
        keys: dict[str, set[str]] = {}
        for entity, number, source, _, key, *_ in tables["source_rows"]:
            if entity == "recording":
                keys.setdefault(ids[number], set()).add(recording_id(SourceName(source), SourceKey(key)))
        standing = {own: identity for identity, owns in keys.items() for own in owns}
        for identity, owns in self._owns.items():
            if identity not in keys and any(own in standing for own in owns):
                assert redirects[identity] in {standing[own] for own in owns if own in standing}
        assert self._redirects.keys() <= redirects.keys() | keys.keys()
        assert not {target for target in redirects.values() if target in redirects}
        self._owns, self._redirects = keys, redirects


def _parts_of_key(table: Table) -> list[dict[str, str]]:
    """What stands in a key beside its last column, in order: entities, or sources."""
    if len(table.key) == 1:
        return [{}]
    return [{table.key[0]: word} for word in ("a", "artist", "b", "recording", "release")]


def _harvests(place: Path, rows: Version) -> list[Harvest]:
    names = [("a", 1, False), ("b", 2, True)]
    return [
        harvest(place, name, found, priority, files=files)
        for (name, priority, files), found in zip(names, rows, strict=True)
        if found is not None
    ]


def _worded(tables: dict[str, list[tuple[Any, ...]]]) -> dict[str, list[str]]:
    """The tables with ids for numbers, and without ordinals, which depend on the parent."""
    ids = {name: {number: identity for number, identity, *_ in tables[name]} for name in NUMBERED}
    numbered = {"recording": "recordings", "release": "releases", "artist_number": "artists"}

    def worded(names: tuple[str, ...], cells: tuple[Any, ...]) -> tuple[Any, ...]:
        entity = cells[names.index("entity")] + "s" if "entity" in names else ""
        of = dict.fromkeys(names, "") | numbered | {"number": entity}
        return tuple(
            ids[of[name]].get(cell, cell) if of[name] in ids else cell
            for name, cell in zip(names, cells, strict=True)
            if name != "ordinal" and not (name == "number" and not entity)
        )

    return {
        table.name: sorted(repr(worded(table.column_names, each)) for each in tables[table.name])
        for table in TABLES
    }


def _places(tables: dict[str, list[tuple[Any, ...]]]) -> dict[tuple[str, str, str], list[int]]:
    """The ordinals of the rows of a source that have one key and kind."""
    found: dict[tuple[str, str, str], list[int]] = {}
    for entity, _, source, ordinal, key, listens, _ in tables["source_rows"]:
        found.setdefault((source, key, "listens" if listens else entity), []).append(ordinal)
    for source, ordinal, entity, key, _ in tables["unplaced_rows"]:
        found.setdefault((source, key, entity), []).append(ordinal)
    return {key: sorted(ordinals) for key, ordinals in found.items()}


def _check_every_row(tables: dict[str, list[tuple[Any, ...]]], rows: Version) -> None:
    """Invariant 7: each row leads to something that is there, or has a reason."""
    known = {(name[:-1], each[0]) for name in NUMBERED for each in tables[name]}
    assert {(entity, number) for entity, number, *_ in tables["source_rows"]} <= known
    everything = Counter(
        (name, str(each.key), str(each.entity))
        for name, found in zip("ab", rows, strict=True)
        for each in found or ()
    )
    assert {key: len(ordinals) for key, ordinals in _places(tables).items()} == everything
    traced = [(source, ordinal) for _, _, source, ordinal, *_ in tables["source_rows"]]
    refused = [(source, ordinal) for source, ordinal, *_ in tables["unplaced_rows"]]
    assert len({*traced, *refused}) == everything.total()


@settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(_rows, st.one_of(st.none(), _rows, _rows)), min_size=2, max_size=3))
def test_a_chain_of_builds_holds_what_a_build_from_nothing_holds(
    versions: list[Version],
) -> None:
    with TemporaryDirectory() as name:
        chain = Chain(Path(name) / "chain")
        for n, rows in enumerate(versions):
            chain.build(Path(name) / str(n), rows)


def test_generations_are_taken_in(tmp_path: Path) -> None:
    """Clause 5: of the later generations each has more than twice the rows of the next."""
    songs = [row(f"k{n}", f"Song {n}", identifiers=(isrc(n),), release=f"Album {n % 3}") for n in range(12)]
    chain = Chain(tmp_path / "chain")
    for n in range(6):
        now = [*songs[:n], replace(songs[n], title=f"Song {n}, live"), *songs[n + 1 :]]
        del now[(n * 5) % 7], now[(n * 3) % 5]
        snapshot = chain.build(tmp_path / str(n), (now, None))
        for name, parts in snapshot.parts.items():
            rows = Counter[int]()
            for part in parts:
                rows[part.generation] += part.rows
            later = [rows[generation] for generation in sorted(rows) if generation]
            assert all(older > 2 * newer for older, newer in pairwise(later)), name


def test_what_goes_and_comes_back_is_found_by_its_id(tmp_path: Path) -> None:
    """Clause 16: it has another number then; the last one counts."""
    chain, back = Chain(tmp_path / "chain"), row("k9", "Back")
    rows = [row(f"k{n}", f"Song {n}") for n in range(6)]
    for n, now in enumerate([rows[:1], [*rows, back], rows, [*rows, back], rows[:2], [back]]):
        chain.build(tmp_path / str(n), (now, None))


def _later(*rows: int) -> tuple[Part, ...]:
    """A first generation of a million rows, and later ones with so many rows and one removal each."""
    counts = [(0, PartKind.ROWS, 1_000_000)]
    for generation, count in enumerate(rows, 1):
        counts += [(generation, PartKind.ROWS, count - 1), (generation, PartKind.REMOVALS, 1)]
    return tuple(Part(kind, generation, Sha256(""), count, 0, {}) for generation, kind, count in counts)


@pytest.mark.parametrize(
    ("before", "rows", "left"),
    [
        ((), 5, 0),
        ((500,), 249, 1),
        ((500,), 250, 0),
        ((4800, 1600, 500), 300, 0),
        ((4801, 1600, 500), 300, 1),
        ((4800, 1601, 500), 300, 2),
        ((6000, 2000), 4000, 1),
        ((9000,), 9000, 1),
        ((100,), 20_000, 1),
    ],
)
def test_what_is_taken_in_is_bounded(before: tuple[int, ...], rows: int, left: int) -> None:
    """Clause 5: twice what came behind it, and together at most a hundredth of all rows."""
    parents = _later(*before)
    assert kept(parents, rows) == parents[: 1 + 2 * left]


def test_a_table_that_began_small_takes_in_by_what_it_has_become() -> None:
    """Clause 5: the bound doesn't hang on the first build alone."""
    parents = _later(10_000_000, 40_000)
    assert kept(parents[1:], 30_000) == parents[1:3]


def test_a_row_that_comes_first_changes_no_other(tmp_path: Path) -> None:
    """Clause 14: rows that only moved aren't written again, and keep their rank before the new one."""
    rows = [row(f"k{n}", f"Song {n}", release=f"Album {n // 10}") for n in range(100)]
    harvests = [harvest(tmp_path / "1", "a", rows)]
    before = built(tmp_path, harvests)
    moved = [row("new", "New"), *rows[:50], *rows[51:]]
    after = built(tmp_path, [harvest(tmp_path / "2", "a", moved)], before)
    later = load(tmp_path, after).parts["source_rows"][1:]
    assert {part.kind: part.rows for part in later} == {PartKind.ROWS: 1, PartKind.REMOVALS: 1}
    found = diff(tmp_path, before, after, resources=SMALL)
    assert (found.added, found.removed, found.changed) == (1, 1, 0)
    titles = [detail.summary.title for detail in opened(tmp_path, after).ranked()]
    assert titles == [f"Song {n}" for n in range(100) if n != 50] + ["New"]


def test_a_period_that_goes_on_changes_no_count(tmp_path: Path) -> None:
    """Clause 9: what a source counts until today is written again where it was heard today."""
    songs = [row(f"k{n}", f"Song {n}") for n in range(20)]

    def counted(day: int, *, heard: int) -> list[SourceRow]:
        counts = (Listens(n + (n == 7) * heard, "listens", f"2024-01-01/2024-06-{day:02}") for n in range(20))
        return [
            replace(each, entity=Entity.LISTENS, title="", listens=n)
            for each, n in zip(songs, counts, strict=True)
        ]

    def day(number: int, *, heard: int) -> list[Harvest]:
        rows = [*songs, *counted(number, heard=heard)]
        return [harvest(tmp_path / str(number), "a", rows)]

    before = built(tmp_path, day(1, heard=0))
    after = built(tmp_path, day(2, heard=5), before)
    found = diff(tmp_path, before, after, resources=SMALL)
    assert (found.changed, found.changed_in) == (1, {"listens": 1, "source_rows": 1})
    later = {
        name: sum(part.rows for part in parts[1:]) for name, parts in load(tmp_path, after).parts.items()
    }
    assert {name: rows for name, rows in later.items() if rows} == {"listens": 1, "source_rows": 2}
    assert load(tmp_path, after).periods == {"a": "2024-01-01/2024-06-02"}
    catalogue = opened(tmp_path, after)
    (told,) = [detail for detail in catalogue.ranked() if detail.summary.title == "Song 7"]
    assert told.listens == catalogue.show("a:k7").listens
    assert told.listens == ((SourceName("a"), Listens(12.0, "listens", "2024-01-01/2024-06-02")),)
    traced = source_rows(tmp_path, after, SourceName("a"), resources=SMALL)
    assert {row.listens.window for row in traced if row.listens} == {"2024-01-01/2024-06-02"}
