"""Every digest of an object, from one pass over its bytes ("hash once"), and its row in a database.

Specified in docs/formats/objects.md. Sources: BEP 3 (v1 pieces), BEP 47 (padding), BEP 52 (Merkle trees).
"""

import re
from hashlib import sha1, sha256
from typing import Final, NamedTuple, Protocol

from blake3 import blake3

from tenuto.model.errors import BadInputError
from tenuto.model.ids import Sha256
from tenuto.model.objects import BLOCK_LENGTH, PIECE_LENGTH, ObjectDigests

_READ_LENGTH: Final = 2 * PIECE_LENGTH
"""A multiple of the piece length, so that no byte is copied between buffers."""


class Readable(Protocol):
    """An open binary file."""

    def readinto(self, buffer: memoryview, /) -> int | None: ...


SHA1_LENGTH: Final = 20
SHA256_LENGTH: Final = 32
ZERO_LEAF: Final = bytes(SHA256_LENGTH)


def merkle_root(hashes: bytes, padding: bytes = ZERO_LEAF) -> bytes:
    """Root of a binary SHA-256 tree over 32-byte nodes, filled with `padding` to a power of two (BEP 52)."""
    nodes = [hashes[start : start + SHA256_LENGTH] for start in range(0, len(hashes), SHA256_LENGTH)]
    nodes += [padding] * ((1 << (len(nodes) - 1).bit_length()) - len(nodes))
    while len(nodes) > 1:
        nodes = [sha256(left + right).digest() for left, right in zip(nodes[::2], nodes[1::2], strict=True)]
    return nodes[0]


_ZERO_PIECE: Final = merkle_root(ZERO_LEAF * (PIECE_LENGTH // BLOCK_LENGTH))
"""What stands for a piece beyond the end of a file: a tree over zero leaves, not the hash of zero bytes."""


class ObjectHasher:
    """Takes an object's bytes in any portions; `finish` gives all its digests."""

    def __init__(self) -> None:
        self._length = 0
        self._sha256 = sha256()
        self._blake3 = blake3()
        self._waiting = bytearray()
        self._v1_pieces: list[bytes] = []
        self._piece_roots: list[bytes] = []
        self._leaves = b""

    def update(self, data: bytes | bytearray | memoryview) -> None:
        """The next bytes. Portions of a multiple of `PIECE_LENGTH` are hashed without being copied."""
        view = memoryview(data)
        self._length += len(view)
        self._sha256.update(view)
        self._blake3.update(view)
        if self._waiting:
            missing = PIECE_LENGTH - len(self._waiting)
            self._waiting += view[:missing]
            view = view[missing:]
            if len(self._waiting) == PIECE_LENGTH:
                self._add_piece(memoryview(self._waiting))
                self._waiting = bytearray()
        while len(view) >= PIECE_LENGTH:
            self._add_piece(view[:PIECE_LENGTH])
            view = view[PIECE_LENGTH:]
        self._waiting += view

    def finish(self) -> ObjectDigests:
        """All digests, once. Raises `BadInputError` when there were no bytes: an object is never empty."""
        if not self._length:
            raise BadInputError("zero-length file", remedy="Remove it, or fetch it again")
        tail = sha1(self._waiting, usedforsecurity=False).digest()
        if self._waiting:
            self._add_piece(memoryview(self._waiting))
        else:
            tail = self._v1_pieces[-1]
        layer = b"".join(self._piece_roots)
        one_piece = len(self._piece_roots) == 1
        return ObjectDigests(
            sha256=Sha256(self._sha256.hexdigest()),
            length=self._length,
            blake3=self._blake3.hexdigest(),
            pieces_root=merkle_root(self._leaves) if one_piece else merkle_root(layer, _ZERO_PIECE),
            piece_layer=b"" if one_piece else layer,
            v1_pieces=b"".join(self._v1_pieces),
            v1_tail=tail,
        )

    def _add_piece(self, piece: memoryview) -> None:
        missing = PIECE_LENGTH - len(piece)
        v1 = sha1(piece, usedforsecurity=False)
        v1.update(bytes(missing))
        self._v1_pieces.append(v1.digest())
        blocks = range(0, len(piece), BLOCK_LENGTH)
        self._leaves = b"".join([sha256(piece[start : start + BLOCK_LENGTH]).digest() for start in blocks])
        padding = ZERO_LEAF * (missing // BLOCK_LENGTH)
        self._piece_roots.append(merkle_root(self._leaves + padding))


def digests_of(data: bytes) -> ObjectDigests:
    """All digests of `data`. Raises `BadInputError` for no bytes."""
    hasher = ObjectHasher()
    hasher.update(data)
    return hasher.finish()


def read_digests(file: Readable) -> ObjectDigests:
    """All digests of an open file, read once to its end. Raises `BadInputError` for no bytes."""
    hasher = ObjectHasher()
    buffer = memoryview(bytearray(_READ_LENGTH))
    while count := file.readinto(buffer):
        hasher.update(buffer[:count])
    return hasher.finish()


class DigestRow(NamedTuple):
    """`ObjectDigests` as a database keeps it: the two text digests as 32 raw bytes each."""

    sha256: bytes
    length: int
    blake3: bytes
    pieces_root: bytes
    piece_layer: bytes
    v1_pieces: bytes
    v1_tail: bytes


def encode_row(digests: ObjectDigests) -> DigestRow:
    """To a row, column by column (objects.md, clause 9)."""
    return DigestRow(
        bytes.fromhex(digests.sha256),
        digests.length,
        bytes.fromhex(digests.blake3),
        digests.pieces_root,
        digests.piece_layer,
        digests.v1_pieces,
        digests.v1_tail,
    )


def decode_row(row: DigestRow) -> ObjectDigests:
    """From a row. Raises `BadInputError` where its parts can't belong to one object (clause 8)."""
    digests = ObjectDigests(Sha256(row.sha256.hex()), row.length, row.blake3.hex(), *row[3:])
    check(digests)
    return digests


def check(digests: ObjectDigests) -> None:
    """Raises `BadInputError` unless every digest has the size that the length asks for (clause 8)."""
    pieces = -(-digests.length // PIECE_LENGTH)
    sizes = {
        "length": digests.length > 0,
        "sha256": re.fullmatch("[0-9a-f]{64}", digests.sha256) is not None,
        "blake3": re.fullmatch("[0-9a-f]{64}", digests.blake3) is not None,
        "pieces_root": len(digests.pieces_root) == SHA256_LENGTH,
        "piece_layer": len(digests.piece_layer) == (pieces * SHA256_LENGTH if pieces > 1 else 0),
        "v1_pieces": len(digests.v1_pieces) == pieces * SHA1_LENGTH,
        "v1_tail": len(digests.v1_tail) == SHA1_LENGTH,
    }
    for field, fits in sizes.items():
        if not fits:
            raise BadInputError(
                f"{field} doesn't fit an object of {digests.length} bytes",
                where=digests.sha256,
                remedy="The row is damaged: hash the object again",
            )
