"""Which files are audio, and of which media type."""

from typing import Final

MEDIA_TYPES: Final = {
    ".aac": "audio/aac",
    ".aif": "audio/aiff",
    ".aifc": "audio/aiff",
    ".aiff": "audio/aiff",
    ".ape": "audio/x-ape",
    ".flac": "audio/flac",
    ".m4a": "audio/mp4",
    ".mp3": "audio/mpeg",
    ".mpc": "audio/x-musepack",
    ".oga": "audio/ogg",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".spx": "audio/ogg",
    ".wav": "audio/wav",
    ".wv": "audio/x-wavpack",
}
"""By extension, in lower case."""

MAGIC_LENGTH: Final = 16


def extension(name: str) -> str:
    """With its dot, lower case; empty where there is none or the name only begins with a dot."""
    stem, dot, last = name.rpartition(".")
    return f".{last.lower()}" if dot and stem else ""


def sniffed(head: bytes) -> str | None:
    """The media type that a file's first 16 bytes show; None when they show no audio container.

    Bare MPEG frames have no magic worth the name (11 set bits), so an `.mp3` needs its extension.
    """
    if head.startswith(b"ID3"):
        return "audio/mpeg"
    if head.startswith(b"RIFF") and head[8:12] == b"WAVE":
        return "audio/wav"
    if head.startswith(b"FORM") and head[8:12] in {b"AIFF", b"AIFC"}:
        return "audio/aiff"
    if head[4:8] == b"ftyp" and head[8:11] in {b"M4A", b"M4B"}:
        return "audio/mp4"
    return {b"OggS": "audio/ogg", b"fLaC": "audio/flac"}.get(head[:4])


def media_type(name: str, head: bytes) -> str | None:
    """Magic first, then the extension; None: not audio."""
    return sniffed(head) or MEDIA_TYPES.get(extension(name))
