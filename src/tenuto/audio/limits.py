"""What a file may ask of us. Headers lie, so nothing declared is believed and everything is bounded."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Limits:
    """Beyond these a file is refused (headers) or decoding stops (samples), with a fault that says so."""

    seconds: int = 24 * 3600
    channels: int = 8
    sample_rate_hz: int = 768_000
    header_bytes: int = 16 * 1024 * 1024
    """Tags and art together, before the first audio."""
    packet_bytes: int = 16 * 1024 * 1024
    picture_bytes: int = 2 * 1024 * 1024
    """Art that goes into an access copy."""


DEFAULT_LIMITS = Limits()


def header_length(path: Path) -> int:
    """Bytes that tags declare in front of the audio: ID3v2 (id3.org, 2.4) and FLAC metadata (RFC 9639).

    Ogg's are found by its page walk; 0 where the file has neither.
    """
    with path.open("rb") as file:
        head = file.read(10)
        if head[:3] == b"ID3" and len(head) == 10:
            return 10 + sum(
                (byte & 0x7F) << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True)
            )
        if head[:4] != b"fLaC":
            return 0
        position, last = 4, False
        while not last:
            file.seek(position)
            block = file.read(4)
            if len(block) < 4:
                break
            last = bool(block[0] & 0x80)
            position += 4 + int.from_bytes(block[1:], "big")
        return position
