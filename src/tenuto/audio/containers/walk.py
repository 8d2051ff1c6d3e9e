"""What every format's walk brings back, and what several read alike."""

from dataclasses import dataclass, field
from typing import BinaryIO, Final, NamedTuple

MOST_PIECES: Final = 100_000
"""Chunks, boxes or blocks that are looked at: far more than files have, for files made to be slow."""


class Header(NamedTuple):
    """What stands in front of the audio: its bytes, and the number of tags where the format declares one."""

    bytes: int = 0
    comments: int = 0


@dataclass(slots=True)
class Walk:
    """Of one file. What is None, the format doesn't say."""

    header: Header = field(default_factory=Header)
    samples: int | None = None
    """A channel, as the encoder counted them."""
    bits: int | None = None
    """A sample of lossless audio."""
    pcm_md5: str | None = None
    """Of the samples that were encoded."""
    probe_bytes: int | None = None
    """Enough to tell the codec by. FFmpeg searches 5 MB of PCM for other codecs in it otherwise."""
    explanation: str = ""
    """Why FFmpeg decodes nothing, where the structure tells."""


def comment_count(file: BinaryIO) -> int:
    """As a Vorbis comment declares it, behind the vendor's name; all numbers little-endian."""
    vendor = int.from_bytes(file.read(4), "little")
    file.seek(vendor, 1)
    return int.from_bytes(file.read(4), "little")
