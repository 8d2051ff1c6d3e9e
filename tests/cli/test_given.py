"""What a command is given to read is found where it says, and bounded."""

import io
from pathlib import Path

import pytest

from tenuto.cli.given import given_bytes
from tenuto.model.errors import BadInputError, NotFoundError


def test_a_file_or_stdin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"four")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"five.")))
    assert given_bytes(str(tmp_path / "file"), 4) == b"four"
    assert given_bytes("-", 5) == b"five."


def test_too_much_or_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"four")
    with pytest.raises(BadInputError, match="more than 3 bytes"):
        given_bytes(str(tmp_path / "file"), 3)
    with pytest.raises(NotFoundError, match="no such file"):
        given_bytes(str(tmp_path / "none"), 3)
