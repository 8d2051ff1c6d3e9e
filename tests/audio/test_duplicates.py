"""Duplicates are found, and only they."""

from collections.abc import Sequence
from hashlib import md5, sha256
from pathlib import Path

import numpy as np
import pytest

from tenuto.audio.alike import DOUBTFUL, SAME, Values, compare, terms_of
from tenuto.audio.duplicates import Entry, Pair, Tie, clusters, find_pairs
from tenuto.model.ids import RecordingId, Sha256, SourceKey, SourceName, recording_id

DRAW = np.random.default_rng(3)


def music(length: int = 948) -> Values:
    """Neighbours differ in few bits, as of real music."""
    steps = DRAW.integers(0, 2**32, length, dtype=np.uint32)
    for _ in range(2):
        steps &= DRAW.integers(0, 2**32, length, dtype=np.uint32)
    return np.bitwise_xor.accumulate(steps)


def noisy(values: Values, share: float) -> Values:
    flips = DRAW.random((len(values), 32)) < share
    return values ^ np.packbits(flips, axis=1).view(np.uint32).ravel()


class TestCompare:
    @pytest.mark.parametrize("share", [0.0, 0.02, 0.07])
    def test_another_encoding(self, share: float) -> None:
        values = music()
        found = compare(values, noisy(values, share))
        assert found is not None
        assert found.offset == 0
        assert found.error == pytest.approx(share, abs=0.01)
        assert found.error <= SAME

    @pytest.mark.parametrize("cut", [1, 8, 160])
    def test_a_beginning_that_is_missing(self, cut: int) -> None:
        values = music()
        found = compare(values, noisy(values, 0.02)[cut:])
        assert found is not None
        assert (found.offset, found.overlap) == (cut, 948 - cut)
        back = compare(noisy(values, 0.02)[cut:], values)
        assert back is not None
        assert back.offset == -cut

    def test_other_music(self) -> None:
        found = compare(music(), music())
        assert found is None or found.error > DOUBTFUL

    @pytest.mark.parametrize("length", [0, 1, 5])
    def test_next_to_nothing(self, length: int) -> None:
        values = music(length)
        found = compare(values, values)
        assert found is None or found.error == 0

    def test_one_note_held_for_two_minutes(self) -> None:
        values = np.full(948, 0xDEADBEEF, dtype=np.uint32)
        found = compare(values, values)
        assert found is not None
        assert found.error == 0

    def test_terms_leave_silence_out(self) -> None:
        values = np.concatenate((music(100), np.full(100, 627_964_279, dtype=np.uint32)))
        assert len(terms_of(values)) <= 20


class Shelf:
    """What is held."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def put(self, name: str, values: Values | None = None, **about: str | None) -> RecordingId:
        identity = recording_id(SourceName("test"), SourceKey(name))
        essence = Sha256(about.get("essence") or sha256(name.encode()).hexdigest())
        content = Sha256(about.get("object") or sha256(b"object" + name.encode()).hexdigest())
        self.entries.append(Entry(identity, content, essence, about.get("pcm_md5"), values))
        return identity

    def pairs(self, scratch: Path) -> list[Pair]:
        prints = {entry.recording: entry.fingerprint for entry in self.entries}
        return list(find_pairs(self.entries, prints.__getitem__, scratch))


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def ties(pairs: Sequence[Pair]) -> dict[frozenset[RecordingId], Tie]:
    assert all(pair.one < pair.other for pair in pairs)
    found = {frozenset((pair.one, pair.other)): pair.tie for pair in pairs}
    assert len(found) == len(pairs), "each pair once"
    return found


def test_what_can_be_compared_as_a_whole(shelf: Shelf, tmp_path: Path) -> None:
    values = music()
    alike = "ab" * 32
    bytes_ = [shelf.put(name, values, object=alike, essence=alike) for name in ("a", "b")]
    tagged = [shelf.put(name, essence="cd" * 32) for name in ("c", "d")]
    digest = md5(b"samples", usedforsecurity=False).hexdigest()
    samples = [shelf.put(name, pcm_md5=digest) for name in ("e", "f")]
    shelf.put("g", pcm_md5=None)
    shelf.put("h", essence=sha256(b"").hexdigest())
    shelf.put("i", essence=sha256(b"").hexdigest())
    assert ties(shelf.pairs(tmp_path)) == {
        frozenset(bytes_): Tie.BYTES,
        frozenset(tagged): Tie.ESSENCE,
        frozenset(samples): Tie.SAMPLES,
    }


def test_another_encoding_a_trimmed_one_and_a_doubtful_one(shelf: Shelf, tmp_path: Path) -> None:
    values = music()
    original, opus = shelf.put("original", values), shelf.put("opus", noisy(values, 0.02))
    trimmed = shelf.put("trimmed", noisy(values, 0.01)[8:])
    remix = shelf.put("remix", np.where(np.arange(948) % 2 == 0, values, music()).astype(np.uint32))
    for number in range(300):
        shelf.put(f"other {number}", music())
    pairs = shelf.pairs(tmp_path)
    found = ties(pairs)
    for one, other in ((original, opus), (original, trimmed), (opus, trimmed)):
        assert found.pop(frozenset((one, other))) is Tie.LIKENESS
    assert all(remix in pair and tie is Tie.DOUBT for pair, tie in found.items())
    assert found
    (cluster,) = clusters(pairs)
    assert cluster == tuple(sorted((original, opus, trimmed)))
    moved = {frozenset((pair.one, pair.other)): pair.offset_s for pair in pairs}
    assert abs(moved[frozenset((original, trimmed))]) == pytest.approx(1.0, abs=0.1)


def test_clusters_of_a_chain() -> None:
    ids = [RecordingId(letter) for letter in "abcdef"]
    chain = [Pair(ids[at], ids[at + 1], Tie.BYTES, 0.0, 0.0) for at in (3, 0, 1)]
    doubt = Pair(ids[4], ids[5], Tie.DOUBT, 0.3, 0.0)
    assert clusters([*chain, doubt]) == [("a", "b", "c"), ("d", "e")]


def test_nothing_at_all(shelf: Shelf, tmp_path: Path) -> None:
    assert shelf.pairs(tmp_path) == []
    shelf.put("alone")
    assert shelf.pairs(tmp_path) == []
