"""Building goes on where it stopped, gives the same bytes, and says what is missing."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from tenuto.catalogue.beside import Beside
from tenuto.catalogue.search import build_index, facets, layout, open_index, write
from tenuto.model.catalogue import Facets
from tenuto.model.errors import BadInputError, SpaceError
from tenuto.testing.reporter import Notes
from tenuto.testing.search import SONGS, Song, document_batch, documents, ranks


@pytest.fixture(autouse=True)
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "FIRST_SHARD", 3)
    monkeypatch.setattr(layout, "LARGEST_SHARD", 4)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_shards_grow_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "LARGEST_SHARD", 24)
    assert list(layout.new_shards(0, 70)) == [
        range(3),
        range(3, 15),
        range(15, 39),
        range(39, 63),
        range(63, 70),
    ]
    assert list(layout.new_shards(5, 20)) == [range(5, 15), range(15, 20)]
    assert list(layout.new_shards(7, 7)) == list(layout.new_shards(9, 7)) == []


def test_the_same_bytes_however_the_documents_are_batched(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    build_index(one, documents(), len(SONGS), Notes())
    build_index(two, (document_batch(SONGS).slice(n, 1) for n in range(10)), len(SONGS), Notes())
    assert contents(one) == contents(two)
    assert set(contents(one)) == {
        *("search.json", "words-0000000010.arrow", "ranks-0000000000-0000000003.sqlite"),
        *("ranks-0000000003-0000000007.sqlite", "ranks-0000000007-0000000010.sqlite"),
    }


def test_large_shards_are_written_by_other_processes_to_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    build_index(one, documents(), len(SONGS), Notes())
    monkeypatch.setattr(write, "WORTHWHILE", 4)
    monkeypatch.setattr(layout, "LARGEST_SHARD", 4)
    began: list[str] = []

    class Noted(Beside[int]):
        def __init__(self, work: Callable[..., int], path: Path, kept: Path) -> None:
            super().__init__(work, path, kept)
            began.append(path.name)

    monkeypatch.setattr(write, "Beside", Noted)
    notes = Notes()
    build_index(two, documents(), len(SONGS), notes)
    assert began == ["ranks-0000000003-0000000007.sqlite"]
    assert contents(one) == contents(two)
    assert notes.items == len(SONGS)


def test_an_interrupted_build_leaves_nothing_half_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted() -> Iterator[pa.RecordBatch]:
        yield document_batch(SONGS).slice(0, 5)
        raise KeyboardInterrupt

    one, two = tmp_path / "one", tmp_path / "two"
    build_index(one, documents(), len(SONGS), Notes())
    monkeypatch.setattr(write, "WORTHWHILE", 1)
    (two / ".shards-stale").mkdir(parents=True)
    (two / ".shards-stale" / ".held").touch()
    with pytest.raises(KeyboardInterrupt):
        build_index(two, interrupted(), len(SONGS), Notes())
    assert list(two.iterdir()) == []
    build_index(two, documents(), len(SONGS), Notes())
    assert contents(one) == contents(two)


@pytest.mark.parametrize("again", [documents, lambda: [document_batch(SONGS[3:], first=3, total=10)]])
def test_the_rest_is_added_later(tmp_path: Path, again: type[Iterable[pa.RecordBatch]]) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    build_index(one, documents(), len(SONGS), Notes())
    build_index(two, documents(), len(SONGS), Notes(), limit=3)
    assert open_index(two).indexed == 3
    before = contents(two)["ranks-0000000000-0000000003.sqlite"]
    notes = Notes()
    build_index(two, again(), len(SONGS), notes)
    assert notes.items == 7
    after = contents(two)
    assert after["ranks-0000000000-0000000003.sqlite"] == before
    assert contents(one) == {name: data for name, data in after.items() if name != "words-0000000003.arrow"}


def test_a_finished_index_is_left_alone(tmp_path: Path) -> None:
    build_index(tmp_path, documents(), len(SONGS), Notes())
    before = contents(tmp_path)
    build_index(tmp_path, [], len(SONGS), Notes())
    build_index(tmp_path, [], len(SONGS), Notes(), limit=2)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("worthwhile", [1, 1000])
def test_what_was_finished_before_a_failure_stays(
    tmp_path: Path, worthwhile: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write, "WORTHWHILE", worthwhile)
    with pytest.raises(BadInputError, match="documents end before rank 4, 7 were announced"):
        build_index(tmp_path, [document_batch(SONGS[:4])], 10, Notes())
    assert open_index(tmp_path).indexed == 3
    assert set(contents(tmp_path)) == {"search.json", "ranks-0000000000-0000000003.sqlite"}
    assert [line.title for line in open_index(tmp_path).find("lanterns").recordings] == ["Paper Lanterns"]


def killed(*_: object) -> int:
    raise SpaceError("no space left on the disk")


def test_behind_a_shard_that_failed_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    build_index(one, documents(), len(SONGS), Notes())
    monkeypatch.setattr(write, "WORTHWHILE", 1)

    class SecondFails(Beside[int]):
        def __init__(self, work: Callable[..., int], path: Path, kept: Path) -> None:
            second = path.name.startswith("ranks-0000000003")
            super().__init__(killed if second else work, path, kept)

    monkeypatch.setattr(write, "Beside", SecondFails)
    with pytest.raises(SpaceError):
        build_index(two, documents(), len(SONGS), Notes())
    assert set(contents(two)) == {"search.json", "ranks-0000000000-0000000003.sqlite"}
    assert open_index(two).indexed == 3
    monkeypatch.setattr(write, "Beside", Beside)
    build_index(two, documents(), len(SONGS), Notes())
    assert contents(one) == contents(two)


def test_a_gap_is_told(tmp_path: Path) -> None:
    batches = [document_batch(SONGS[:2]), document_batch(SONGS[2:], first=4)]
    with pytest.raises(BadInputError, match="documents of ranks 2 to 3 are missing"):
        build_index(tmp_path, batches, 12, Notes())


def test_an_index_of_another_snapshot_is_not_continued(tmp_path: Path) -> None:
    build_index(tmp_path, documents(), len(SONGS), Notes(), limit=3)
    with pytest.raises(BadInputError, match="of 10 recordings, not of 11"):
        build_index(tmp_path, documents(), 11, Notes())


def test_more_facet_values_than_signs_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facets, "_AREAS", (range(0xE000, 0xE004),))
    notes = Notes()
    songs = [Song("One", genre="a", year=2000), Song("Two", genre="b"), Song("Three", genre="b; a")]
    build_index(tmp_path, [document_batch(songs)], 3, notes)
    assert [where for where, _ in notes.faults] == ["ranks-0000000000-0000000003.sqlite"]
    assert ranks(open_index(tmp_path).find("", facets=Facets(genre="a")).recordings) == [0, 2]


def test_signs_go_beyond_the_first_private_use_area(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "FIRST_SHARD", 7_000)
    songs = [Song("Lantern", genre=f"genre {n}") for n in range(7_000)]
    build_index(tmp_path, [document_batch(songs)], 7_000, Notes())
    index = open_index(tmp_path)
    for n in (0, 6_399, 6_400, 6_999):
        assert ranks(index.find("lantern", facets=Facets(genre=f"Genre {n}")).recordings) == [n]
