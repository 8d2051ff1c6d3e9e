"""MB/s of the one hashing pass, beside SHA-256 alone.

Run: pytest benchmarks/store/bench_hashing.py
"""

from hashlib import file_digest
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tenuto.store import digest_file

LENGTH = 64 * 2**20


@pytest.fixture(scope="module")
def audio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hashing") / "audio"
    path.write_bytes(Random(1).randbytes(LENGTH))
    return path


def test_every_digest(benchmark: Any, audio: Path) -> None:  # noqa: ANN401  pytest-benchmark has no types
    benchmark.extra_info["bytes"] = benchmark(digest_file, audio).length


def test_sha256_alone(benchmark: Any, audio: Path) -> None:  # noqa: ANN401  pytest-benchmark has no types
    def alone() -> str:
        with audio.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()

    benchmark(alone)
