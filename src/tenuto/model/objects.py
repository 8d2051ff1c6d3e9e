"""Objects: immutable bytes, and every digest that publishing will ever need of them."""

from dataclasses import dataclass
from typing import Final

from tenuto.model.ids import RecordingId, Sha256
from tenuto.model.plan import Tier

BLOCK_LENGTH: Final = 16 * 1024
"""BEP 52's leaf block, bytes."""

PIECE_LENGTH: Final = 512 * 1024
"""The archive's fixed piece length, bytes. A power of two, at least 16 KiB (BEP 52)."""


@dataclass(frozen=True, slots=True)
class ObjectDigests:
    """All digests of one object, computed in the one pass that read it ("hash once").

    Invariants: `length > 0`; `v1_pieces` holds ceil(length / PIECE_LENGTH) SHA-1 values, the last
    over the piece zero-padded to PIECE_LENGTH (as in a torrent where a pad file follows, BEP 47);
    `v1_tail` is the SHA-1 of the last piece without padding (as in a torrent's last file).
    `piece_layer` is empty where length <= PIECE_LENGTH (BEP 52), else one SHA-256 a piece.
    """

    sha256: Sha256
    length: int
    blake3: str
    """64 lower-case hexadecimal digits."""
    pieces_root: bytes
    piece_layer: bytes
    v1_pieces: bytes
    v1_tail: bytes


@dataclass(frozen=True, slots=True)
class Holding:
    """An object in the store for a recording at a tier."""

    recording: RecordingId
    tier: Tier
    object: Sha256
    media_type: str
    extension: str
    """Of the published file, without dot: `ogg`, `opus`, `flac`."""
    source_uri: str
    """The location it was brought in from."""
