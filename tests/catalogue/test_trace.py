"""The rows of each source come back from the snapshot (docs/formats/snapshot.md, Round trip)."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenuto.catalogue.trace import source_rows
from tenuto.formats.harvest import read_rows
from tenuto.model.errors import NotFoundError
from tenuto.model.ids import SourceKey, SourceName
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
from tests.catalogue.harvests import SMALL, built, harvest, isrc, row, rows_of

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


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
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
