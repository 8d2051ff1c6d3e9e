"""Facts about the samples, on signals whose facts are known."""

from collections.abc import Sequence

import numpy as np
import pytest

from tenuto.audio.consumers import BLOCK, Blocks, Samples
from tenuto.audio.signal import SignalFacts
from tenuto.audio.waveform import Waveform
from tenuto.model.audio import Signal

RATE = 44_100
NOISE = np.random.default_rng(1).normal(0, 0.1, (RATE * 8, 2))


def facts(samples: Samples, pieces: Sequence[int] = (RATE,)) -> Signal:
    """The pieces by turns, as a decoder would hand them over."""
    found = SignalFacts(RATE, samples.shape[1])
    blocks = Blocks(samples.shape[1], (found,))
    at, turn = 0, 0
    while at < len(samples):
        length = pieces[turn % len(pieces)]
        blocks.add(samples[at : at + length])
        at, turn = at + length, turn + 1
    blocks.flush()
    return found.finish()


def low_passed(samples: Samples, hertz: int) -> Samples:
    spectrum = np.fft.rfft(samples, axis=0)
    spectrum[hertz * len(samples) // RATE :] = 0
    return np.fft.irfft(spectrum, len(samples), axis=0)


@pytest.mark.parametrize("pieces", [(1,) * 3 + (4096,), (4410,), (BLOCK,), (BLOCK * 3 + 1,), (17, 70_000)])
def test_the_pieces_make_no_difference(pieces: tuple[int, ...]) -> None:
    samples = NOISE[:150_000] * 12
    assert facts(np.clip(samples, -1, 1), pieces) == facts(np.clip(samples, -1, 1))


def test_silence_at_both_ends() -> None:
    quiet = np.zeros((RATE, 2))
    found = facts(np.concatenate((quiet, quiet[: RATE // 2], NOISE[:RATE], quiet)))
    assert (found.silence_begin_ms, found.silence_end_ms) == (1500, 1000)


def test_nothing_but_silence() -> None:
    found = facts(np.zeros((2 * RATE, 2)))
    assert (found.silence_begin_ms, found.silence_end_ms) == (2000, 0)
    assert (found.correlation, found.cutoff_hz, found.clipped_runs) == (None, None, 0)


@pytest.mark.parametrize("start", [1000, BLOCK - 2, BLOCK - 1, BLOCK])
def test_a_run_at_full_scale_counts_once_wherever_it_lies(start: int) -> None:
    samples = NOISE[:200_000].copy() * 0.5
    samples[start : start + 7, 1] = 1.0
    samples[180_000:180_002, 0] = -1.0
    assert facts(samples).clipped_runs == 1, "two in a row may be the signal's own peak"


def test_offset_of_each_channel() -> None:
    tone = 0.2 * np.sin(2 * np.pi * 100 * np.arange(RATE) / RATE)
    assert facts(np.stack((tone + 0.01, tone - 0.003), axis=1)).dc_offset == (0.01, -0.003)


@pytest.mark.parametrize(("right", "correlation"), [(1.0, 1.0), (-1.0, -1.0), (0.25, 1.0)])
def test_mono_in_two_channels(right: float, correlation: float) -> None:
    left = NOISE[:, 0]
    assert facts(np.stack((left, right * left), axis=1)).correlation == correlation


def test_two_channels_of_their_own() -> None:
    correlation = facts(NOISE).correlation
    assert correlation is not None
    assert abs(correlation) < 0.02
    assert facts(NOISE[:, :1]).correlation is None


@pytest.mark.parametrize("hertz", [11_000, 16_000, 19_000])
def test_a_low_pass_filter_is_seen(hertz: int) -> None:
    assert facts(low_passed(NOISE, hertz)).cutoff_hz == pytest.approx(hertz, abs=400)


def test_full_bandwidth_and_a_gentle_fall_are_no_filter() -> None:
    assert facts(NOISE).cutoff_hz is None
    spectrum = np.fft.rfft(NOISE, axis=0)
    falling = spectrum * np.linspace(1, 0.001, len(spectrum))[:, None]
    assert facts(np.fft.irfft(falling, len(NOISE), axis=0)).cutoff_hz is None


def test_the_waveform_takes_blocks_of_any_length() -> None:
    whole, pieces = Waveform(), Waveform()
    whole.add(NOISE)
    for at in range(0, len(NOISE), 777):
        pieces.add(NOISE[at : at + 777])
    assert len(whole.finish()) == len(pieces.finish())
