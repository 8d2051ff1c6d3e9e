"""Duplicates are found, and only they."""

from collections.abc import Sequence
from hashlib import md5, sha256
from pathlib import Path

import numpy as np
import pytest

from tenuto.audio.alike import DOUBTFUL, SAME, Values, compare, terms_of
from tenuto.audio.duplicates import Duplicates
from tenuto.audio.index import Entry, Index
from tenuto.model.duplicates import Member, Pair, Tie
from tenuto.model.ids import RecordingId, Sha256, SourceKey, SourceName, recording_id
from tenuto.model.plan import Tier
from tests.audio.fingerprints import music, noisy


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


class TestTerms:
    def test_silence_and_held_notes_have_none(self) -> None:
        silence = np.full(100, 627_964_279, dtype=np.uint32)
        assert len(terms_of(silence)) == 0
        assert len(terms_of(np.concatenate((music(100), silence)))) <= 100

    def test_a_bounded_number(self) -> None:
        found = terms_of(music())
        assert len(found) == 96
        assert (np.diff(found) > 0).all()

    @pytest.mark.parametrize("cut", [1, 161, 500])
    def test_wherever_a_fingerprint_begins_the_same_terms_are_chosen(self, cut: int) -> None:
        values = music()
        shared = np.intersect1d(terms_of(values), terms_of(values[cut:]))
        assert len(shared) > 96 * (948 - cut) / 948 * 0.6

    @pytest.mark.parametrize("length", [0, 1, 8, 9])
    def test_next_to_nothing(self, length: int) -> None:
        assert len(terms_of(music(length))) <= max(0, length - 8)


class Shelf:
    """What is held."""

    def __init__(self, root: Path) -> None:
        self.scratch = root / "scratch"
        self.scratch.mkdir()
        self.index = Index(root / "index", self.scratch)
        self.held: list[tuple[Sha256, RecordingId, Tier]] = []
        self.entries: dict[Sha256, Entry] = {}

    def put(
        self,
        name: str,
        values: Values | None = None,
        *,
        tier: Tier = Tier.ORIGINAL,
        sound: bool = True,
        bit_rate: int = 128_000,
        **about: str | None,
    ) -> RecordingId:
        identity = recording_id(SourceName("test"), SourceKey(name))
        essence = Sha256(about.get("essence") or sha256(name.encode()).hexdigest())
        content = Sha256(about.get("object") or sha256(b"object" + name.encode()).hexdigest())
        self.held.append((content, identity, tier))
        marks = (content, essence, about.get("pcm_md5"))
        self.entries[content] = Entry(*marks, sound, 120_000, bit_rate, values)
        return identity

    def found(self) -> tuple[list[Pair], list[Member]]:
        """Pairs (each from both sides), and members of clusters."""
        with Duplicates(self.index, self.scratch) as duplicates:
            duplicates.hold(self.held)
            new = (self.entries[name] for name in duplicates.unknown())
            self.index.add(new, lambda name: self.entries[name].fingerprint)
            duplicates.settle()
            pairs = [*duplicates.pairs(doubtful=False), *duplicates.pairs(doubtful=True)]
            return pairs, list(duplicates.members())


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def ties(pairs: Sequence[Pair]) -> dict[frozenset[RecordingId], Tie]:
    found = {frozenset((pair.one, pair.other)): pair.tie for pair in pairs}
    assert 2 * len(found) == len(pairs) == len({(pair.one, pair.other) for pair in pairs}), "from both sides"
    return found


def test_what_can_be_compared_as_a_whole(shelf: Shelf) -> None:
    values = music()
    alike = "ab" * 32
    bytes_ = [shelf.put(name, values, object=alike, essence=alike) for name in ("a", "b")]
    tagged = [shelf.put(name, values, essence="cd" * 32) for name in ("c", "d")]
    digest = md5(b"samples", usedforsecurity=False).hexdigest()
    samples = [shelf.put(name, pcm_md5=digest) for name in ("e", "f")]
    shelf.put("g", pcm_md5=None)
    shelf.put("h", essence=sha256(b"").hexdigest())
    shelf.put("i", essence=sha256(b"").hexdigest())
    found = ties(shelf.found()[0])
    assert found.pop(frozenset(bytes_)) is Tie.BYTES
    assert found.pop(frozenset(tagged)) is Tie.ESSENCE
    assert found.pop(frozenset(samples)) is Tie.SAMPLES
    assert set(found.values()) == {Tie.LIKENESS}, "the two essences of one piece"


