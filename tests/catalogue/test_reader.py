"""The reader holds to the reader's contract."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tenuto.catalogue import SnapshotCatalogue, open_current
from tenuto.catalogue.order import derived_folder
from tenuto.model.errors import NotFoundError
from tenuto.model.source import Entity, Identifier, Scheme
from tenuto.testing.catalogue import CatalogueReaderContract
from tests.catalogue.harvests import built, harvest, isrc, opened, plays, row

ROWS = [
    row("1", "Jóga", artist="Björk", release="Homogenic", identifiers=(isrc(1),), year=1997),
    row("2", "Straße 東京", artist="Mélange  à trois", release="R"),
    row("3", 'Say "Hello"', artist="AC/DC"),
    row("4", "Hyper-ballad", artist="Björk", release="Post"),
    *[row(f"n{n}", f"Number {n}", artist="Counters") for n in range(60)],
    *[plays(f"n{n}", 60 - n) for n in range(60)],
]


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> SnapshotCatalogue:
    root = tmp_path_factory.mktemp("archive")
    return opened(root, built(root, [harvest(root, "a", ROWS)]))


class TestSnapshotCatalogue(CatalogueReaderContract):
    """All of the contract."""


@pytest.mark.parametrize(
    "query",
    ["bjork jog", "BJÖRK JÓGA", "Bjo\u0308rk jo\u0301ga", "homo bj", '"jóga"', "jóga -- björk"],
)
def test_case_signs_and_diacritics_do_not_matter(catalogue: SnapshotCatalogue, query: str) -> None:
    assert [each.title for each in catalogue.find(query).recordings] == ["Jóga"]


@pytest.mark.parametrize(
    ("query", "title"), [("東", "Straße 東京"), ("ac/dc", 'Say "Hello"'), ("hyper-b", "Hyper-ballad")]
)
def test_words_are_split_as_the_index_splits_them(
    catalogue: SnapshotCatalogue, query: str, title: str
) -> None:
    assert [each.title for each in catalogue.find(query).recordings] == [title]


def test_a_query_without_words_finds_nothing(catalogue: SnapshotCatalogue) -> None:
    assert catalogue.find("!!!").recordings == ()


def test_best_rank_first_and_paged(catalogue: SnapshotCatalogue) -> None:
    assert [each.title for each in catalogue.find("numb", limit=2, offset=3).recordings] == [
        "Number 3",
        "Number 4",
    ]


def test_many_threads_share_one_reader(catalogue: SnapshotCatalogue) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: catalogue.find(f"number {n % 60}").recordings[0].title, range(200)))
    assert answers == [f"Number {n % 60}" for n in range(200)]


def test_derived_structures_come_back_the_same(tmp_path: Path) -> None:
    snapshot = built(tmp_path, [harvest(tmp_path, "a", ROWS)])
    first = list(opened(tmp_path, snapshot).ranked())
    shutil.rmtree(derived_folder(tmp_path, snapshot))
    assert list(opened(tmp_path, snapshot).ranked()) == first


def test_a_later_build_hides_what_it_replaced_and_no_more(tmp_path: Path) -> None:
    """snapshot.md, clause 4: a name's rows stand and fall together, and so do an entity's, not a number's."""
    mbid = Identifier(Scheme.MBID, "6f1c41c0-2f0f-4c58-9d5e-6c0a3c0f7a11")
    named = [
        row("r", "Album", entity=Entity.RELEASE, identifiers=(mbid,)),
        row("x", "Singer", entity=Entity.ARTIST, identifiers=(mbid,)),
    ]
    before = [*named, row("k", "Song", artist="Singer", identifiers=(isrc(1), mbid))]
    after = [named[0], row("x", "Singer", entity=Entity.ARTIST), row("k", "Song", identifiers=(isrc(1),))]
    one = built(tmp_path, [harvest(tmp_path / "1", "a", before)])
    assert opened(tmp_path, one).show(mbid.value).summary.title == "Song"
    catalogue = opened(tmp_path, built(tmp_path, [harvest(tmp_path / "2", "a", after)], one))
    assert catalogue.show("GBTST0000001").identifiers == (isrc(1),)
    with pytest.raises(NotFoundError):
        catalogue.show(mbid.value)


def test_before_the_first_build_there_is_nothing(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="tenuto catalogue build"):
        open_current(tmp_path)
