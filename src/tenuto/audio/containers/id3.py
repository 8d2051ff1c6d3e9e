"""Tags around MPEG audio, of which only the length matters here."""

from typing import BinaryIO, Final

_FOOTER: Final = 0x10
_MOST_TAGS: Final = 100


def tag_length(file: BinaryIO) -> int:
    """Bytes of ID3v2 tags at the beginning (id3.org, 2.4, section 3.1), several in a row together."""
    length = 0
    for _ in range(_MOST_TAGS):
        file.seek(length)
        head = file.read(10)
        if head[:3] != b"ID3" or len(head) < 10:
            break
        size = sum((byte & 0x7F) << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True))
        length += 10 + size + (10 if head[5] & _FOOTER else 0)
    return length


def end_of_audio(data: memoryview) -> int:
    """Where the tags at the end begin: ID3v1, APEv2 and Lyrics3v2, in any order."""
    end = len(data)
    while True:
        before = end
        tail = bytes(data[max(0, end - 128) : end])
        if tail[:3] == b"TAG" and len(tail) == 128:
            end -= 128
        elif tail[-32:-24] == b"APETAGEX":
            end -= _ape_length(tail[-32:])
        elif tail.endswith(b"LYRICS200") and tail[-15:-9].isdigit():
            end -= 15 + int(tail[-15:-9])
        if end == before or end <= 0:
            return max(0, end)


def _ape_length(footer: bytes) -> int:
    """APEv2: the size counts items and footer; a flag tells of a header of 32 bytes more."""
    has_header = bool(footer[23] & 0x80)
    return int.from_bytes(footer[12:16], "little") + (32 if has_header else 0)
