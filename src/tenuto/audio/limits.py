"""What a file may ask of us. Headers lie, so nothing declared is believed and everything is bounded."""

from dataclasses import dataclass

from tenuto.audio.containers.walk import Header


@dataclass(frozen=True, slots=True)
class Limits:
    """Beyond these a file is refused (headers) or decoding stops (samples), with a fault that says so."""

    seconds: int = 24 * 3600
    channels: int = 8
    sample_rate_hz: int = 768_000
    header_bytes: int = 16 * 1024 * 1024
    """Tags and art together, before the first audio."""
    comments: int = 10_000
    """FFmpeg takes time quadratic in their number: 100,000 cost 77 s, in a file of 1.4 MB."""
    packet_bytes: int = 16 * 1024 * 1024
    picture_bytes: int = 2 * 1024 * 1024
    """Art that goes into an access copy."""

    def refuse(self, header: Header) -> str:
        """Why a file with this header isn't opened; empty where it is."""
        if header.bytes > self.header_bytes:
            return f"{header.bytes} bytes of tags and art before the audio"
        if header.comments > self.comments:
            return f"{header.comments} tags before the audio"
        return ""


DEFAULT_LIMITS = Limits()
