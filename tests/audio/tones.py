"""Files made for the tests: sines in any format, and what can go wrong with them."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream

from tenuto.audio.containers.ogg import page_checksum

CODECS = {
    "flac": ("flac", "flac"),
    "mp3": ("libmp3lame", "mp3"),
    "ogg": ("vorbis", "ogg"),
    "opus": ("libopus", "ogg"),
    "wav": ("pcm_s16le", "wav"),
    "m4a": ("aac", "ipod"),
}


def tone(
    path: Path, *, seconds: float = 3.0, rate: int = 48_000, channels: int = 2, level: float = 0.1
) -> Path:
    """A 1 kHz sine with amplitude `level`, in the format that the path's extension names."""
    codec, container = CODECS[path.suffix[1:]]
    time = np.arange(int(seconds * rate)) / rate
    wave = np.tile((level * np.sin(2 * np.pi * 1000 * time)).astype(np.float32), (channels, 1))
    layout = {1: "mono", 2: "stereo"}.get(channels, f"{channels}c")
    with av.open(str(path), "w", format=container, options={"fflags": "+bitexact"}) as output:
        stream = output.add_stream(codec, rate=rate, options={"strict": "experimental"})
        assert isinstance(stream, AudioStream)
        context = stream.codec_context
        context.layout = layout
        context.open()
        resampler = AudioResampler(context.format, layout, rate, context.frame_size or 1024)
        frame = AudioFrame.from_ndarray(wave, "fltp", layout)
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        for ready in [*resampler.resample(frame), *resampler.resample(None)]:
            output.mux(stream.encode(ready))
        output.mux(stream.encode(None))
    return path


def ogg_pages(data: bytes) -> list[bytes]:
    """Cuts a sound Ogg file into its pages."""
    pages = []
    while data:
        segments = data[26]
        length = 27 + segments + sum(data[27 : 27 + segments])
        pages.append(data[:length])
        data = data[length:]
    return pages


def with_granule(page: bytes, granule: int) -> bytes:
    """The page with another granule position, and a right checksum."""
    page = page[:6] + granule.to_bytes(8, "little", signed=True) + page[14:22] + bytes(4) + page[26:]
    return page[:22] + page_checksum(page).to_bytes(4, "little") + page[26:]
