"""docs/plan.md, Sizes."""

import csv

import pytest

from tenuto.plan import original_rate, predict_access_bytes, predict_original_bytes
from tests.shared import SHARED_DATA, needs_shared_data


def test_known_sizes() -> None:
    assert predict_original_bytes(1000, original_rate("audio/wav")) == 176_400
    assert predict_original_bytes(60_000, original_rate("audio/FLAC; rate=44100")) == 6_375_000
    assert original_rate(None) == original_rate("audio/unheard-of")
    assert predict_original_bytes(0, 192_000) == 0
    assert predict_access_bytes(60_000, 96_000) == 4096 + 60 * (12_600 + 77)
    assert predict_access_bytes(1000, 128_000) == 4096 + 16_800 + 27 + 100


@pytest.mark.parametrize(("duration", "rate"), [(-1, 96_000), (1, 0)])
def test_senseless_figures(duration: int, rate: int) -> None:
    with pytest.raises(ValueError, match="it "):
        predict_access_bytes(duration, rate)


@needs_shared_data
def test_stated_error_on_the_debian_list() -> None:
    """Music (over 30 s): each file within the stated factor, and all together within 15 %."""
    predicted = actual = 0
    with (SHARED_DATA / "debian_music_dev.csv").open(newline="") as table:
        for row in csv.DictReader(table):
            if row["codec"] != "vorbis" or float(row["duration_s"]) < 30:
                continue
            guess = predict_original_bytes(round(float(row["duration_s"]) * 1000), original_rate("audio/ogg"))
            assert 0.2 <= int(row["bytes"]) / guess <= 3.05
            predicted, actual = predicted + guess, actual + int(row["bytes"])
    assert 0.85 < predicted / actual < 1.15
