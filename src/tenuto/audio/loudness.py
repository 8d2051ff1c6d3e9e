"""Loudness after EBU R128, through FFmpeg's `ebur128` filter; true peak of our own (`peak.py`)."""

import math
from typing import Final

import av
from av.filter.context import FilterContext
from av.filter.graph import Graph

from tenuto.audio.consumers import Block

_ABSOLUTE_GATE: Final = -70.0
"""LUFS; ITU-R BS.1770-5. What FFmpeg reports at or below it means "not measured"."""


class LoudnessMeter:
    """Integrated loudness and range; only the last portion's sums matter."""

    def __init__(self, rate: int, layout: str) -> None:
        self._graph, self._source, self._sink = _graph(rate, layout)  # the graph must outlive its ends
        self._read: dict[str, str] = {}

    def add(self, block: Block) -> None:
        self._source.push(block.frame)
        self._drain()

    def finish(self) -> tuple[float | None, float | None]:
        """(LUFS, LU), rounded to 0.01. None where the signal is too short or too quiet to measure."""
        self._source.push(None)
        self._drain()
        integrated, spread = self._value("I"), self._value("LRA")
        if integrated is None or integrated <= _ABSOLUTE_GATE:
            return None, None
        return integrated, spread

    def _value(self, name: str) -> float | None:
        value = float(self._read.get(f"lavfi.r128.{name}", "nan"))
        return round(value, 2) if math.isfinite(value) else None

    def _drain(self) -> None:
        """The filter gives portions of 100 ms, each with the sums so far."""
        while True:
            try:
                portion = self._sink.pull()
            except (av.BlockingIOError, av.EOFError):
                return
            self._read.update(portion.metadata)


def _graph(rate: int, layout: str) -> tuple[Graph, FilterContext, FilterContext]:
    graph = Graph()
    graph.threads = 1
    source = graph.add_abuffer(sample_rate=rate, format="fltp", layout=layout)
    meter = graph.add("ebur128", "framelog=quiet:metadata=1")
    sink = graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    return graph, source, sink
