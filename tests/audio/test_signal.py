"""Facts about the samples, on signals whose facts are known."""

from collections.abc import Sequence
from io import BytesIO
from itertools import cycle

import av
import numpy as np
import pytest
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

from tenuto.audio.consumers import BLOCK, Block, Blocks, Consumer
from tenuto.audio.signal import SignalFacts
from tenuto.audio.spectrogram import COLUMNS, Spectrogram
from tenuto.audio.waveform import Waveform
from tenuto.model.audio import Signal

RATE = 44_100
Wave = NDArray[np.float64]
"""(samples, channels)."""
NOISE = np.random.default_rng(1).normal(0, 0.1, (RATE * 8, 2))


def feed(samples: Wave, consumer: Consumer, pieces: Sequence[int] = (RATE,), rate: int = RATE) -> None:
    """The pieces by turns, as a decoder would hand them over."""
    blocks, at = None, 0
    for length in cycle(pieces):
        if at >= len(samples):
            break
        frame = frame_of(samples[at : at + length], rate)
        blocks = blocks or Blocks(frame, (consumer,))
        blocks.add(frame)
        at += length
    if blocks:
        blocks.flush()


def frame_of(samples: Wave, rate: int = RATE, form: str = "dbl") -> AudioFrame:
    layout = "mono" if samples.shape[1] == 1 else "stereo"
    flat = np.ascontiguousarray(samples).reshape(1, -1) if not form.endswith("p") else samples.T.copy()
    frame = AudioFrame.from_ndarray(flat, form, layout)
    frame.sample_rate = rate
    return frame


def facts(samples: Wave, pieces: Sequence[int] = (RATE,)) -> Signal:
    found = SignalFacts(RATE, samples.shape[1])
    feed(samples, found, pieces)
    return found.finish()


def low_passed(samples: Wave, hertz: int) -> Wave:
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
    feed(NOISE, whole)
    for at in range(0, len(NOISE), 777):
        samples = NOISE[at : at + 777].T.astype(np.float32)
        pieces.add(Block(samples, "stereo", RATE, at))
    assert len(whole.finish()) == len(pieces.finish())


@pytest.mark.parametrize("form", ["u8", "u8p", "s16", "s16p", "s32", "s32p", "flt", "fltp", "dbl", "dblp"])
def test_samples_of_every_form_are_read_alike(form: str) -> None:
    """Each channel has its own level, so that planes and turns can't be mistaken."""
    kinds = {"u8": "u1", "s16": "i2", "s32": "i4", "flt": "f4", "dbl": "f8"}
    kind = np.dtype(kinds[form.removesuffix("p")])
    wanted = np.tile([0.5, -0.25], (3000, 1))
    full_scale = 2.0 ** (8 * kind.itemsize - 1) if kind.kind != "f" else 1
    samples = (wanted * full_scale + (128 if kind.kind == "u" else 0)).astype(kind)
    found = SignalFacts(RATE, 2)
    blocks = Blocks(frame_of(samples, form=form), (found,))
    blocks.add(frame_of(samples, form=form))
    blocks.flush()
    assert found.finish().dc_offset == (0.5, -0.25)
    assert blocks.samples == 3000


def test_a_spectrogram_shows_where_a_tone_is() -> None:
    """Half the length silent, then a tone at a quarter of the sample rate: half way up."""
    time = np.arange(RATE * 5) / RATE
    tone = np.sin(2 * np.pi * RATE / 4 * time)
    found = Spectrogram()
    feed(np.concatenate((np.zeros(RATE * 5), tone))[:, None], found)
    grey = pixels(found.finish())
    assert grey.shape[0] == 64
    assert COLUMNS // 2 <= grey.shape[1] <= COLUMNS
    left, right = np.hsplit(grey, [grey.shape[1] // 2])
    assert not left[:, :-1].any()
    assert set(right[:, 2:-1].argmax(axis=0)) <= {31, 32}
    assert right[:, 5].max() == 255
    assert not right[:20, 2:].any()


def test_hours_and_moments_have_a_picture_of_the_same_size_and_none() -> None:
    found = Spectrogram()
    noise = NOISE.astype(np.float32).T
    for at in range(60):
        found.add(Block(noise, "stereo", RATE, at))
    assert COLUMNS // 2 <= pixels(found.finish()).shape[1] <= COLUMNS
    assert len(found.finish()) < 20_000
    assert Spectrogram().finish() == b""


def pixels(png: bytes) -> NDArray[np.uint8]:
    with av.open(BytesIO(png), "r") as container:
        return np.asarray(next(container.decode(video=0)).to_ndarray(format="gray"), dtype=np.uint8)
