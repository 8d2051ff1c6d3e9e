"""Sound files are called sound, and measured right."""

from pathlib import Path

import mutagen
import pytest

from tenuto.audio import characterise
from tenuto.formats.characterisation import decode, encode
from tenuto.model.audio import Integrity
from tests.audio.tones import CODECS, tone


@pytest.mark.parametrize("extension", CODECS)
def test_sound_files_raise_no_alarm(tmp_path: Path, extension: str) -> None:
    """characterisation.md, clause 3."""
    found = characterise(tone(tmp_path / f"a.{extension}")).characterisation
    assert (found.integrity, found.faults) == (Integrity.SOUND, ())
    assert (found.sample_rate_hz, found.channels) == (48_000, 2)
    assert abs(found.duration_ms - 3000) <= 60, "AAC has no exact length"
    assert found.bit_rate > 0
    assert decode(encode(found)) == found


@pytest.mark.parametrize(
    ("rate", "channels"), [(8000, 1), (22_050, 1), (44_100, 2), (96_000, 2), (48_000, 6)]
)
def test_rates_and_channels(tmp_path: Path, rate: int, channels: int) -> None:
    found = characterise(tone(tmp_path / "a.flac", rate=rate, channels=channels)).characterisation
    assert found.integrity is Integrity.SOUND
    assert (found.sample_rate_hz, found.channels, found.duration_ms) == (rate, channels, 3000)


def test_loudness_of_the_reference_signal(tmp_path: Path) -> None:
    """EBU Tech 3341, case 1: a stereo sine of 1 kHz at -23 dBFS measures -23.0 LUFS, within 0.1 LU."""
    path = tone(tmp_path / "a.flac", seconds=20, level=10 ** (-23 / 20))
    loudness = characterise(path).characterisation.loudness
    assert loudness.integrated_lufs == pytest.approx(-23.0, abs=0.1)
    assert loudness.range_lu == pytest.approx(0.0, abs=0.1)
    assert loudness.true_peak_dbtp == pytest.approx(-23.0, abs=0.2)


def test_silence_and_blips_are_not_measured(tmp_path: Path) -> None:
    """characterisation.md, clause 4."""
    silence = characterise(tone(tmp_path / "a.flac", level=0.0)).characterisation
    assert (silence.loudness.integrated_lufs, silence.loudness.true_peak_dbtp) == (None, None)
    assert silence.integrity is Integrity.SOUND
    assert set(silence.peaks) == {0}
    blip = characterise(tone(tmp_path / "b.flac", seconds=0.05)).characterisation
    assert blip.loudness.integrated_lufs is None
    assert blip.duration_ms == 50


@pytest.mark.parametrize("extension", ["flac", "mp3", "ogg", "opus"])
def test_tags_leave_the_essence_alone(tmp_path: Path, extension: str) -> None:
    """characterisation.md, clause 5."""
    path = tone(tmp_path / f"a.{extension}")
    before = characterise(path).characterisation
    file = mutagen.File(path, easy=True)
    if file.tags is None:
        file.add_tags()
    file["title"] = ["Another title" * 200]
    file.save()
    after = characterise(path).characterisation
    assert after.essence == before.essence
    assert after.integrity is Integrity.SOUND
    other = characterise(tone(tmp_path / f"b.{extension}", level=0.2)).characterisation
    assert other.essence != before.essence


@pytest.mark.parametrize("seconds", [0.01, 1.0, 7.3, 61.0])
def test_waveform(tmp_path: Path, seconds: float) -> None:
    """characterisation.md, clause 6."""
    path = tone(tmp_path / "a.flac", seconds=seconds, rate=8000, channels=1, level=0.5)
    peaks = characterise(path).characterisation.peaks
    assert 1 <= len(peaks) <= 800
    assert len(peaks) > 400 or seconds < 5
    assert all(120 <= peak <= 128 for peak in peaks[1:-1])
