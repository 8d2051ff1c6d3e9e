"""The shipped mapping on a sample in the FMA data set's documented form (mapping.md), not on the real one."""

import csv
from functools import partial
from pathlib import Path

import pytest

from tenuto.model.ids import SourceName
from tenuto.model.rights import EvidenceKind
from tenuto.model.source import Entity, Listens, SourceRow
from tenuto.sources.table import TableSource, load_mapping
from tenuto.testing.source import Opener, SourceContract, everything

TRACK_COLUMNS = (
    *("track_id", "album_id", "album_title", "album_url", "artist_id", "artist_name", "artist_url"),
    *("artist_website", "license_image_file", "license_image_file_large", "license_parent_id"),
    *("license_title", "license_url", "tags", "track_bit_rate", "track_comments", "track_composer"),
    *("track_copyright_c", "track_copyright_p", "track_date_created", "track_date_recorded"),
    *("track_disc_number", "track_duration", "track_explicit", "track_explicit_notes", "track_favorites"),
    *("track_file", "track_genres", "track_image_file", "track_information", "track_instrumental"),
    *("track_interest", "track_language_code", "track_listens", "track_lyricist", "track_number"),
    *("track_publisher", "track_title", "track_url"),
)
ALBUM_COLUMNS = (
    *("album_id", "album_comments", "album_date_created", "album_date_released", "album_engineer"),
    *("album_favorites", "album_handle", "album_image_file", "album_images", "album_information"),
    *("album_listens", "album_producer", "album_title", "album_tracks", "album_type", "album_url"),
    *("artist_name", "artist_url", "tags"),
)
GENRES = """[{'genre_id': '21', 'genre_title': 'Hip-Hop'}, {'genre_id': '1', 'genre_title': "90's"}]"""
BY = "http://creativecommons.org/licenses/by/3.0/"


def _write(path: Path, columns: tuple[str, ...], *rows: dict[str, str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    one = {
        "track_id": "2",
        "album_id": "1.0",
        "album_title": "A Way",
        "artist_id": "1",
        "artist_name": "Someone",
        "license_title": "Attribution",
        "license_url": BY,
        "track_copyright_p": "The Label",
        "track_disc_number": "1",
        "track_duration": "02:48",
        "track_file": "music/WFMU/Someone/Some - 03 - Food.mp3",
        "track_genres": GENRES,
        "track_listens": "1293",
        "track_number": "3",
        "track_title": "Food",
    }
    two = {
        "track_id": "3",
        "artist_id": "1",
        "license_title": "FMA-Limited: Download Only",
        "track_title": "Odd",
    }
    _write(tmp_path / "raw_tracks.csv", TRACK_COLUMNS, one, two | {"track_duration": "01:02:03"})
    album = {
        "album_id": "1",
        "album_date_released": "1/05/2009",
        "album_title": "A Way",
        "artist_name": "Various",
    }
    _write(tmp_path / "raw_albums.csv", ALBUM_COLUMNS, album | {"album_information": "<p>two\nlines</p>"})
    _write(
        tmp_path / "raw_artists.csv",
        ("artist_id", "artist_bio", "artist_name"),
        {"artist_id": "1", "artist_name": "Someone"},
    )
    return tmp_path


def _source(folder: Path) -> TableSource:
    return TableSource(SourceName("fma"), load_mapping("freemusicarchive"), folder)


class TestTheSampleKeepsTheContract(SourceContract):
    @pytest.fixture
    def source(self, folder: Path) -> Opener:
        return partial(_source, folder)


def test_tracks_albums_and_artists(folder: Path) -> None:
    rows = [item for item in everything(_source(folder)) if isinstance(item, SourceRow)]
    food, odd, album, artist = rows
    assert (food.key, food.title, food.artist, food.artist_key) == ("2", "Food", "Someone", "1")
    assert (food.release, food.release_key, food.release_artist, food.year) == ("A Way", "1", "Various", 2009)
    assert (food.disc_number, food.track_number, food.duration_ms) == (1, 3, 168_000)
    assert food.genre == "Hip-Hop; 90's"
    assert food.listens == Listens(1293.0, "listens")
    assert food.location is not None
    assert (
        food.location.uri
        == "https://files.freemusicarchive.org/music/WFMU/Someone/Some%20-%2003%20-%20Food.mp3"
    )
    (evidence,) = food.evidence
    assert (evidence.kind, evidence.statement, evidence.holder) == (EvidenceKind.TABLE, BY, "The Label")
    assert evidence.origin == "raw_tracks.csv: column license_url or license_title"
    assert (odd.duration_ms, odd.location, odd.release_key) == (3_723_000, None, None)
    assert odd.evidence[0].statement == "FMA-Limited: Download Only"
    assert (album.entity, album.key, album.title, album.year) == (Entity.RELEASE, "1", "A Way", 2009)
    assert (artist.entity, artist.key, artist.title) == (Entity.ARTIST, "1", "Someone")


def test_the_mapping_says_what_its_keys_are() -> None:
    assert not load_mapping("freemusicarchive").keys_are_recordings
