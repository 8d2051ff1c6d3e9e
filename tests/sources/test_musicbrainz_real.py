"""MusicBrainz's own test fixtures, in the shape of its dump; what is expected was read off their SQL."""

from collections import Counter

import pytest

from tenuto.model.ids import SourceName
from tenuto.model.source import Entity, RejectedRow, Scheme, SourceRow
from tenuto.sources.musicbrainz import MusicBrainzSource
from tenuto.testing.source import everything
from tests.shared import needs_shared_data
from tests.sources.musicbrainz_dumps import copy_text, fixture_tables, write_archive

pytestmark = needs_shared_data

Items = list[SourceRow | RejectedRow]


@pytest.fixture(scope="module")
def items(tmp_path_factory: pytest.TempPathFactory) -> Items:
    folder = tmp_path_factory.mktemp("musicbrainz")
    members = {f"mbdump/{table}": copy_text(table, *rows) for table, rows in fixture_tables().items()}
    write_archive(folder / "mbdump.tar.bz2", members)
    return everything(MusicBrainzSource(SourceName("musicbrainz"), [folder], folder / "scratch"))


def _rows(items: Items, entity: Entity, key: str) -> list[SourceRow]:
    return [
        item for item in items if isinstance(item, SourceRow) and (item.entity, item.key) == (entity, key)
    ]


def test_every_row_arrives(items: Items) -> None:
    """185 statements insert 301 recordings; tracks are 453, releases 123, artists 219, ISRCs 22."""
    counts = Counter(item.entity for item in items if isinstance(item, SourceRow))
    assert counts == {Entity.RECORDING: 301 + 453, Entity.RELEASE: 123, Entity.ARTIST: 219}
    assert len(items) == sum(counts.values())
    rows = [item for item in items if isinstance(item, SourceRow)]
    assert sum(each.scheme is Scheme.ISRC for row in rows for each in row.identifiers) == 22


def test_a_recording_and_its_places(items: Items) -> None:
    """Six media have it as their ninth track."""
    recording, *tracks = _rows(items, Entity.RECORDING, "bf7845cc-eac3-48a3-8b06-543b4b7ba117")
    assert (recording.title, recording.artist) == ("Hey Boy Hey Girl", "The Chemical Brothers")
    assert (recording.duration_ms, recording.release) == (290_853, "")
    assert [each.value for each in recording.identifiers] == [recording.key, "GBAAA9900303"]
    assert len(tracks) == 6
    assert {(track.track_number, track.duration_ms) for track in tracks} == {(9, 290_853)}
    assert {track.release_artist for track in tracks} == {"The Chemical Brothers"}


def test_a_release_and_its_tracks(items: Items) -> None:
    key = "fbe4eb72-0f24-3875-942e-f581589713d4"
    (release,) = _rows(items, Entity.RELEASE, key)
    assert (release.title, release.artist) == ("For Beginner Piano", "Plone")
    assert (release.year, release.label) == (1999, "Matador Records")
    assert release.artist_key == "3088b672-fba9-4b4b-8ae0-dce13babfbb4"
    tracks = [item for item in items if isinstance(item, SourceRow) and item.release_key == key]
    assert [(track.disc_number, track.track_number) for track in tracks] == [(1, n) for n in range(1, 11)]
    assert [track.title for track in tracks][:3] == ["On My Bus", "Top & Low Rent", "Plock"]


def test_a_merged_mbid_leads_to_the_living_recording(items: Items) -> None:
    recording, *_ = _rows(items, Entity.RECORDING, "0f42ab32-22cd-4dcf-927b-a8d9a183d68b")
    assert recording.title == "Travelling Man"
    assert "23ba24f0-dc22-fcd4-b729-b86d381a9d8a" in [each.value for each in recording.identifiers]


def test_an_artist(items: Items) -> None:
    artist, *_ = _rows(items, Entity.ARTIST, "3088b672-fba9-4b4b-8ae0-dce13babfbb4")
    assert (artist.title, artist.artist_key) == ("Plone", artist.key)
