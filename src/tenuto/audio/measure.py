"""Loudness, and samples for all other consumers, from one stream of decoded frames."""

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.filter.context import FilterContext
from av.filter.graph import Graph

from tenuto.audio.consumers import Blocks, Consumer
from tenuto.model.audio import Loudness

_ABSOLUTE_GATE: Final = -70.0
"""LUFS; ITU-R BS.1770-4. What FFmpeg reports at or below it means "not measured"."""


class Meter:
    """EBU R128 through FFmpeg's `ebur128` filter.

    Frames come out again in portions of 100 ms, 64-bit floating point; `consumers` get the same samples.
    """

    def __init__(self, first: AudioFrame, consumers: Sequence[Consumer] = ()) -> None:
        self.rate = first.sample_rate
        self.channels = len(first.layout.channels)
        self._graph, self._source, self._sink = _graph(first)  # the graph must outlive its ends
        self._read: dict[str, str] = {}
        self._blocks = Blocks(self.channels, consumers)
        self.samples = 0

    def add(self, frame: AudioFrame) -> Iterator[AudioFrame]:
        """Takes a frame like the first; yields what is ready."""
        frame.pts = None
        self._source.push(frame)
        for portion in self._pull():
            yield self._measured(portion)

    def finish(self) -> Iterator[AudioFrame]:
        """Yields the rest."""
        self._source.push(None)
        for portion in self._pull():
            yield self._measured(portion)
        self._blocks.flush()

    def loudness(self) -> Loudness:
        """After `finish`. Rounded to 0.01."""
        integrated, spread = self._value("I"), self._value("LRA")
        peaks = [
            float(value) for key, value in self._read.items() if key.startswith("lavfi.r128.true_peaks_ch")
        ]
        measured = integrated is not None and integrated > _ABSOLUTE_GATE
        peak = max(peaks, default=0.0)
        return Loudness(
            integrated_lufs=integrated if measured else None,
            range_lu=spread if measured else None,
            true_peak_dbtp=round(20 * math.log10(peak), 2) if peak > 0 else None,
        )

    def _value(self, name: str) -> float | None:
        value = float(self._read.get(f"lavfi.r128.{name}", "nan"))
        return round(value, 2) if math.isfinite(value) else None

    def _pull(self) -> Iterator[AudioFrame]:
        while True:
            try:
                frame = self._sink.pull()
            except (av.BlockingIOError, av.EOFError):
                return
            assert isinstance(frame, AudioFrame)
            yield frame

    def _measured(self, portion: AudioFrame) -> AudioFrame:
        self._read.update(portion.metadata)
        channels = len(portion.layout.channels)
        samples = np.frombuffer(
            memoryview(portion.planes[0]), dtype=np.float64, count=portion.samples * channels
        )
        self._blocks.add(samples.reshape(-1, channels))
        portion.pts, portion.time_base = self.samples, Fraction(1, self.rate)
        self.samples += portion.samples
        return portion


def _graph(first: AudioFrame) -> tuple[Graph, FilterContext, FilterContext]:
    graph = Graph()
    graph.threads = 1
    source = graph.add_abuffer(
        sample_rate=first.sample_rate,
        format=first.format.name,
        layout=first.layout.name,
        time_base=Fraction(1, first.sample_rate),
    )
    meter = graph.add("ebur128", "framelog=quiet:metadata=1:peak=true")
    sink = graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    return graph, source, sink
