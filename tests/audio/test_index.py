"""The index finds the same pairs however the objects come in, and stands on disk only when it is whole."""

from collections.abc import Sequence
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from tenuto.audio import index as module
from tenuto.audio import postings
from tenuto.audio.alike import Values
from tenuto.audio.index import Entry, Index
from tenuto.audio.postings import COMMON, Postings
from tenuto.audio.spill import PARTS, Spill
from tenuto.model.ids import Sha256
from tests.audio.fingerprints import music, noisy

Row = tuple[bytes, bytes, float, int, int]


def entries(pieces: Sequence[Values]) -> list[Entry]:
    """Each piece in three encodings, one cut."""
    found = []
    for number, values in enumerate(pieces):
        for place, variant in enumerate((values, noisy(values, 0.02), noisy(values, 0.02)[13:])):
            name = Sha256(sha256(b"%d %d" % (number, place)).hexdigest())
            found.append(Entry(name, name, None, sound=True, duration_ms=0, bit_rate=0, fingerprint=variant))
    return found


class Shelf:
    """An index over entries, added in given portions."""

    def __init__(self, root: Path) -> None:
        (root / "scratch").mkdir(parents=True)
        self.folder, self.scratch = root / "index", root / "scratch"
        self.asked: list[Sha256] = []

    def add(self, some: Sequence[Entry], known: Sequence[Entry]) -> None:
        prints = {entry.object: entry.fingerprint for entry in known}

        def fingerprint_of(name: Sha256) -> Values | None:
            self.asked.append(name)
            return prints[name]

        Index(self.folder, self.scratch).add(some, fingerprint_of)

    def rows(self) -> list[Row]:
        segments = Index(self.folder, self.scratch).segments()
        assert all(one.end == other.first for one, other in pairwise(segments))
        return sorted(
            tuple(row.values()) for each in segments for row in pq.read_table(each.alike).to_pylist()
        )


@pytest.fixture(scope="module")
def shelf_of_music() -> list[Entry]:
    return entries([music() for _ in range(12)])


def test_portions_and_merges_change_nothing(tmp_path: Path, shelf_of_music: list[Entry]) -> None:
    whole, portions = Shelf(tmp_path / "whole"), Shelf(tmp_path / "portions")
    whole.add(shelf_of_music, shelf_of_music)
    for start in range(0, 36, 5):
        portions.add(shelf_of_music[start : start + 5], shelf_of_music)
    assert len(whole.rows()) == 36, "three pairs a piece"
    assert portions.rows() == whole.rows()
    sizes = [len(segment) for segment in Index(portions.folder, portions.scratch).segments()]
    assert sum(sizes) == 36
    assert all(one > 2 * other for one, other in pairwise(sizes))


def test_segments_of_bounded_size(
    tmp_path: Path, shelf_of_music: list[Entry], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, cut = Shelf(tmp_path / "whole"), Shelf(tmp_path / "cut")
    whole.add(shelf_of_music, shelf_of_music)
    monkeypatch.setattr(module, "SEGMENT", 7)
    cut.add(shelf_of_music, shelf_of_music)
    assert cut.rows() == whole.rows()


def test_what_was_compared_is_not_compared_again(tmp_path: Path, shelf_of_music: list[Entry]) -> None:
    shelf = Shelf(tmp_path)
    shelf.add(shelf_of_music[:-1], shelf_of_music)
    shelf.asked.clear()
    shelf.add(shelf_of_music[-1:], shelf_of_music)
    assert len(shelf.asked) == 4, "the last one with the two other encodings of its piece"


def test_a_run_that_was_cut_leaves_nothing(tmp_path: Path, shelf_of_music: list[Entry]) -> None:
    shelf = Shelf(tmp_path)
    shelf.add(shelf_of_music[:20], shelf_of_music)
    before = sorted(path.name for path in shelf.folder.iterdir())
    with pytest.raises(KeyError):
        shelf.add(shelf_of_music[20:], [])
    assert sorted(path.name for path in shelf.folder.iterdir()) == before
    shelf.add(shelf_of_music[20:], shelf_of_music)
    assert len(shelf.rows()) == 36


def test_what_a_cut_merge_left_is_dropped(tmp_path: Path, shelf_of_music: list[Entry]) -> None:
    shelf = Shelf(tmp_path)
    shelf.add(shelf_of_music, shelf_of_music)
    for left in ("0-20", "20-36", ".partial"):
        (shelf.folder / left).mkdir()
    assert [each.folder.name for each in Index(shelf.folder, shelf.scratch).segments()] == ["0-36"]
    assert [each.name for each in shelf.folder.iterdir()] == ["0-36"]


class TestPostings:
    def of(self, root: Path, name: str, first: int, terms: Sequence[Sequence[int]]) -> Postings:
        (root / name).mkdir()
        spill = Spill(root / name)
        for document, some in enumerate(terms, first):
            postings.add_terms(spill, document, np.array(some, dtype=np.uint64))
        postings.write(root / f"{name}.bin", (spill.take(number) for number in range(PARTS)))
        return Postings(root / f"{name}.bin")

    def met(self, root: Path, new: Postings, olds: Sequence[Postings], first: int) -> list[list[int]]:
        (root / "meetings").mkdir()
        found = postings.meet(new, olds, first, Spill(root / "meetings"))
        return sorted(pair for some in found for pair in some.tolist())

    def test_two_shared_terms_are_enough(self, tmp_path: Path) -> None:
        new = self.of(tmp_path, "new", 0, [[1, 2, 300], [2, 300, 5], [1, 7, 8], []])
        assert self.met(tmp_path, new, [], 0) == [[0, 1]]

    def test_old_ones_are_met_but_not_among_themselves(self, tmp_path: Path) -> None:
        old = self.of(tmp_path, "old", 0, [[1, 2], [1, 2], [9, 10]])
        new = self.of(tmp_path, "new", 3, [[1, 2, 9], [9, 10, 77]])
        assert self.met(tmp_path, new, [old], 3) == [[0, 3], [1, 3], [2, 4]]

    def test_what_everybody_shares_says_nothing(self, tmp_path: Path) -> None:
        everybody = self.of(tmp_path, "everybody", 0, [[1, 2]] * (COMMON + 1))
        assert self.met(tmp_path, everybody, [], 0) == []

    def test_as_many_as_may_share_a_term(self, tmp_path: Path) -> None:
        many = self.of(tmp_path, "many", 0, [[1, 2]] * COMMON)
        assert len(self.met(tmp_path, many, [], 0)) == COMMON * (COMMON - 1) // 2


def test_more_numbers_than_are_kept_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tenuto.audio.spill._BUFFERED", 10)
    spill = Spill(tmp_path)
    numbers = np.random.default_rng(1).permutation(1000).astype(np.uint64)
    for some in np.array_split(numbers, 90):
        spill.add(some.astype(np.uint8), some)
    for part in range(PARTS):
        assert spill.take(part).tolist() == list(range(part, 1000, PARTS))
    assert list(tmp_path.iterdir()) == []
