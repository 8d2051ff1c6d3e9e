"""Blocks of a volume: their numbers, which of them a challenge draws, and their Merkle paths.

Specified in docs/formats/challenge.md, clauses 4-7. Source: BEP 52 (16 KiB leaves, piece layers).
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import accumulate

from tenuto.formats.digests import SHA256_LENGTH, ZERO_LEAF, merkle_root
from tenuto.formats.torrent_view import TorrentView, ViewedFile
from tenuto.model.errors import BadInputError
from tenuto.model.objects import BLOCK_LENGTH


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of one file, with the digest that the torrent states for it."""

    file: ViewedFile
    offset: int
    """Bytes from the start of the file."""
    length: int
    leaves: int
    """Of its tree: a power of two, those beyond the end of the file are zeros."""
    digest: bytes

    def block_length(self, at: int) -> int:
        return min(BLOCK_LENGTH, self.length - at * BLOCK_LENGTH)


class VolumeBlocks:
    """The blocks of a volume's files in torrent order, numbered from 0."""

    def __init__(self, view: TorrentView) -> None:
        if view.infohash_v2 is None or not view.files:
            raise BadInputError("a torrent without blocks to prove: v1-only, or empty", where=view.name)
        self.infohash = view.infohash_v2
        self._view = view
        self._ends = list(accumulate(-(-file.length // BLOCK_LENGTH) for file in view.files))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def find(self, number: int) -> tuple[Piece, int]:
        """The piece that holds a block, and the block's place in it."""
        index = bisect_right(self._ends, number)
        within = number - (self._ends[index - 1] if index else 0)
        per_piece = self._view.piece_length // BLOCK_LENGTH
        return self._piece(self._view.files[index], within // per_piece), within % per_piece

    def _piece(self, file: ViewedFile, number: int) -> Piece:
        assert file.pieces_root is not None  # the torrent has a v2 part
        length = self._view.piece_length
        offset = number * length
        if file.length > length:
            layer = self._view.piece_layers[file.pieces_root]
            digest, leaves = layer[number * SHA256_LENGTH :][:SHA256_LENGTH], length // BLOCK_LENGTH
        else:
            blocks = -(-file.length // BLOCK_LENGTH)
            digest, leaves = file.pieces_root, 1 << (blocks - 1).bit_length()
        return Piece(file, offset, min(length, file.length - offset), leaves, digest)


def draw(challenge: str, infohash: str, blocks: int, draws: int) -> list[int]:
    """The blocks that a challenge asks a volume for: `draws` with replacement, each once, ascending.

    Block i is SHA-256(challenge id, infohash, i as 8 bytes) modulo `blocks`, all as big-endian numbers.
    """
    seed = bytes.fromhex(challenge) + bytes.fromhex(infohash)
    drawn = (sha256(seed + i.to_bytes(8, "big")).digest() for i in range(draws))
    return sorted({int.from_bytes(digest, "big") % blocks for digest in drawn})


def leaf_hashes(data: bytes, leaves: int) -> list[bytes]:
    """The tree's leaves over a piece's bytes, filled with zeros to their number."""
    hashes = [
        sha256(data[start : start + BLOCK_LENGTH]).digest() for start in range(0, len(data), BLOCK_LENGTH)
    ]
    return hashes + [ZERO_LEAF] * (leaves - len(hashes))


def uncles(nodes: Sequence[bytes], at: int) -> tuple[bytes, ...]:
    """What a leaf needs besides itself to climb to the root, from the bottom up."""
    found = []
    while len(nodes) > 1:
        found.append(nodes[at ^ 1])
        nodes = [sha256(nodes[i] + nodes[i + 1]).digest() for i in range(0, len(nodes), 2)]
        at //= 2
    return tuple(found)


def climb(leaf: bytes, at: int, path: Sequence[bytes]) -> bytes:
    """The root to which a leaf at this place leads."""
    for uncle in path:
        leaf = sha256(uncle + leaf if at % 2 else leaf + uncle).digest()
        at //= 2
    return leaf


def proves(piece: Piece, at: int, data: bytes, path: Sequence[bytes]) -> bool:
    """Whether `data` is the block at this place of the piece, as the torrent states it."""
    fits = len(data) == piece.block_length(at) and 1 << len(path) == piece.leaves
    return fits and climb(sha256(data).digest(), at, path) == piece.digest


def is_sound(piece: Piece, data: bytes) -> bool:
    """Whether these are the piece's bytes."""
    return merkle_root(b"".join(leaf_hashes(data, piece.leaves))) == piece.digest
