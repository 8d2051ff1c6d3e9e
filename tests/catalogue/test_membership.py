"""Groups read window by window equal what the reader says of each recording, over two generations."""

from pathlib import Path

import numpy as np
import pytest

from tenuto.catalogue import Members, MembershipReader, SupplyReader, window
from tenuto.model.source import SourceRow
from tests.catalogue.harvests import built, harvest, opened, row

GENRES = ("", "Dub", "Dub; Folk", " ; Folk;;Dub ; Noise")


def rows(version: int) -> list[SourceRow]:
    found = []
    for n in range(60 - 4 * version):
        artist, album = f"Artist {n % 7}", f"Album {(n + version) % 9}" if n % 5 else ""
        genre = GENRES[(n + version * (n % 10 == 0)) % 4]
        found.append(row(f"k{n}", f"Song {n}", artist=artist, release=album, genre=genre))
    return found


@pytest.mark.parametrize("size", [7, 1 << 18])
def test_equals_the_reader(tmp_path: Path, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window, "WINDOW", size)
    first = built(tmp_path, [harvest(tmp_path / "1", "a", rows(0))])
    second = built(tmp_path, [harvest(tmp_path / "2", "a", rows(1))], first)
    reader = opened(tmp_path, second)
    groups = MembershipReader(tmp_path, second)
    seen: dict[str, dict[int, set[str]]] = {"artists": {}, "releases": {}}
    checked = 0
    for numbers in SupplyReader(tmp_path, second).windows:
        found = groups.read(numbers)
        assert found.artists.groups.max(initial=0) < groups.artists
        assert found.releases.groups.max(initial=0) < groups.releases
        for number in set(numbers) & set(reader.by_rank.tolist()):
            place, detail = number - numbers.start, reader.numbered(number)
            names = {found.genre_names[at] for at in of(found.genres, place)}
            assert names == {each.strip() for each in (detail.genre or "").split(";")} - {""}
            for each in of(found.artists, place):
                seen["artists"].setdefault(each, set()).add(str(detail.artist_id))
            for each in of(found.releases, place):
                seen["releases"].setdefault(each, set()).update(track.release for track in detail.tracks)
            assert len(of(found.releases, place)) == len(detail.tracks)
            checked += 1
    assert checked == len(reader.by_rank) == 56
    for of_kind in seen.values():
        assert all(len(ids) == 1 for ids in of_kind.values())
        assert len(set.union(*of_kind.values())) == len(of_kind) > 5


def test_nothing_is_known(tmp_path: Path) -> None:
    """No artist, no release, no genre."""
    snapshot = built(tmp_path, [harvest(tmp_path / "1", "a", [row("k", "Song")])])
    found = MembershipReader(tmp_path, snapshot).read(range(1))
    assert [len(each.groups) for each in (found.artists, found.releases, found.genres)] == [0, 0, 0]


def of(members: Members, place: int) -> list[int]:
    """The groups of one recording."""
    found: list[int] = members.groups[np.flatnonzero(members.places == place)].tolist()
    return found
