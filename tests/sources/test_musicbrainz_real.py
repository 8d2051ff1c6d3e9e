"""MusicBrainz's own test fixtures, put into the shape of its PostgreSQL dump (docs/sources/musicbrainz.md)."""

from collections import Counter

import pytest

from tenuto.model.ids import SourceName
from tenuto.model.source import Entity, RejectedRow, Scheme, SourceRow
from tenuto.sources.musicbrainz import MusicBrainzSource
from tenuto.testing.source import everything
from tests.shared import needs_shared_data
from tests.sources.musicbrainz_dumps import copy_text, fixture_tables, write_archive

pytestmark = needs_shared_data


@pytest.fixture(scope="module")
def items(tmp_path_factory: pytest.TempPathFactory) -> list[SourceRow | RejectedRow]:
    folder = tmp_path_factory.mktemp("musicbrainz")
    members = {f"mbdump/{table}": copy_text(table, *rows) for table, rows in fixture_tables().items()}
    write_archive(folder / "mbdump.tar.bz2", members)
    return everything(MusicBrainzSource(SourceName("musicbrainz"), [folder], folder / "scratch"))


def _rows(
    items: list[SourceRow | RejectedRow], key: str, entity: Entity = Entity.RECORDING
) -> list[SourceRow]:
    return [
        item for item in items if isinstance(item, SourceRow) and (item.key, item.entity) == (key, entity)
    ]


def test_every_row_arrives(items: list[SourceRow | RejectedRow]) -> None:
    """The fixtures insert 301 recordings, 453 tracks, 123 releases and 219 artists."""
    counts = Counter(item.entity for item in items if isinstance(item, SourceRow))
    assert counts == {Entity.RECORDING: 301 + 453, Entity.RELEASE: 123, Entity.ARTIST: 219}
    assert len(items) == sum(counts.values())


def test_identifiers(items: list[SourceRow | RejectedRow]) -> None:
    """Of 22 ISRCs one stands in a world without its recording; two recordings took over another's MBID."""
    found = [
        (row.key, each)
        for row in items
        if isinstance(row, SourceRow) and row.entity is Entity.RECORDING
        for each in row.identifiers
    ]
    assert sum(each.scheme is Scheme.ISRC for _, each in found) == 22
    assert sum(each.scheme is Scheme.MBID and each.value != key for key, each in found) == 2