def test_another_encoding_a_trimmed_one_and_a_doubtful_one(shelf: Shelf) -> None:
    values = music()
    original, opus = shelf.put("original", values), shelf.put("opus", noisy(values, 0.02))
    trimmed = shelf.put("trimmed", noisy(values, 0.01)[8:])
    halves = np.where(np.arange(948) // 20 % 2 == 0, values, music()).astype(np.uint32)
    remix = shelf.put("remix", halves)
    for number in range(300):
        shelf.put(f"other {number}", music())
    pairs, members = shelf.found()
    found = ties(pairs)
    for one, other in ((original, opus), (original, trimmed), (opus, trimmed)):
        assert found.pop(frozenset((one, other))) is Tie.LIKENESS
    assert found
    assert all(remix in pair and tie is Tie.DOUBT for pair, tie in found.items())
    assert {member.recording for member in members} == {original, opus, trimmed}
    moved = {(pair.one, pair.other): pair for pair in pairs}
    assert moved[original, trimmed].offset_s == pytest.approx(0.99, abs=0.01)
    assert moved[trimmed, original].offset_s == -moved[original, trimmed].offset_s
    assert moved[original, trimmed].overlap_s == pytest.approx(940 * 1365 / 11025, abs=0.01)


def test_the_best_copy_comes_first(shelf: Shelf) -> None:
    essence = "cd" * 32
    worst_first = [
        shelf.put("damaged", sound=False, essence=essence),
        shelf.put("access", tier=Tier.ACCESS, essence=essence),
        shelf.put("low", bit_rate=64_000, essence=essence),
        shelf.put("high", bit_rate=320_000, essence=essence),
        shelf.put("lossless", pcm_md5="ab" * 16, essence=essence),
    ]
    _, members = shelf.found()
    assert [member.recording for member in members] == worst_first[::-1]
    assert [member.place for member in members] == [0, 1, 2, 3, 4]
    assert {member.cluster for member in members} == {worst_first[-1]}


def test_a_chain_is_one_cluster(shelf: Shelf) -> None:
    """a and b share bytes, b and c an essence, c and d samples."""
    shelf.put("a", object="11" * 32, essence="22" * 32)
    shelf.put("b", object="11" * 32, essence="22" * 32)
    shelf.put("c", essence="22" * 32, pcm_md5="33" * 16)
    shelf.put("d", pcm_md5="33" * 16)
    shelf.put("e")
    _, members = shelf.found()
    assert len(members) == 4
    assert len({member.cluster for member in members}) == 1


def test_what_comes_later_and_what_goes(shelf: Shelf) -> None:
    values = music()
    shelf.put("first", values)
    assert shelf.found() == ([], [])
    shelf.put("second", noisy(values, 0.01))
    assert set(ties(shelf.found()[0]).values()) == {Tie.LIKENESS}
    shelf.held.pop()
    assert shelf.found() == ([], []), "the index still knows it, the archive doesn't hold it any more"


def test_a_recording_is_compared_by_its_original(shelf: Shelf) -> None:
    values = music()
    shelf.put("piece", noisy(values, 0.01), tier=Tier.ACCESS, object="11" * 32, essence="12" * 32)
    shelf.put("piece", values, object="22" * 32)
    pairs, members = shelf.found()
    assert (pairs, members) == ([], []), "no duplicate of itself"


def test_nothing_at_all(shelf: Shelf) -> None:
    assert shelf.found() == ([], [])
    shelf.put("alone")
    assert shelf.found() == ([], [])
