"""Bencoding is canonical both ways (torrent.md, clause 10)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenuto.formats.bencode import MAX_DEPTH, Bencoded, decode, encode
from tenuto.model.errors import BadInputError

values: st.SearchStrategy[Bencoded] = st.recursive(
    st.integers(-(2**63), 2**64 - 1) | st.binary(max_size=40),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.binary(max_size=9), inner, max_size=5),
    max_leaves=30,
)


@given(values)
def test_what_is_encoded_decodes_to_itself(value: Bencoded) -> None:
    assert decode(encode(value)) == value


@given(st.binary(max_size=60) | values.map(encode).map(lambda data: data[:-1] + b"i0"))
def test_any_bytes_decode_to_a_value_with_that_encoding_or_are_refused(data: bytes) -> None:
    try:
        value = decode(data)
    except BadInputError:
        return
    assert encode(value) == data


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"i01e",
        b"i-0e",
        b"ie",
        b"i1",
        b"i+1e",
        b"i 1e",
        "i¹e".encode(),
        b"i" + b"9" * 5000 + b"e",
        b"01:a",
        b"-1:a",
        b"5:abc",
        b"99999999999999999999:a",
        b"d1:b0:1:a0:e",
        b"d1:a0:1:a0:e",
        b"di1e0:e",
        b"d1:ae",
        b"l",
        b"d",
        b"i1ei2e",
        b"l" * 100_000,
        b"d0:" * 100_000,
    ],
)
def test_what_is_not_canonical_is_refused(data: bytes) -> None:
    with pytest.raises(BadInputError, match="not canonical"):
        decode(data)


def test_depth_and_size_have_limits() -> None:
    decode(b"l" * MAX_DEPTH + b"e" * MAX_DEPTH)
    with pytest.raises(BadInputError, match="nested"):
        decode(b"l" * (MAX_DEPTH + 2) + b"e" * (MAX_DEPTH + 2))
    with pytest.raises(BadInputError, match="more than 10"):
        decode(b"10:0123456789", max_bytes=10)
