"""Digests against libtorrent's own creator and against the definitions in docs/formats/objects.md."""

from hashlib import sha1, sha256
from pathlib import Path
from random import Random
from typing import Any

import libtorrent as lt
import pytest
from blake3 import blake3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenuto.formats.digests import DigestRow, ObjectHasher, decode_row, encode_row
from tenuto.model.errors import BadInputError
from tenuto.model.objects import PIECE_LENGTH, ObjectDigests

MIB = 1 << 20
BORDERS = [1, 16383, 16384, 16385, 524287, 524288, 524289, 3 * MIB // 2, 5 * MIB]


def content(length: int) -> bytes:
    return Random(length).randbytes(length)


def hashed(data: bytes, *, portion: int = MIB) -> ObjectDigests:
    hasher = ObjectHasher()
    for start in range(0, len(data), portion):
        hasher.update(data[start : start + portion])
    return hasher.finish()


def created_by_libtorrent(folder: Path, files: dict[str, bytes]) -> Any:
    """The hybrid torrent of `files`, decoded, as libtorrent makes it by reading them."""
    root = folder / "t"
    root.mkdir(exist_ok=True)
    for name, data in files.items():
        (root / name).write_bytes(data)
    entries = [lt.create_file_entry(f"t/{name}", len(data)) for name, data in files.items()]
    creator = lt.create_torrent(entries, PIECE_LENGTH)
    lt.set_piece_hashes(creator, str(folder))
    return creator.generate()


def assert_as_libtorrent(folder: Path, data: bytes) -> None:
    digests = hashed(data)
    pair = created_by_libtorrent(folder, {"a": data, "b": b"x"})
    entry = pair[b"info"][b"file tree"][b"a"][b""]
    assert entry[b"pieces root"] == digests.pieces_root
    assert pair[b"piece layers"].get(digests.pieces_root, b"") == digests.piece_layer
    assert pair[b"info"][b"pieces"][: len(digests.v1_pieces)] == digests.v1_pieces
    alone = created_by_libtorrent(folder, {"a": data})
    assert alone[b"info"][b"pieces"][-20:] == digests.v1_tail


@pytest.mark.parametrize("length", BORDERS)
def test_libtorrent_agrees_at_the_borders(tmp_path: Path, length: int) -> None:
    """objects.md, clauses 4 to 7."""
    assert_as_libtorrent(tmp_path, content(length))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.integers(0, 6), blocks=st.integers(0, 32), rest=st.integers(-1, 1))
def test_libtorrent_agrees_around_blocks_and_pieces(
    tmp_path: Path, pieces: int, blocks: int, rest: int
) -> None:
    """objects.md, clauses 4 to 7."""
    assert_as_libtorrent(tmp_path, content(max(1, pieces * PIECE_LENGTH + blocks * 16384 + rest)))


@settings(max_examples=30, deadline=None)
@given(length=st.integers(1, 3 * PIECE_LENGTH), portion=st.integers(5000, 2 * MIB))
def test_portions_make_no_difference(length: int, portion: int) -> None:
    """objects.md, clause 1."""
    data = content(length)
    assert hashed(data, portion=portion) == hashed(data, portion=length)


@pytest.mark.parametrize("length", BORDERS)
def test_definitions(length: int) -> None:
    """objects.md, clauses 2, 3, 6 and 7."""
    data = content(length)
    digests = hashed(data)
    padded = data + bytes(-length % PIECE_LENGTH)
    assert digests.length == length
    assert digests.sha256 == sha256(data).hexdigest()
    assert digests.blake3 == blake3(data).hexdigest()
    assert digests.v1_pieces == b"".join(
        sha1(padded[start : start + PIECE_LENGTH]).digest() for start in range(0, length, PIECE_LENGTH)
    )
    assert digests.v1_tail == sha1(data[(length - 1) // PIECE_LENGTH * PIECE_LENGTH :]).digest()
    assert (digests.piece_layer == b"") == (length <= PIECE_LENGTH)


def test_one_block_is_its_own_root() -> None:
    """objects.md, clause 4: no padding to a piece, only to a power of two of leaves."""
    assert hashed(b"x").pieces_root == sha256(b"x").digest()


def test_an_object_is_never_empty() -> None:
    """objects.md, clause 2."""
    with pytest.raises(BadInputError, match="zero-length"):
        ObjectHasher().finish()


@pytest.mark.parametrize("length", BORDERS)
def test_rows_come_back_equal(length: int) -> None:
    """objects.md, clause 9."""
    digests = hashed(content(length))
    assert decode_row(encode_row(digests)) == digests


@pytest.mark.parametrize("field", DigestRow._fields)
def test_a_damaged_row_is_refused(field: str) -> None:
    """objects.md, clause 8."""
    row = encode_row(hashed(content(2 * PIECE_LENGTH)))
    damaged: dict[str, Any] = {field: 0 if field == "length" else getattr(row, field)[:-1]}
    with pytest.raises(BadInputError):
        decode_row(row._replace(**damaged))
