"""Reading for the hashing pass."""

from pathlib import Path

import pytest

from tenuto.formats.digests import digests_of
from tenuto.model.errors import BadInputError
from tenuto.store import digest_file


@pytest.mark.parametrize("length", [1, 1 << 20, (1 << 20) + 1, 3 << 20])
def test_a_file_and_its_bytes_hash_alike(tmp_path: Path, length: int) -> None:
    data = bytes(index % 251 for index in range(1009)) * (length // 1009 + 1)
    path = tmp_path / "file"
    path.write_bytes(data[:length])
    expected = digests_of(data[:length])
    assert digest_file(path) == expected


def test_an_empty_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "empty.ogg"
    path.touch()
    with pytest.raises(BadInputError, match=r"empty\.ogg: zero-length file"):
        digest_file(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"gone\.ogg: can't be read"):
        digest_file(tmp_path / "gone.ogg")
