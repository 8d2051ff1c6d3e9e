"""Small real audio files for tests: tones, encoded by FFmpeg through PyAV, tagged by mutagen."""

from collections.abc import Mapping
from pathlib import Path

import av
import mutagen
import numpy as np
from numpy.typing import NDArray

CODECS = {".opus": "libopus", ".flac": "flac", ".mp3": "libmp3lame", ".wav": "pcm_s16le"}
RATE = 48_000


def write_tone(
    path: Path, *, seconds: float = 1.0, hertz: float = 440.0, tags: Mapping[str, str] | None = None
) -> Path:
    """A stereo sine at -12 dBFS in the format that the suffix names, with tags by their Vorbis names."""
    time = np.arange(int(seconds * RATE)) / RATE
    return write_samples(path, (0.25 * 32767 * np.sin(2 * np.pi * hertz * time)).astype(np.int16), tags)


def write_samples(path: Path, mono: NDArray[np.int16], tags: Mapping[str, str] | None = None) -> Path:
    """The same samples left and right, at 48 kHz."""
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = np.repeat(mono, 2).reshape(1, -1)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(CODECS[path.suffix], rate=RATE, layout="stereo")
        assert isinstance(stream, av.AudioStream)
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="stereo")
        frame.sample_rate = RATE
        fifo = av.AudioFifo()
        fifo.write(frame)
        resampler = av.AudioResampler(format=stream.format.name, layout="stereo", rate=RATE)
        while (part := fifo.read(960, partial=True)) is not None:
            for converted in resampler.resample(part):
                container.mux(stream.encode(converted))
        container.mux(stream.encode(None))
    if tags:
        tagged = mutagen.File(path, easy=True)
        tagged.update({name: [value] for name, value in tags.items()})
        tagged.save()
    return path
