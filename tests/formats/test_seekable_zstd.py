"""Seekable zstd, field by field ("Zstandard Seekable Format" 0.1.0)."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenuto.formats.seekable_zstd import (
    FOOTER_LENGTH,
    Frame,
    offsets,
    read_seek_table,
    seek_table,
    table_length,
)
from tenuto.model.errors import BadInputError

LENGTHS = st.integers(0, 2**32 - 1)
FRAMES = st.lists(st.builds(Frame, LENGTHS, LENGTHS), max_size=20).map(tuple)


def test_every_field_stands_where_the_specification_puts_it() -> None:
    table = seek_table((Frame(10, 100), Frame(20, 200)))
    assert struct.unpack("<II", table[:8]) == (0x184D2A5E, len(table) - 8)
    assert struct.unpack("<IIII", table[8:24]) == (10, 100, 20, 200)
    assert struct.unpack("<IBI", table[24:]) == (2, 0, 0x8F92EAB1)


@given(FRAMES)
def test_what_is_written_is_read(frames: tuple[Frame, ...]) -> None:
    table = seek_table(frames)
    assert table_length(table[-FOOTER_LENGTH:]) == len(table)
    assert read_seek_table(table) == frames


@given(FRAMES)
def test_frames_start_where_the_ones_before_end(frames: tuple[Frame, ...]) -> None:
    assert [start + frame.compressed for start, frame in zip(offsets(frames), frames, strict=True)][
        :-1
    ] == list(offsets(frames)[1:])


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"short",
        bytes(9),
        seek_table(())[:-1],
        b"x" + seek_table(())[1:],
        seek_table(())[:-5] + b"\x80\xb1\xea\x92\x8f",
    ],
)
def test_what_is_no_seek_table_is_refused(bad: bytes) -> None:
    with pytest.raises(BadInputError):
        read_seek_table(bad)
