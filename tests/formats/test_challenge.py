"""Clauses of docs/formats/challenge.md."""

import contextlib
from hashlib import sha256

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from tenuto.formats.blocks import VolumeBlocks, climb, draw, is_sound, leaf_hashes, proves, uncles
from tenuto.formats.challenge import (
    MAX_BLOCKS,
    Answer,
    AnsweredBlock,
    AnsweredVolume,
    Challenge,
    public_id,
    read_answer,
    read_challenge,
    write_answer,
    write_challenge,
)
from tenuto.formats.digests import ZERO_LEAF, digests_of
from tenuto.formats.torrent import TorrentFile, assemble
from tenuto.formats.torrent_view import parse_torrent
from tenuto.model.errors import BadInputError, FixityError
from tenuto.model.objects import BLOCK_LENGTH, PIECE_LENGTH

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
CHALLENGE = Challenge(
    public_id(KEY), "00" * 32, "2026-11-21T12:00:00Z", "2026-11-22T12:00:00Z", 4, ("ab" * 32,)
)
LENGTHS = st.lists(
    st.sampled_from([1, BLOCK_LENGTH - 1, BLOCK_LENGTH, BLOCK_LENGTH + 1, 5 * BLOCK_LENGTH + 3])
    | st.sampled_from([PIECE_LENGTH, PIECE_LENGTH + 1, 2 * PIECE_LENGTH, 2 * PIECE_LENGTH + 20_000]),
    min_size=1,
    max_size=4,
)


def volume(lengths: list[int]) -> tuple[VolumeBlocks, dict[str, bytes]]:
    contents = {
        f"{i}.bin": bytes([i]) + sha256(bytes([i])).digest() * (n // 32 + 1) for i, n in enumerate(lengths)
    }
    contents = {name: data[:length] for (name, data), length in zip(contents.items(), lengths, strict=True)}
    made = assemble("v", [TorrentFile((name,), digests_of(data)) for name, data in contents.items()])
    return VolumeBlocks(parse_torrent(made.hybrid)), contents


@settings(max_examples=25)
@given(LENGTHS)
def test_every_block_of_a_volume_can_be_proved_and_nothing_else(lengths: list[int]) -> None:
    """Clauses 4, 6: 16 KiB blocks of the files in torrent order; the path leads to the torrent's digest."""
    blocks, contents = volume(lengths)
    joined = [
        data[i : i + BLOCK_LENGTH] for data in contents.values() for i in range(0, len(data), BLOCK_LENGTH)
    ]
    assert len(blocks) == len(joined)
    for number in {0, len(blocks) // 2, len(blocks) - 1}:
        piece, at = blocks.find(number)
        data = contents[piece.file.path][piece.offset :][: piece.length]
        block = data[at * BLOCK_LENGTH :][:BLOCK_LENGTH]
        assert block == joined[number]
        assert is_sound(piece, data)
        path = uncles(leaf_hashes(data, piece.leaves), at)
        assert proves(piece, at, block, path)
        wrong = bytes([block[0] ^ 1]) + block[1:]
        assert not proves(piece, at, wrong, path)
        assert not proves(piece, at, block[:-1], path)
        assert not proves(piece, at, block, (*path, ZERO_LEAF))
        assert not proves(piece, at, block, path[1:]) or not path


def test_an_inner_node_is_no_block() -> None:
    """64 bytes of two hashes hash to an inner node: their length and the path's betray them."""
    blocks, contents = volume([2 * PIECE_LENGTH])
    piece, _ = blocks.find(0)
    leaves = leaf_hashes(contents["0.bin"][:PIECE_LENGTH], piece.leaves)
    path = uncles(leaves, 0)
    assert climb(sha256(leaves[0] + leaves[1]).digest(), 0, path[1:]) == piece.digest
    assert not proves(piece, 0, leaves[0] + leaves[1], path[1:])


def test_draws_are_as_specified_and_depend_on_everything() -> None:
    """Clause 5."""
    seed = bytes.fromhex("01" * 32) + bytes.fromhex("02" * 32)
    wanted = {int.from_bytes(sha256(seed + i.to_bytes(8, "big")).digest(), "big") % 1000 for i in range(32)}
    assert draw("01" * 32, "02" * 32, 1000, 32) == sorted(wanted)
    assert draw("03" * 32, "02" * 32, 1000, 32) != sorted(wanted)
    assert draw("01" * 32, "04" * 32, 1000, 32) != sorted(wanted)
    assert draw("01" * 32, "02" * 32, 1, 32) == [0]


def test_a_challenge_has_one_spelling() -> None:
    """Clauses 1-3."""
    data = write_challenge(CHALLENGE)
    assert read_challenge(data) == CHALLENGE
    assert data.startswith(b'{"challenge":{"answer_by":"2026-11-22T12:00:00Z","draws":4,')
    for bad in (data + b" ", data.replace(b"challenge-1", b"challenge-2"), b"[]", b"", b"[" * 100_000):
        with pytest.raises(BadInputError):
            read_challenge(bad)


@pytest.mark.parametrize(
    "change",
    [
        {"mirror": "AB" * 32},
        {"nonce": "00"},
        {"volumes": ()},
        {"volumes": ("../" + "a" * 61,)},
        {"volumes": ("ab" * 32, "ab" * 32)},
        {"draws": 0},
        {"draws": MAX_BLOCKS + 1},
        {"answer_by": "tomorrow"},
    ],
)
def test_a_challenge_that_asks_wrongly_or_for_too_much_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(BadInputError):
        write_challenge(msgspec.structs.replace(CHALLENGE, **change))


def test_an_answer_is_signed_by_its_mirror() -> None:
    """Clause 8."""
    answer = Answer(
        "cd" * 32, public_id(KEY), (AnsweredVolume("ab" * 32, (AnsweredBlock(b"x", (bytes(32),)),)),)
    )
    data = write_answer(answer, KEY)
    assert read_answer(data) == answer
    assert write_answer(answer, KEY) == data, "Ed25519 is deterministic (RFC 8032)"
    for bad in (
        data.replace(b"cd" * 32, b"ce" * 32),
        data.replace(public_id(KEY).encode(), public_id(Ed25519PrivateKey.generate()).encode()),
    ):
        with pytest.raises(FixityError, match="didn't sign"):
            read_answer(bad)
    with pytest.raises(BadInputError):
        read_answer(data[:-1])


@given(st.integers(0, 400), st.integers(0, 255))
def test_damaged_documents_are_one_clear_error(at: int, byte: int) -> None:
    challenge = write_challenge(CHALLENGE)
    answer = write_answer(Answer("cd" * 32, public_id(KEY), ()), KEY)
    for data, read in ((challenge, read_challenge), (answer, read_answer)):
        changed = data[:at] + bytes([byte]) + data[at + 1 :]
        if changed != data and len(changed) == len(data):
            with contextlib.suppress(BadInputError, FixityError):
                assert read(changed) != read(data), "what is read is what is written"


def test_a_v1_torrent_proves_nothing() -> None:
    blocks, contents = volume([20_000])
    made = assemble("v", [TorrentFile((name,), digests_of(data)) for name, data in contents.items()])
    assert len(blocks) == 2
    assert made.twin is not None
    with pytest.raises(BadInputError, match="without blocks"):
        VolumeBlocks(parse_torrent(made.twin))
