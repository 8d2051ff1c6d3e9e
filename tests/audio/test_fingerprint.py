"""Fingerprints by the system's library."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

from tenuto.audio import characterise
from tenuto.audio.consumers import Block
from tenuto.audio.fingerprint import Fingerprint, available, decoded
from tenuto.model.errors import BadInputError
from tests.audio.chords import RATE, Wave, music, wav

pytestmark = pytest.mark.skipif(not available(), reason="libchromaprint1 isn't installed")


def of(samples: Wave, piece: int = 65_536) -> str | None:
    found = Fingerprint(RATE, samples.shape[1])
    for at in range(0, len(samples), piece):
        found.add(Block(samples[at : at + piece].T.astype(np.float32), "stereo", RATE, at))
    return found.finish()


def bit_errors(one: str, other: str) -> float:
    values, others = decoded(one), decoded(other)
    length = min(len(values), len(others))
    return float(np.unpackbits((values[:length] ^ others[:length]).view(np.uint8)).mean())


def test_the_pieces_make_no_difference() -> None:
    samples = music(20)
    assert of(samples, 1000) == of(samples)


def test_another_encoding_sounds_alike_and_other_music_doesnt(tmp_path: Path) -> None:
    path = wav(tmp_path / "a.wav", music(30))
    subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-b:a", "64k", tmp_path / "a.mp3"], check=True)
    other = wav(tmp_path / "b.wav", music(30, seed=2))
    prints = [characterise(each).characterisation.fingerprint for each in (path, tmp_path / "a.mp3", other)]
    assert all(prints)
    assert bit_errors(str(prints[0]), str(prints[1])) < 0.05
    assert bit_errors(str(prints[0]), str(prints[2])) > 0.3


def test_two_minutes_count() -> None:
    samples = music(150)
    assert of(samples) == of(samples[: 120 * RATE])
    assert len(decoded(str(of(samples)))) == pytest.approx(120 * 8, rel=0.03)


def test_a_moment_has_no_fingerprint() -> None:
    assert of(music(1)) is None


def test_what_isnt_a_fingerprint() -> None:
    with pytest.raises(BadInputError, match="not a fingerprint"):
        decoded("hello")
