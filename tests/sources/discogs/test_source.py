"""docs/sources/discogs.md: a month's dumps as rows."""

import gzip
import json
from functools import partial
from pathlib import Path

import pytest

from tenuto.model.errors import ConfigurationError, FixityError, NotFoundError
from tenuto.model.ids import SourceName
from tenuto.model.source import Entity, Identifier, RejectedRow, Scheme, SourceRow
from tenuto.sources.discogs import DiscogsSource
from tenuto.testing.source import Opener, Silence, SourceContract, everything
from tests.sources.discogs import samples
from tests.sources.discogs.samples import artist, artists, document, master, release, track

NAME = SourceName("discogs")
INDEX = track("", "Piano Concerto No. 1", parts=track("1-2", "Third Movement", "4:50"))
MIX = track("11", "Megamix", "9:00", parts=track("11.a", "909 Shuffle", "3:10"))
TRACKS = (
    track("", "Live in 1974")
    + track(
        "1-1", "A Time And A Place", "4:06", by=artists(("39765", "Emerson (2)", "", "&"), ("4", "Palmer"))
    )
    + INDEX
    + MIX
    + track("1-1", "Printed twice")
    + track("", "Hidden", "1:00")
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "dumps"
    codes = (("Barcode", "0 74646-36282 2", ""), ("ISRC", "GB-AYE-74-00068", "Track 1-1"), ("ISRC", "x", "1"))
    samples.write(root, "artists", document("artists", artist(27, "Cari Lekebusch (2)"), artist("x", "?")))
    samples.write(root, "masters", document("masters", master(122, "1974"), master(123, "0")))
    samples.write(
        root,
        "releases",
        document(
            "releases",
            release(1, tracks=TRACKS, master="122", identifiers=codes),
            release("two"),
            release(3, released="", master="123", tracks=track("A1", "Side")),
        ),
    )
    samples.write_checksums(root)
    return root


def _source(folder: Path) -> DiscogsSource:
    return DiscogsSource(NAME, folder)


def _rows(folder: Path) -> list[SourceRow]:
    return [each for each in everything(_source(folder)) if isinstance(each, SourceRow)]


class TestContract(SourceContract):
    @pytest.fixture
    def source(self, folder: Path) -> Opener:
        return partial(_source, folder)


def test_keys_and_order(folder: Path) -> None:
    assert [(each.entity, each.key) for each in _rows(folder)] == [
        (Entity.ARTIST, "artist/27"),
        (Entity.RELEASE, "release/1"),
        (Entity.RECORDING, "release/1/1-1"),
        (Entity.RECORDING, "release/1/1-2"),
        (Entity.RECORDING, "release/1/11"),
        (Entity.RECORDING, "release/1/#4"),
        (Entity.RECORDING, "release/1/#5"),
        (Entity.RELEASE, "release/3"),
        (Entity.RECORDING, "release/3/A1"),
    ]


def test_a_release(folder: Path) -> None:
    row = _rows(folder)[1]
    assert (row.title, row.artist, row.artist_key) == ("Profound Sounds Vol. 1", "Josh Wink", "artist/3")
    assert (row.year, row.label, row.genre) == (1999, "Ruffhouse Records", "Electronic; Techno; Tech House")
    assert row.identifiers == (Identifier(Scheme.BARCODE, "074646362822"),)
    raw = json.loads(row.raw)
    assert raw["identifiers"][0] == {"type": "Barcode", "value": "0 74646-36282 2"}
    assert raw["labels"] == [{"name": "Ruffhouse Records (2)", "catno": "CK 63628", "id": "6"}]


def test_tracks(folder: Path) -> None:
    first, second, third, fourth, fifth = _rows(folder)[2:7]
    assert (first.title, first.artist, first.artist_key) == (
        "A Time And A Place",
        "Emerson & Palmer",
        "artist/39765",
    )
    assert (first.release, first.release_key) == ("Profound Sounds Vol. 1", "release/1")
    assert (first.disc_number, first.track_number, first.duration_ms) == (1, 1, 246_000)
    assert first.identifiers == (Identifier(Scheme.ISRC, "GBAYE7400068"),)
    assert (second.title, second.artist) == ("Piano Concerto No. 1: Third Movement", "Josh Wink")
    assert json.loads(third.raw)["sub_tracks"][0]["title"] == "909 Shuffle"
    assert (fourth.title, fourth.identifiers) == ("Printed twice", ())
    assert (fifth.title, fifth.duration_ms, fifth.track_number) == ("Hidden", 60_000, None)


def test_a_masters_earlier_year_is_the_recordings(folder: Path) -> None:
    rows = _rows(folder)
    assert [each.year for each in rows[1:3]] == [1999, 1974]
    assert [each.year for each in rows[7:]] == [None, None]


def test_rejects_name_the_element(folder: Path) -> None:
    rejects = [each for each in everything(_source(folder)) if isinstance(each, RejectedRow)]
    assert [(each.where, each.what) for each in rejects] == [
        (f"discogs_{samples.MONTH}_artists.xml.gz: element 2", "its id is 'x', not a number"),
        (f"discogs_{samples.MONTH}_releases.xml.gz: element 2", "its id is 'two', not a number"),
    ]


@pytest.mark.parametrize("start", [0, 1, 2, 5, 11, 50])
def test_a_harvest_goes_on_where_it_stopped(folder: Path, start: int) -> None:
    assert list(_source(folder).rows(Silence(), start=start)) == everything(_source(folder))[start:]


def test_different_keys_may_be_one_recording(folder: Path) -> None:
    description = _source(folder).describe()
    assert not description.keys_are_recordings
    assert description.licence == "CC0-1.0"


def test_a_cut_archive_gives_all_that_is_whole(folder: Path) -> None:
    path = samples.write(folder, "releases", document("releases", *(release(n) for n in range(2000))))
    (folder / f"discogs_{samples.MONTH}_CHECKSUM.txt").unlink()
    path.write_bytes(path.read_bytes()[:-200])
    *rows, last = everything(_source(folder))
    assert sum(isinstance(each, SourceRow) for each in rows) > 1000
    assert isinstance(last, RejectedRow)
    assert "cut" in last.what


def test_a_file_that_isnt_what_was_published_is_refused(folder: Path) -> None:
    samples.write(folder, "releases", document("releases", release(1)))
    with pytest.raises(FixityError, match=r"releases.*Download it again"):
        everything(_source(folder))


def test_other_content_is_another_version(folder: Path) -> None:
    before = _source(folder).describe().version
    samples.write(folder, "releases", document("releases", release(1)))
    samples.write_checksums(folder)
    published = _source(folder).describe().version
    (folder / f"discogs_{samples.MONTH}_CHECKSUM.txt").unlink()
    assert len({before, published, _source(folder).describe().version}) == 3


def test_wrong_types_and_nothing_at_all_are_no_danger(tmp_path: Path) -> None:
    odd = '<release id="5"><artists>text</artists><title><b/></title><released>soon</released></release>'
    samples.write(tmp_path / "d", "releases", document("releases", odd, '<release id="6"></release>'))
    assert [(each.key, each.title, each.year) for each in _rows(tmp_path / "d")] == [
        ("release/5", "", None),
        ("release/6", "", None),
    ]


def test_folders_that_hold_no_single_month_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no such folder"):
        _source(tmp_path / "nowhere")
    with pytest.raises(NotFoundError, match="no Discogs dump"):
        _source(tmp_path)
    (folder / "discogs_20260801_releases.xml.gz").write_bytes(gzip.compress(document("releases")))
    with pytest.raises(ConfigurationError, match="several months"):
        _source(folder)
