"""True peak on signals whose peak is known: EBU Tech 3341 (2023), minimum requirements 15 to 19."""

import math

import numpy as np
import pytest

from tenuto.audio.consumers import BLOCK
from tenuto.audio.peak import TruePeak
from tests.audio.test_signal import Wave, feed

RATE = 48_000


def tone(hertz: float, degrees: float, amplitude: float, rate: int = RATE, seconds: float = 3.0) -> Wave:
    """Faded in and out over a tenth of a second: a hard edge has a peak of its own."""
    time = np.arange(round(rate * seconds)) / rate
    fade = np.minimum(1, np.minimum(time, time[::-1]) * 10)
    return np.asarray((amplitude * fade * np.sin(2 * np.pi * hertz * time + math.radians(degrees)))[:, None])


def peak_of(samples: Wave, rate: int = RATE) -> float | None:
    found = TruePeak(rate, samples.shape[1])
    feed(samples, found, (RATE, 777), rate)
    return found.finish()


@pytest.mark.parametrize(
    ("divisor", "degrees", "amplitude", "wanted"),
    [(4, 0, 0.5, -6.0), (4, 45, 0.5, -6.0), (6, 60, 0.5, -6.0), (8, 67.5, 0.5, -6.0), (4, 45, 1.41, 3.0)],
)
@pytest.mark.parametrize("rate", [44_100, 48_000, 96_000])
def test_of_sines_between_the_samples(
    divisor: int, degrees: float, amplitude: float, wanted: float, rate: int
) -> None:
    """Their tolerance: +0.2 and -0.4 dB."""
    found = peak_of(tone(rate / divisor, degrees, amplitude, rate), rate)
    assert found is not None
    assert wanted - 0.4 <= found <= wanted + 0.2


def test_the_loudest_place_is_found_wherever_it_lies() -> None:
    """Between two blocks too, and when all before it is quiet; the other channel doesn't hide it."""
    for at in (0, 31, BLOCK - 1, BLOCK, 2 * BLOCK - 13, 3 * BLOCK - 2):
        samples = np.full((3 * BLOCK, 2), 0.01)
        samples[at : at + 2, 1] = 0.5
        found = peak_of(samples)
        assert found is not None
        assert -4.5 < found < -3.5, at


def test_what_is_left_out_could_not_matter() -> None:
    """The same as by interpolating all of it, by way of the spectrum."""
    samples = np.random.default_rng(7).normal(0, 0.1, BLOCK)
    spectrum = np.fft.rfft(samples)
    spectrum[len(spectrum) * 9 // 10 :] = 0
    band_limited = np.fft.irfft(spectrum, len(samples))
    wanted = 20 * math.log10(np.abs(np.fft.irfft(spectrum, 4 * len(samples)) * 4).max())
    assert peak_of(band_limited[:, None]) == pytest.approx(wanted, abs=0.1)


def test_silence_and_what_is_no_number() -> None:
    """What is infinite is at full scale, what is no number is silence."""
    assert peak_of(np.zeros((1000, 2))) is None
    assert peak_of(np.array([[0.5], [np.nan], [0.25]]), 192_000) == -6.02
    assert peak_of(np.array([[0.5], [np.nan], [-np.inf]]), 192_000) == 0.0
