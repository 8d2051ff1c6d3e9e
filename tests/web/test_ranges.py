"""Byte ranges, against plain slicing (RFC 9110, section 14)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenuto.web.ranges import Slice, Unsatisfiable, requested, still_applies, unchanged

DATA = bytes(range(256))


@given(st.integers(0, 400), st.integers(0, 400) | st.none())
def test_first_and_last_are_slicing(first: int, last: int | None) -> None:
    part = requested(f"bytes={first}-{'' if last is None else last}", len(DATA))
    wanted = DATA[first:] if last is None else DATA[first : last + 1]
    if last is not None and last < first:
        assert part is None
    elif wanted:
        assert isinstance(part, Slice)
        assert DATA[part.start : part.stop] == wanted
        assert part.content_range(256) == f"bytes {first}-{first + len(wanted) - 1}/256"
    else:
        assert part == Unsatisfiable()


@given(st.integers(0, 400))
def test_suffix_is_negative_slicing(length: int) -> None:
    part = requested(f"bytes=-{length}", len(DATA))
    if length == 0:
        assert part == Unsatisfiable()
    else:
        assert isinstance(part, Slice)
        assert DATA[part.start : part.stop] == DATA[-length:]


@given(st.text(max_size=30))
def test_any_text_is_answered(header: str) -> None:
    part = requested(header, 10)
    assert not isinstance(part, Slice) or 0 <= part.start < part.stop <= 10


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=5-2",
        "items=0-1",
        "bytes=0-1,4-5",
        "bytes=a-b",
        "bytes=٣-٤",
    ],
)
def test_what_cannot_be_used_is_ignored(header: str | None) -> None:
    assert requested(header, 10) is None


@pytest.mark.parametrize("header", ["bytes=0-", "bytes=-1", "bytes=-0"])
def test_nothing_of_an_empty_file_can_be_had(header: str) -> None:
    assert requested(header, 0) == Unsatisfiable()


def test_if_range_needs_the_same_strong_tag() -> None:
    assert still_applies(None, '"a"')
    assert still_applies('"a"', '"a"')
    assert not still_applies('W/"a"', '"a"')
    assert not still_applies("Sat, 01 Jan 2000 00:00:00 GMT", '"a"')


def test_if_none_match_compares_weakly() -> None:
    assert unchanged('"b", W/"a"', '"a"')
    assert unchanged("*", '"a"')
    assert not unchanged('"b"', '"a"')
    assert not unchanged(None, '"a"')
