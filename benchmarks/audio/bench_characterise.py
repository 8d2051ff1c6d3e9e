"""Times real time of one decode of a two-minute tone, without and with an access copy.

Run: pytest benchmarks/audio/bench_characterise.py
"""

from pathlib import Path
from typing import Any

import pytest
from tests.audio.tones import tone

from tenuto.audio import AccessSpec, TagSet, characterise

SECONDS = 120


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tone(tmp_path_factory.mktemp("audio") / "a.ogg", seconds=SECONDS, rate=44_100)


@pytest.mark.parametrize("access", [None, AccessSpec(TagSet("T", "A"))], ids=["original", "access"])
def test_one_decode(benchmark: Any, source: Path, tmp_path: Path, access: AccessSpec | None) -> None:  # noqa: ANN401  pytest-benchmark has no types
    found = benchmark.pedantic(characterise, (source, access, tmp_path / "a.opus"), rounds=3)
    benchmark.extra_info["seconds"] = found.characterisation.duration_ms / 1000
