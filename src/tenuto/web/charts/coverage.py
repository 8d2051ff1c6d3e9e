"""The coverage curve: what share of listens a number of bytes holds."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from tenuto.model.plan import CurvePoint
from tenuto.web.charts.svg import Plot, both, element, round_ticks
from tenuto.words import percent, size

_LOGARITHMIC_FROM: Final = 300
"""Curves that span more than this factor in bytes get a logarithmic axis."""


@dataclass(frozen=True, slots=True)
class _Scale:
    low: float
    high: float
    ticks: tuple[float, ...]
    logarithmic: bool

    def share(self, value: float) -> float:
        if not self.logarithmic:
            return value / self.high
        return max(0.0, math.log(max(value, self.low) / self.low) / math.log(self.high / self.low))


@dataclass(frozen=True, slots=True)
class Mark:
    """A point of the curve that is named: `listens` with `bytes`."""

    name: str
    bytes: int
    listens: float


def coverage(curve: Sequence[CurvePoint], total: float, mark: Mark | None) -> Markup:
    """The curve with one point named. `total` listens are the denominator, and more than 0."""
    scale = _scale([point.bytes for point in curve if point.bytes > 0], mark.bytes if mark else 0)
    words = f"Rises to {percent(curve[-1].listens, total)} of listens at {size(curve[-1].bytes)}."
    if mark is not None:
        words += f" The {mark.name} covers {percent(mark.listens, total)} with {size(mark.bytes)}."

    def draw(plot: Plot) -> Iterator[Markup]:
        yield from _axes(plot, scale)
        yield from _line(plot, scale, curve, total)
        if mark is not None:
            yield from _marked(plot, scale, mark, total)

    return both("coverage", "Coverage curve: share of listens by bytes held", words, draw)


def _scale(sizes: Sequence[int], planned: int) -> _Scale:
    highest = max(max(sizes, default=1), planned)
    lowest = min(sizes, default=1)
    if highest / lowest > _LOGARITHMIC_FROM:
        first, last = math.floor(math.log10(lowest)), math.ceil(math.log10(highest))
        ticks = tuple(10.0**power for power in range(first, last + 1))
        return _Scale(ticks[0], ticks[-1], ticks, logarithmic=True)
    ticks = tuple(round_ticks(highest, 4))
    return _Scale(0, ticks[-1], ticks, logarithmic=False)


def _axes(plot: Plot, scale: _Scale) -> Iterator[Markup]:
    for quarter in range(5):
        yield plot.level(quarter / 4, f"{25 * quarter} %")
    every = math.ceil(len(scale.ticks) / (4 if plot.width < 500 else 8))
    for number, tick in enumerate(scale.ticks):
        if number % every == 0:
            share = scale.share(tick)
            anchor = "end" if share > 0.97 else "start" if share < 0.01 else "middle"
            yield plot.mark(share, size(round(tick)) if tick else "0", anchor=anchor)
    yield plot.caption("bytes held, logarithmic" if scale.logarithmic else "bytes held")


def _line(plot: Plot, scale: _Scale, curve: Sequence[CurvePoint], total: float) -> Iterator[Markup]:
    start = [] if scale.logarithmic else [(plot.x(0), plot.y(0))]
    points = start + [(plot.x(scale.share(p.bytes)), plot.y(min(1.0, p.listens / total))) for p in curve]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    foot = plot.y(0)
    yield element(
        "polygon",
        points=f"{points[0][0]:.1f},{foot:.1f} {path} {points[-1][0]:.1f},{foot:.1f}",
        class_="area",
    )
    if any(point.high < 1 or point.low > 0 for point in curve[1:]):
        upper = [(plot.x(scale.share(p.bytes)), plot.y(p.high)) for p in curve]
        lower = [(plot.x(scale.share(p.bytes)), plot.y(p.low)) for p in reversed(curve)]
        band = " ".join(f"{x:.1f},{y:.1f}" for x, y in upper + lower)
        yield element("polygon", points=band, class_="band")
    yield element("polyline", points=path, class_="line")


def _marked(plot: Plot, scale: _Scale, mark: Mark, total: float) -> Iterator[Markup]:
    x, y = plot.x(scale.share(mark.bytes)), plot.y(min(1.0, mark.listens / total))
    yield element("line", x1=x, x2=x, y1=y, y2=plot.y(0), class_="plan")
    yield element("line", x1=plot.left, x2=x, y1=y, y2=y, class_="plan")
    yield element("circle", cx=x, cy=y, r=5, class_="dot")
    left = x > plot.width / 2
    label = f"{mark.name}: {percent(mark.listens, total)}"
    side = "end" if left else "start"
    # Beneath the curve, where neither line nor grid crosses the words.
    yield element("text", label, x=x - 10 if left else x + 10, y=plot.y(0.05), class_=f"label {side}")
