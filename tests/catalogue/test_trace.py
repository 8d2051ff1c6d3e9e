"""The rows of each source come back from the snapshot (docs/formats/snapshot.md, Round trip)."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import chain, zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenuto.catalogue import find_harvests
from tenuto.catalogue.trace import source_rows
from tenuto.formats.harvest import read_rows
from tenuto.model.errors import NotFoundError
from tenuto.model.ids import SourceKey, SourceName
from tenuto.model.ports import Source
from tenuto.model.rights import Evidence, EvidenceKind
from tenuto.model.source import (
    Access,
    Entity,
    Features,
    Identifier,
    Listens,
    Location,
    Mode,
    Scheme,
    SourceRow,
)
from tenuto.sources.folder import FolderSource
from tenuto.sources.harvest import harvest as collect
from tenuto.sources.listenbrainz import ListenBrainzSource
from tenuto.sources.musicbrainz import MusicBrainzSource
from tenuto.sources.table import TableSource, load_mapping
from tenuto.testing.source import Silence
from tests.app.music import make_collection
from tests.catalogue.harvests import SMALL, built, harvest, isrc, row, rows_of
from tests.shared import SHARED_DATA, needs_shared_data
from tests.sources.listenbrainz import samples
from tests.sources.musicbrainz_dumps import copy_text, fixture_tables, write_archive

_MBIDS = [Identifier(Scheme.MBID, f"6f1c41c0-2f0f-4c58-9d5e-6c0a3c0f7a1{n}") for n in range(2)]
_words = st.sampled_from(["", "Ohm", "OHM", 'a "quoted":\\ \n☃'])
_keys = st.sampled_from([None, "k0", "k1", "Ohm"])
_small = st.sampled_from([None, 0, 1, 2])
_evidence = st.builds(
    Evidence, st.sampled_from(list(EvidenceKind)), _words.filter(bool), _words, st.sampled_from(["", "Me"])
)
_locations = st.builds(
    Location, st.sampled_from(["folder:a/x", "https://example.org/y"]), st.sampled_from(list(Access)),
    st.sampled_from([None, 5]), st.sampled_from([None, "0" * 64]),
)  # fmt: skip
_counts = st.builds(
    Listens, st.sampled_from([0.0, 1.0, 2.5, 1 / 3]), st.sampled_from(["plays", ""]),
    st.sampled_from(["", "2014-06-16/2014-06-23"]), st.sampled_from(["", "", "somebody"]),
    st.sampled_from([None, 3]), st.sampled_from([None, 1.0, 7.25]),
)  # fmt: skip
_features = st.builds(
    Features, st.sampled_from([None, True, False]), st.sampled_from([None, 11]),
    st.sampled_from([None, *Mode]), st.sampled_from([None, 120.0, 99.5]),
).filter(lambda each: each != Features())  # fmt: skip


def _rows(entity: Entity) -> st.SearchStrategy[SourceRow]:
    identifiers = [*_MBIDS, isrc(0), isrc(1)] if entity in {Entity.RECORDING, Entity.LISTENS} else _MBIDS
    return st.builds(
        row, st.sampled_from(["k0", "k1", "k2", "Ohm"]), _words, entity=st.just(entity), artist=_words,
        artist_key=_keys, release=_words, release_key=_keys, release_artist=_words, label=_words,
        genre=_words, disc_number=_small, track_number=_small, year=_small, duration_ms=_small,
        identifiers=st.lists(st.sampled_from(identifiers), max_size=2, unique=True).map(tuple),
        evidence=st.lists(_evidence, max_size=2, unique=True).map(tuple),
        location=st.one_of(st.none(), _locations), features=st.one_of(st.none(), _features),
        listens=_counts if entity is Entity.LISTENS else st.one_of(st.none(), _counts),
    )  # fmt: skip


_sources = st.lists(st.one_of(*map(_rows, [*Entity, Entity.RECORDING])), max_size=30)


def _same(rows: Iterable[SourceRow]) -> list[SourceRow]:
    """Rows but for what isn't kept: `raw`, and the order within lists."""
    return [
        replace(
            each,
            raw="",
            identifiers=tuple(sorted(set(each.identifiers), key=repr)),
            evidence=tuple(sorted(set(each.evidence))),
        )
        for each in rows
    ]


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(_sources, _sources)
def test_every_row_comes_back(one: list[SourceRow], two: list[SourceRow]) -> None:
    """snapshot.md, clause 13."""
    with TemporaryDirectory() as name:
        root = Path(name)
        harvests = [harvest(root, "a", one, 1), harvest(root, "b", two, 2, files=True)]
        snapshot = built(root, harvests)
        unplaced = {(source, ordinal) for source, ordinal, *_ in rows_of(root, snapshot, "unplaced_rows")}
        for each in harvests:
            told = [row for row in read_rows(each.rows[0]) if (row.source, row.ordinal) not in unplaced]
            assert _same(source_rows(root, snapshot, each.name, resources=SMALL)) == _same(told)


