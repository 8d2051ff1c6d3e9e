"""What FLAC says of itself (RFC 9639): the samples, their MD5 and the size of its tags.

Frames aren't walked here: FFmpeg checks their CRC-16 (`err_detect=crccheck`), and the MD5 covers all samples.
"""

from typing import BinaryIO, Final

from tenuto.audio.containers.id3 import tag_length
from tenuto.audio.containers.walk import MOST_PIECES, Header, Walk, comment_count
from tenuto.audio.faults import Faults

_STREAMINFO: Final = 0
_VORBIS_COMMENT: Final = 4
"""Types of metadata blocks (RFC 9639, section 8.1)."""


def walk(file: BinaryIO, faults: Faults) -> Walk | None:
    """Reads the metadata blocks. None where the file isn't FLAC, with or without an ID3v2 tag before it."""
    start = tag_length(file)
    file.seek(start)
    if file.read(4) != b"fLaC":
        return None
    found, position, comments, last = Walk(), start + 4, 0, False
    for _ in range(MOST_PIECES):
        if last:
            break
        file.seek(position)
        block = file.read(4)
        if len(block) < 4:
            faults.add("FLAC: the file ends within its metadata", second=0, byte=position)
            break
        last = bool(block[0] & 0x80)
        kind, length = block[0] & 0x7F, int.from_bytes(block[1:], "big")
        if kind == _STREAMINFO:
            _stream_info(file.read(34), found)
        elif kind == _VORBIS_COMMENT:
            comments = comment_count(file)
        position += 4 + length
    found.header = Header(position, comments)
    return found


def _stream_info(block: bytes, found: Walk) -> None:
    """RFC 9639, section 8.2: zeros stand for what the encoder didn't know."""
    if len(block) < 34:
        return
    packed = int.from_bytes(block[10:18], "big")
    found.bits = (packed >> 36 & 0x1F) + 1
    found.samples = packed & (2**36 - 1) or None
    found.pcm_md5 = block[18:34].hex() if any(block[18:34]) else None
