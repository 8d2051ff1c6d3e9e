"""The shipped mappings on the real tables, against the facts in their description."""

import re
from collections import Counter

from tenuto.model.ids import SourceName
from tenuto.model.source import Access, Entity, RejectedRow, SourceRow
from tenuto.sources.table import TableSource, load_mapping
from tenuto.testing.source import everything
from tests.shared import SHARED_DATA, needs_shared_data

pytestmark = needs_shared_data

FREE = re.compile(r"http://creativecommons\.org/(licenses/(by|by-sa)/\d|publicdomain/|licenses/publicdomain)")


def _items(mapping: str, folder: str) -> list[SourceRow | RejectedRow]:
    name = SourceName(mapping.replace("_", "-"))
    return everything(TableSource(name, load_mapping(mapping), SHARED_DATA / folder))


def test_freemusicc() -> None:
    rows = [item for item in _items("freemusicc", "freemusicc") if isinstance(item, SourceRow)]
    assert len(rows) == 21_502
    statements = Counter(row.evidence[0].statement if row.evidence else "" for row in rows)
    assert statements[""] == 2_238
    assert statements["http://freemusicarchive.org/FMA_License"] == 52
    assert sum(count for statement, count in statements.items() if FREE.match(statement)) == 1_359
    assert len(rows) - len({row.key for row in rows}) == 408
    assert all(row.location and row.location.access is Access.REMOTE for row in rows)
    assert all(row.release_key and row.year for row in rows)
    genres = Counter(genre for row in rows for genre in row.genre.split("; "))
    assert genres["Electronic"] > genres["Ambient"] > 1_000
    assert not any("," in row.genre for row in rows)


def test_classic_rock_plays() -> None:
    items = _items("classic_rock_plays", "classic_rock_plays")
    plays = [item for item in items if isinstance(item, SourceRow)]
    assert len(items) == 37_673
    assert len({play.key for play in plays}) == 2_229
    assert all(play.entity is Entity.LISTENS and play.title and play.artist for play in plays)
    assert {play.listens.window for play in plays if play.listens} == {"2014-06-16/2014-06-23"}
    assert sum(play.listens.count for play in plays if play.listens) == len(plays)
    stations = Counter(play.listens.listener for play in plays if play.listens)
    assert (len(stations), stations["KGB"]) == (25, 1_650)
    nameless = [item for item in items if isinstance(item, RejectedRow)]
    assert len(nameless) == 26
    assert all('"song":""' in item.raw for item in nameless)


def test_classic_rock_songs_share_their_plays_keys() -> None:
    rows = [item for item in _items("classic_rock", "classic_rock_plays") if isinstance(item, SourceRow)]
    songs = {row.key for row in rows if row.entity is Entity.RECORDING}
    plays = {row.key for row in rows if row.entity is Entity.LISTENS}
    assert len(songs) == 2_229
    assert len(songs & plays) == 2_224


def test_openverse_jamendo() -> None:
    rows = [
        item
        for item in _items("openverse_jamendo", "openverse_jamendo_sample")
        if isinstance(item, SourceRow)
    ]
    assert len(rows) == 100
    listens = [row.listens.count for row in rows if row.listens]
    assert (len(listens), min(listens), max(listens)) == (100, 0, 552_266)
    assert all(row.duration_ms and row.evidence and row.location and row.artist_key for row in rows)
    assert sum(row.genre == "pop; rock" for row in rows) == 4