def test_a_source_that_is_not_there(tmp_path: Path) -> None:
    snapshot = built(tmp_path, [harvest(tmp_path, "a", [row("k", "T", artist_key=SourceKey("x"))])])
    with pytest.raises(NotFoundError, match="no source"):
        next(source_rows(tmp_path, snapshot, SourceName("b"), resources=SMALL))


@needs_shared_data
@pytest.mark.parametrize(
    ("mapping", "folder"),
    [
        ("freemusicc", "freemusicc"),
        ("classic_rock_plays", "classic_rock_plays"),
        ("openverse_jamendo", "openverse_jamendo_sample"),
    ],
)
def test_real_tables_come_back(mapping: str, folder: str, tmp_path: Path) -> None:
    """snapshot.md, clause 13, on the tables as they were published."""
    name = SourceName(mapping.replace("_", "-"))
    table = TableSource(name, load_mapping(mapping), SHARED_DATA / folder)
    harvested = collect(table, tmp_path / "harvest", Silence())
    snapshot = built(tmp_path, find_harvests(tmp_path / "harvest"))
    rows = chain.from_iterable(read_rows(path) for path in harvested.segments)
    assert rows_of(tmp_path, snapshot, "unplaced_rows") == []
    for ours, theirs in zip_longest(_same(source_rows(tmp_path, snapshot, name)), _same(rows)):
        assert ours == theirs


@needs_shared_data
def test_sources_that_merge_come_back(tmp_path: Path) -> None:
    """snapshot.md, clause 13: MusicBrainz' fixtures, listens of them, and a folder of files."""
    members = {f"mbdump/{table}": copy_text(table, *rows) for table, rows in fixture_tables().items()}
    (tmp_path / "dump").mkdir()
    write_archive(tmp_path / "dump" / "mbdump.tar.bz2", members)
    samples.spark(tmp_path / "listens", 1, samples.times(40, user=1), [samples.Heard(user=2)])
    sources: list[Source] = [
        MusicBrainzSource(SourceName("musicbrainz"), [tmp_path / "dump"], tmp_path / "s", priority=1),
        ListenBrainzSource(SourceName("listenbrainz"), [tmp_path / "listens"], tmp_path / "s", priority=2),
        FolderSource(SourceName("files"), make_collection(tmp_path / "music"), priority=3),
    ]
    harvested = [collect(each, tmp_path / "harvest", Silence()) for each in sources]
    snapshot = built(tmp_path, find_harvests(tmp_path / "harvest"))
    unplaced = {(source, ordinal) for source, ordinal, *_ in rows_of(tmp_path, snapshot, "unplaced_rows")}
    for each in harvested:
        rows = chain.from_iterable(read_rows(path) for path in each.segments)
        told = [row for row in rows if (row.source, row.ordinal) not in unplaced]
        assert told
        assert _same(source_rows(tmp_path, snapshot, each.description.name)) == _same(told)
