"""Something that Chromaprint takes for music."""

from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

RATE = 44_100
Wave = NDArray[np.float64]
"""(samples, 2)."""


def music(seconds: int, seed: int = 1) -> Wave:
    """Chords that change twice a second."""
    draw = np.random.default_rng(seed)
    time = np.arange(RATE // 2) / RATE
    notes = 220 * 2 ** (draw.integers(0, 36, (seconds * 2, 4)) / 12)
    wave = np.concatenate([np.sin(2 * np.pi * chord[:, None] * time).mean(axis=0) for chord in notes])
    return np.stack((wave, wave), axis=1) * 0.5


def wav(path: Path, samples: Wave) -> Path:
    with av.open(str(path), "w") as output:
        stream = output.add_stream("pcm_s16le", rate=RATE)
        stream.codec_context.layout = "stereo"
        whole = np.ascontiguousarray((samples * 32767).astype(np.int16).reshape(1, -1))
        frame = AudioFrame.from_ndarray(whole, "s16", "stereo")
        frame.sample_rate = RATE
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path
