"""Real songs by real plays: what people mistype, they find."""

import csv

import pytest

from tenuto.catalogue.search import ShardedIndex, build_index, open_index
from tenuto.model.catalogue import Facets
from tenuto.testing.reporter import Notes
from tenuto.testing.search import Song, document_batch
from tests.shared import SHARED_DATA, needs_shared_data

pytestmark = needs_shared_data


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> ShardedIndex:
    folder = tmp_path_factory.mktemp("search")
    path = SHARED_DATA / "classic_rock_plays" / "classic-rock-song-list.csv"
    with path.open(encoding="utf-8-sig", newline="") as table:
        rows = sorted(csv.DictReader(table), key=lambda row: -int(row["PlayCount"]))
    songs = [
        Song(
            row["Song Clean"],
            row["ARTIST CLEAN"],
            year=int(row["Release Year"]) if row["Release Year"].isdigit() else None,
        )
        for row in rows
    ]
    build_index(folder, [document_batch(songs)], len(songs), Notes())
    return open_index(folder)


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("stairway to heaven", "Stairway to Heaven"),
        ("stairway to heavan", "Stairway to Heaven"),
        ("stiarway zeppelin", "Stairway to Heaven"),
        ("zepellin kashmir", "Kashmir"),
        ("aerosmtih dream", "Dream On"),
        ("hotel calfornia", "Hotel California"),
        ("botson more than", "More Than a Feeling"),
        ("xboston more than", "More Than a Feeling"),
        ("bohemain rapsody", "Bohemian Rhapsody"),
        ("who baba oreily", "Baba O'Reilly"),
        ("baba o\u2019reilly", "Baba O'Reilly"),
        ("ac/dc back in blakc", "Back In Black"),
        ("dont stop beleivin", "Don't Stop Believin'"),
        ("lynyrd skynryd free bird", "Free Bird"),
    ],
)
def test_songs_are_found_at_once(index: ShardedIndex, query: str, title: str) -> None:
    assert title in [line.title for line in index.find(query).recordings[:3]]


def test_the_most_played_stand_first(index: ShardedIndex) -> None:
    found = index.find("rolling stones", limit=200).recordings
    assert len(found) > 20
    plays = [line.popularity.listens for line in found]
    assert plays == sorted(plays, reverse=True)
    assert all("Stones" in line.artist for line in found)


def test_years_narrow(index: ShardedIndex) -> None:
    seventies = Facets(years=(1970, 1979))
    found = index.find("queen", facets=seventies, limit=100).recordings
    assert found
    assert all(line.year is not None and 1970 <= line.year <= 1979 for line in found)
    assert index.counts("queen", facets=seventies).hits == len(found)
