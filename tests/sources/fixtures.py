"""Tiny real audio, and a reporter that remembers."""

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import mutagen
import numpy as np

CODECS = {".ogg": "libopus", ".opus": "libopus", ".flac": "flac", ".mp3": "libmp3lame", ".wav": "pcm_s16le"}
RATE = 48_000


def write_tone(path: Path, *, seconds: float = 0.5, tags: dict[str, str] | None = None) -> Path:
    """Encodes a sine of 440 Hz; the extension decides the codec."""
    path.parent.mkdir(parents=True, exist_ok=True)
    extension = path.suffix.lower()
    format_name = {".opus": "ogg"}.get(extension, extension[1:])
    with av.open(str(path), "w", format=format_name) as container:
        container.metadata.update(tags or {})
        stream = container.add_stream(CODECS[extension], rate=RATE, layout="mono")
        assert isinstance(stream, av.AudioStream)
        wave = np.sin(2 * np.pi * 440 * np.arange(int(RATE * seconds)) / RATE)
        frame = av.AudioFrame.from_ndarray((wave * 20_000).astype(np.int16).reshape(1, -1), "s16", "mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    return path


def set_tags(path: Path, **values: str | list[str]) -> None:
    """Writes tags as mutagen writes them: unlike FFmpeg, it can repeat a name."""
    file: Any = mutagen.File(path)
    file.update(values)
    file.save()


@dataclass
class Notes:
    """A `Reporter` that keeps what it is told."""

    phases: list[str] = field(default_factory=list)
    items: int = 0
    faults: list[tuple[str, str]] = field(default_factory=list)

    def phase(self, name: str, *, items: int | None = None, total_bytes: int | None = None) -> None:
        del items, total_bytes
        self.phases.append(name)

    def advance(self, items: int = 1, *, done_bytes: int = 0) -> None:
        del done_bytes
        self.items += items

    def fault(self, where: str, what: str) -> None:
        self.faults.append((where, what))
