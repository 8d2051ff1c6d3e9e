"""`SHA256SUMS` (volume.md, clauses 8 and 9)."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenuto.formats.manifest import Sum, read_sums, write_sums
from tenuto.model.errors import BadInputError
from tenuto.model.ids import Sha256

A = Sha256("a" * 64)


def test_lines_are_those_of_sha256sum() -> None:
    sums = [Sum("00-19/a/b.ogg", A), Sum("README.txt", Sha256("0" * 64))]
    data = write_sums(sums)
    assert data == f"{'a' * 64}  00-19/a/b.ogg\n{'0' * 64}  README.txt\n".encode()
    assert list(read_sums(io.BytesIO(data))) == sums
    assert list(read_sums(io.BytesIO(f"{A} *binary\n".encode()))) == [Sum("binary", A)]


@pytest.mark.parametrize(
    "data",
    [
        b"\0" * 10_000_000,
        b"\n",
        b"x" * 64 + b"  a\n",
        b"A" * 64 + b"  a\n",
        b"a" * 64 + b" a\n",
        b"a" * 64 + b"  a",
        b"a" * 64 + b"  \xff\n",
        b"a" * 64 + b"  ../a\n",
        b"a" * 64 + b"  /etc/passwd\n",
        b"\\" + b"a" * 64 + b"  a\\nb\n",
        b"a" * 64 + b"  " + b"p" * 5000 + b"\n",
    ],
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(BadInputError, match="line 1"):
        list(read_sums(io.BytesIO(data)))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        sums = list(read_sums(io.BytesIO(data)))
    except BadInputError:
        return
    assert all(len(line.sha256) == 64 for line in sums)
