"""What share the first so many hold: a rising curve over a logarithmic count."""

import math
from collections.abc import Iterator, Sequence

from markupsafe import Markup

from tenuto.web.charts.svg import Plot, both, element, short
from tenuto.words import percent


def curve(name: str, title: str, caption: str, points: Sequence[tuple[int, float]], total: float) -> Markup:
    """Points of (count, held of `total`), both ascending; `total` is more than 0."""
    last = points[-1][0]
    half = next((count for count, held in points if held >= total / 2), last)
    tenth = next((held for count, held in points if count * 10 >= last), total)
    words = f"The most heard tenth holds {percent(tenth, total)}; half of all is held by about {half:,}."

    def draw(plot: Plot) -> Iterator[Markup]:
        for quarter in range(5):
            yield plot.level(quarter / 4, f"{25 * quarter} %")
        powers = range(math.floor(math.log10(last)) + 1)
        every = math.ceil(len(powers) / (4 if plot.width < 500 else 9))
        for power in powers[::every]:
            place = _place(10**power, last)
            yield plot.mark(place, short(10**power), anchor="end" if place > 0.97 else "middle")
        yield from _line(
            plot, [(plot.x(_place(n, last)), plot.y(min(1.0, held / total))) for n, held in points]
        )
        yield plot.caption(caption)

    return both(name, title, words, draw)


def _place(count: int, last: int) -> float:
    return math.log(count) / math.log(last) if last > 1 else 1.0


def _line(plot: Plot, points: Sequence[tuple[float, float]]) -> Iterator[Markup]:
    path, foot = " ".join(f"{x:.1f},{y:.1f}" for x, y in points), plot.y(0)
    ends = f"{points[0][0]:.1f},{foot:.1f}", f"{points[-1][0]:.1f},{foot:.1f}"
    yield element("polygon", points=f"{ends[0]} {path} {ends[1]}", class_="area")
    yield element("polyline", points=path, class_="line")
