"""Lying bars, for things with names: licences, sources."""

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from tenuto.web.charts.svg import NARROW, WIDE, Plot, element, image

_ROW = 44


def rows(name: str, title: str, pairs: Sequence[tuple[str, float]], *, most: int = 10) -> Markup:
    """The first `most` pairs, each with its label above its bar; the table beside has them all."""
    shown = pairs[:most]
    highest = max((value for _, value in shown), default=0) or 1
    words = "; ".join(f"{label or 'no statement'} {value:,.0f}" for label, value in shown)

    def draw(plot: Plot) -> Iterator[Markup]:
        letters = plot.width // 9
        for number, (label, value) in enumerate(shown):
            top = number * _ROW
            yield element(
                "text", _cut(label or "no statement", letters), x=0, y=top + 16, class_="label start"
            )
            yield element("text", f"{value:,.0f}", x=plot.width, y=top + 16, class_="label end")
            yield element("rect", x=0, y=top + 23, width=plot.width, height=8, class_="rail")
            yield element("rect", x=0, y=top + 23, width=plot.width * value / highest, height=8, class_="bar")

    height = max(1, len(shown)) * _ROW
    return Markup("").join(
        element(
            "div", image(f"{name}-{kind}", title, words, Plot(width, height), draw), class_=f"chart {kind}"
        )
        for kind, width in (("wide", WIDE[0]), ("narrow", NARROW[0]))
    )


def _cut(label: str, letters: int) -> str:
    """Licences differ in the end of their addresses, other names in the beginning."""
    address = label.removeprefix("https://").removeprefix("http://")
    if len(address) <= letters:
        return address
    return f"{label[: letters - 1]}\u2026" if address == label else f"\u2026{address[1 - letters :]}"
