"""The coverage curve: what share of listens a number of bytes holds."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from tenuto.model.plan import BudgetAnswer, CurvePoint
from tenuto.web.charts.svg import Plot, alone, both, element, round_ticks
from tenuto.words import percent, size

TITLE: Final = "Coverage curve: share of listens by bytes held"

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


@dataclass(frozen=True, slots=True)
class Line:
    """Another share over the same bytes."""

    name: str
    shares: tuple[float, ...]
    """From 0 to 1, one a point of the curve."""


def lines(curve: Sequence[CurvePoint], found: BudgetAnswer) -> tuple[Line, ...]:
    """Of recordings, of losses avoided, of releases held whole, and of artists with a recording held."""
    known = found.known
    wholes: dict[str, tuple[Callable[[CurvePoint], float], float]] = {
        "recordings": (lambda point: point.recordings, sum(found.by_tier.values())),
        "losses avoided": (lambda point: point.saved, found.loss_total),
        "whole releases": (lambda point: point.releases, known["releases"]),
        "artists": (lambda point: point.artists, known["artists"]),
    }
    return tuple(
        Line(name, tuple(min(1.0, part(point) / whole) for point in curve))
        for name, (part, whole) in wholes.items()
        if whole
    )


def coverage(
    curve: Sequence[CurvePoint], total: float, mark: Mark | None, others: Sequence[Line] = ()
) -> Markup:
    """The curve with one point named, and other shares as thin lines. `total` listens are more than 0."""
    words, draw = _drawing(curve, total, mark, others)
    return both("coverage", TITLE, words, draw, legend=len(others) + 1 if others else 0)


def picture(curve: Sequence[CurvePoint], total: float, mark: Mark, others: Sequence[Line]) -> bytes:
    """The same as an SVG file of its own, for reports. Equal figures give equal bytes."""
    words, draw = _drawing(curve, total, mark, others)
    return alone("coverage", TITLE, words, draw, legend=len(others) + 1)


def _drawing(
    curve: Sequence[CurvePoint], total: float, mark: Mark | None, others: Sequence[Line]
) -> tuple[str, Callable[[Plot], Iterator[Markup]]]:
    """The description, and what draws."""
    scale = _scale([point.bytes for point in curve if point.bytes > 0], mark.bytes if mark else 0)
    words = f"Rises to {percent(curve[-1].listens, total)} of listens at {size(curve[-1].bytes)}."
    if mark is not None:
        words += f" The {mark.name} covers {percent(mark.listens, total)} with {size(mark.bytes)}."

    def draw(plot: Plot) -> Iterator[Markup]:
        yield from _axes(plot, scale)
        yield from _line(plot, scale, curve, total)
        yield from _others(plot, scale, curve, others)
        if mark is not None:
            yield from _marked(plot, scale, mark, total)

    return words, draw


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


def _others(
    plot: Plot, scale: _Scale, curve: Sequence[CurvePoint], others: Sequence[Line]
) -> Iterator[Markup]:
    """Thin lines, and below them what they are."""
    kinds = [f"line other o{number}" for number in range(1, len(others) + 1)]
    for kind, line in zip(kinds, others, strict=True):
        pairs = zip(curve, line.shares, strict=True)
        path = " ".join(f"{plot.x(scale.share(p.bytes)):.1f},{plot.y(share):.1f}" for p, share in pairs)
        yield element("polyline", points=path, class_=kind)
    if others:
        yield from plot.legend(["listens", *(line.name for line in others)], ["line", *kinds])


def _marked(plot: Plot, scale: _Scale, mark: Mark, total: float) -> Iterator[Markup]:
    x, y = plot.x(scale.share(mark.bytes)), plot.y(min(1.0, mark.listens / total))
    yield element("line", x1=x, x2=x, y1=y, y2=plot.y(0), class_="plan")
    yield element("line", x1=plot.left, x2=x, y1=y, y2=y, class_="plan")
    yield element("circle", cx=x, cy=y, r=5, class_="dot")
    # Above a rising curve there is room to the left; near the axis only below it, to the right.
    left = x > plot.left + 130
    place = {"x": x - 10, "y": y - 8} if left else {"x": x + 10, "y": y + 18}
    yield element(
        "text",
        f"{mark.name}: {percent(mark.listens, total)}",
        class_=f"label {'end' if left else 'start'}",
        **place,
    )
