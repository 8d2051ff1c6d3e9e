"""Upright bars over popularity or years."""

import math
from collections.abc import Iterator, Sequence
from typing import Final

from markupsafe import Markup

from tenuto.model.catalogue import Bar
from tenuto.web.charts.svg import Plot, both, element, round_ticks, short

_MOST_YEARS: Final = 60
"""More columns than this are gathered by decade."""


def popularity_columns(bars: Sequence[Bar], *, of: str) -> Markup:
    """`of` is `recordings` or `listens`."""
    pairs = [(f"{bar.low}\u2013{bar.high}", _value(bar, of)) for bar in bars]
    return columns(f"popularity-{of}", f"{of.capitalize()} by popularity", "popularity, 0\u2013100", pairs)


def year_columns(bars: Sequence[Bar]) -> Markup:
    """Recordings by release year, or by decade where there are many years. Gaps are drawn as gaps."""
    span = bars[-1].low - bars[0].low + 1
    if span <= _MOST_YEARS:
        known = {bar.low: bar.recordings for bar in bars}
        years = range(bars[0].low, bars[-1].low + 1)
        return columns("years", "Recordings by year", "year", [(str(y), known.get(y, 0)) for y in years])
    decades: dict[int, int] = {}
    for bar in bars:
        decades[bar.low // 10 * 10] = decades.get(bar.low // 10 * 10, 0) + bar.recordings
    pairs = [(f"{decade}s", float(recordings)) for decade, recordings in sorted(decades.items())]
    return columns("years", "Recordings by decade", "decade", pairs)


def columns(name: str, title: str, caption: str, pairs: Sequence[tuple[str, float]]) -> Markup:
    """One bar a pair of label and value, in the given order."""
    highest = max((value for _, value in pairs), default=0)
    tallest = next((label for label, value in pairs if value == highest), "")
    words = (
        f"{len(pairs)} bars, {pairs[0][0]} to {pairs[-1][0]}; the highest is {tallest} with {highest:,.0f}."
    )
    ticks = round_ticks(highest, 4, least=1)

    def draw(plot: Plot) -> Iterator[Markup]:
        for tick in ticks:
            yield plot.level(tick / ticks[-1], short(tick))
        step = 1 / len(pairs)
        every = math.ceil(len(pairs) / (5 if plot.width < 500 else 10))
        for number, (label, value) in enumerate(pairs):
            yield _column(plot, number * step, step, value / ticks[-1], f"{label}: {value:,.0f}")
            if number % every == 0:
                yield plot.mark((number + 0.5) * step, label)
        yield plot.caption(caption)

    return both(name, title, words, draw)


def _column(plot: Plot, start: float, step: float, share: float, hint: str) -> Markup:
    left, right = plot.x(start + step * 0.12), plot.x(start + step * 0.88)
    top, foot = plot.y(share), plot.y(0)
    return element(
        "rect", element("title", hint), x=left, y=top, width=right - left, height=foot - top, class_="bar"
    )


def _value(bar: Bar, of: str) -> float:
    return bar.listens if of == "listens" else bar.recordings
