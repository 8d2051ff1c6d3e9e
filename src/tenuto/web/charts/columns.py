"""Upright bars over a number, with whiskers where listens have a sampling error."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from tenuto.web.charts.svg import Plot, both, element, round_ticks, short

_WIDEST: Final = 0.1
"""Of the plot: few bars stay bars."""


@dataclass(frozen=True, slots=True)
class Column:
    """One bar: its name in full, and under the axis."""

    label: str
    tick: str
    value: float
    interval: tuple[float, float] | None = None


def columns(name: str, title: str, caption: str, bars: Sequence[Column]) -> Markup:
    """One bar each, in the given order; at least one."""
    highest = max(bars, key=lambda bar: bar.value)
    words = (
        f"{len(bars)} bars, {bars[0].label} to {bars[-1].label}; "
        f"the highest is {highest.label} with {highest.value:,.0f}."
    )
    tallest = max(bar.interval[1] if bar.interval else bar.value for bar in bars)
    ticks = round_ticks(tallest, 4, least=1)

    def draw(plot: Plot) -> Iterator[Markup]:
        for tick in ticks:
            yield plot.level(tick / ticks[-1], short(tick))
        step = 1 / len(bars)
        every = math.ceil(len(bars) / (5 if plot.width < 500 else 10))
        for number, bar in enumerate(bars):
            yield _column(plot, number * step, step, bar, ticks[-1])
            if number % every == 0:
                yield plot.mark((number + 0.5) * step, bar.tick)
        yield plot.caption(caption)

    return both(name, title, words, draw)


def _column(plot: Plot, start: float, step: float, bar: Column, top: float) -> Markup:
    centre, half = start + step / 2, min(step * 0.38, _WIDEST / 2)
    left, right = plot.x(centre - half), plot.x(centre + half)
    high, foot = plot.y(bar.value / top), plot.y(0)
    hint = f"{bar.label}: {bar.value:,.0f}"
    if bar.interval:
        hint += f" ({bar.interval[0]:,.0f} to {bar.interval[1]:,.0f})"
    box = {"x": left, "y": high, "width": right - left, "height": foot - high}
    found = element("rect", element("title", hint), **box, class_="bar sampled" if bar.interval else "bar")
    if not bar.interval:
        return found
    middle, (low_y, high_y) = (left + right) / 2, (plot.y(end / top) for end in bar.interval)
    side = min(4.0, (right - left) / 3)
    path = (
        f"M{middle:.1f} {low_y:.1f}V{high_y:.1f}"
        f"M{middle - side:.1f} {low_y:.1f}h{2 * side:.1f}M{middle - side:.1f} {high_y:.1f}h{2 * side:.1f}"
    )
    return found + element("path", d=path, class_="whisker")
