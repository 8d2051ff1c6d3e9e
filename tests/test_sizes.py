"""Sizes read and print unambiguously."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenuto import words
from tenuto.model.errors import UsageError
from tenuto.sizes import parse_size


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("300TB", 300 * 10**12),
        ("1.5TiB", 3 * 2**39),
        ("80 MB", 80 * 10**6),
        ("512", 512),
        ("64KiB", 65536),
        ("1k", 1000),
    ],
)
def test_sizes_read(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "MB", "-3MB", "3 XB", "1,5TB", "iB", "5iB"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not a size"):
        parse_size(text)


@given(st.integers(0, 10**18))
def test_printed_sizes_read_back_to_three_digits(size: int) -> None:
    assert parse_size(words.size(size).replace("bytes", "B").replace("byte", "B")) == pytest.approx(
        size, rel=0.006
    )
