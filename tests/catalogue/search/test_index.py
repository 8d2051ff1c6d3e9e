"""The sharded index holds to the contract, in one shard and in many."""

from mmap import ACCESS_READ, mmap
from pathlib import Path

import pytest

from tenuto.catalogue.search import ShardedIndex, build_index, layout, open_index
from tenuto.catalogue.search import index as index_module
from tenuto.catalogue.search.index import COUNTED
from tenuto.model.catalogue import Facets
from tenuto.model.errors import BadInputError, NotFoundError
from tenuto.model.plan import Tier
from tenuto.testing.reporter import Notes
from tenuto.testing.search import SONGS, TIERS, SearchIndexContract, Song, document_batch, documents, ranks


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("search")
    build_index(path, documents(), len(SONGS), Notes())
    return path


@pytest.fixture(scope="module")
def divided(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("search")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "FIRST_SHARD", 2)
        patch.setattr(layout, "LARGEST_SHARD", 3)
        build_index(path, documents(), len(SONGS), Notes())
    assert len(list(path.glob("ranks-*"))) == 4
    return path


class TestOneShard(SearchIndexContract):
    @pytest.fixture
    def index(self, folder: Path) -> ShardedIndex:
        return open_index(folder, tiers=TIERS)


class TestManyShards(SearchIndexContract):
    @pytest.fixture
    def index(self, divided: Path) -> ShardedIndex:
        return open_index(divided, tiers=TIERS)


def test_what_is_not_indexed_is_told(tmp_path: Path) -> None:
    build_index(tmp_path, documents(), len(SONGS), Notes(), limit=6)
    index = open_index(tmp_path)
    assert (index.recordings, index.indexed) == (10, 6)
    assert index.find("paper", limit=2).unsearched == 0
    assert index.find("paper").unsearched == 4
    assert index.find("", limit=6).unsearched == 0
    assert index.find("").unsearched == 4
    assert index.find("lanterm").unsearched == 4
    assert not index.counts("paper").complete


def test_a_search_stops_when_its_time_is_over(folder: Path) -> None:
    index = open_index(folder, patience=-1)
    assert index.find("paper").unsearched == len(SONGS)
    assert not index.counts("paper").complete


def test_counting_is_bounded(tmp_path: Path) -> None:
    songs = [Song("Same", genre="Pop")] * (COUNTED + 1)
    build_index(tmp_path, [document_batch(songs)], len(songs), Notes())
    counts = open_index(tmp_path).counts("same")
    assert (counts.hits, counts.complete, counts.genres) == (COUNTED, False, (("Pop", COUNTED),))


def test_opening_reads_the_manifest_only(folder: Path, tmp_path: Path) -> None:
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    for path in tmp_path.glob("ranks-*"):
        path.write_bytes(b"not a database")
    index = open_index(tmp_path)
    with pytest.raises(BadInputError, match="damaged"):
        index.find("paper")
    next(tmp_path.glob("ranks-*")).unlink()
    with pytest.raises(BadInputError, match="damaged"):
        open_index(tmp_path).page(0, 1)


def test_words_like_known_ones_are_sought_among_the_most_heard(
    divided: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ranks(open_index(divided).find("papie").recordings) == [9, 0, 5, 7]
    monkeypatch.setattr(index_module, "HOT", 2)
    assert ranks(open_index(divided).find("papie").recordings) == [9, 0]


def test_tiers_may_be_a_mapped_file(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "tiers").write_bytes(TIERS)
    with (tmp_path / "tiers").open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as mapped:
        index = open_index(folder, tiers=mapped)
        assert ranks(index.find("", facets=Facets(tier=Tier.ACCESS)).recordings) == [1, 4]


def test_numbers_lead_back_to_the_core(divided: Path) -> None:
    index = open_index(divided)
    assert index.numbers([9, 0, 4, 0]) == [1, 10, 6, 10]
    assert index.numbers([]) == []
    for absent in (-1, len(SONGS)):
        with pytest.raises(NotFoundError, match="isn't indexed"):
            index.numbers([0, absent])


def test_without_an_index_or_with_another_one(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="tenuto catalogue build"):
        open_index(tmp_path)
    (tmp_path / layout.MANIFEST).write_text("{", encoding="utf-8")
    with pytest.raises(BadInputError, match="damaged"):
        open_index(tmp_path)
    (tmp_path / layout.MANIFEST).write_text('{"recordings":1,"version":99}', encoding="utf-8")
    with pytest.raises(NotFoundError, match="another version"):
        open_index(tmp_path)


def test_no_recordings_make_an_index_too(tmp_path: Path) -> None:
    build_index(tmp_path, [], 0, Notes())
    index = open_index(tmp_path)
    assert index.find("anything").recordings == index.find("").recordings == ()
    assert index.counts("", facets=Facets(genre="rock")).complete


def test_ranks_of_hits_never_shrink(tmp_path: Path) -> None:
    songs = [Song(f"Lantern {n}", "Paper" if n % 2 else "Kettle") for n in range(300)]
    build_index(tmp_path, [document_batch(songs)], 300, Notes())
    assert ranks(open_index(tmp_path).find("l paper", limit=1000).recordings) == list(range(1, 300, 2))
