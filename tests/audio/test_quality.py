"""Access copies are compared with their source."""

from pathlib import Path

import numpy as np
import pytest

from tenuto.audio import AccessSpec, TagSet, characterise
from tenuto.audio.access import AccessCopy, OpusWriter
from tenuto.audio.consumers import Block
from tenuto.model.errors import BadInputError
from tests.audio.chords import RATE, Wave, music, wav

SPEC = AccessSpec(TagSet("Title", "Artist"))


def copy_of(tmp_path: Path, samples: Wave, bit_rate: int = 96_000) -> AccessCopy:
    source = wav(tmp_path / "source.wav", samples)
    copied = characterise(source, AccessSpec(SPEC.tags, bit_rate), tmp_path / "copy.opus").access
    assert copied is not None
    return copied


def test_fewer_bits_are_farther_from_the_source(tmp_path: Path) -> None:
    """Measured on 22 s: a whole section, and the begun second one."""
    found = [copy_of(tmp_path, music(22), bit_rate).quality for bit_rate in (128_000, 64_000, 24_000)]
    distances = [quality.distance_db for quality in found if quality]
    assert distances == sorted(distances)
    assert 0 < distances[0] < distances[2]
    assert all(quality and abs(quality.loudness_lu) < 0.2 for quality in found)


@pytest.mark.parametrize("seconds", [1, 4, 15, 17])
def test_any_length_is_compared(tmp_path: Path, seconds: int) -> None:
    quality = copy_of(tmp_path, music(seconds)).quality
    assert quality is not None
    assert 0 < quality.distance_db < 5


def test_silence_has_no_quality(tmp_path: Path) -> None:
    assert copy_of(tmp_path, np.zeros((RATE * 2, 2))).quality is None


@pytest.mark.parametrize(("what", "factor"), [("loudness", 0.7), ("spectrum", 0.0)])
def test_a_copy_that_sounds_otherwise_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, factor: float
) -> None:
    """An encoder that gets something else than what it is compared with."""
    noise = np.random.default_rng(3).normal(0, 0.1, (2, 65_536)).astype(np.float32)
    add = OpusWriter.add

    def wrong(self: OpusWriter, block: Block) -> None:
        compare = self._comparison.source
        self._comparison.source = lambda frame: None  # type: ignore[method-assign]  # noqa: ARG005  # deaf
        samples = block.samples * np.float32(factor) + (noise[:, : len(block)] if not factor else 0)
        add(self, Block(samples, block.layout, block.rate, block.begin))
        self._comparison.source = compare  # type: ignore[method-assign]  # the test's own
        for at in range(0, len(block), 960):
            compare(Block(block.samples[:, at : at + 960], block.layout, 48_000, 0).frame)

    monkeypatch.setattr(OpusWriter, "add", wrong)
    with pytest.raises(BadInputError, match=f"{what}.* from its source"):
        copy_of(tmp_path, music(8))
    assert not (tmp_path / "copy.opus").exists()
