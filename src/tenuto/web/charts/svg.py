"""Just enough SVG: elements with everything escaped, a plotting frame, and round ticks. Pure."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup, escape


def element(tag: str, *children: str | Markup, **attributes: str | float) -> Markup:
    """One element; `class_` is the attribute `class`, other underscores become hyphens."""
    # Plain strings, each value escaped: a page has thousands of elements, and `Markup.format` is slow.
    written = "".join(f' {_name(name)}="{escape(_text(value))}"' for name, value in attributes.items())
    inner = "".join(str(escape(child)) for child in children)
    return Markup(f"<{tag}{written}>{inner}</{tag}>")  # noqa: S704 - every part is escaped above


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing of `width` x `height` user units, text at 13, with margins around the data."""

    width: int
    height: int
    left: int = 52
    right: int = 14
    top: int = 16
    bottom: int = 40

    def x(self, share: float) -> float:
        """0-1 from left to right."""
        return self.left + share * (self.width - self.left - self.right)

    def y(self, share: float) -> float:
        """0-1 from bottom to top."""
        return self.height - self.bottom - share * (self.height - self.top - self.bottom)

    def level(self, share: float, label: str) -> Markup:
        """A horizontal grid line with its label."""
        y = self.y(share)
        line = element("line", x1=self.left, x2=self.width - self.right, y1=y, y2=y, class_="grid")
        return line + element("text", label, x=self.left - 8, y=y + 4, class_="tick end")

    def mark(self, share: float, label: str, *, anchor: str = "middle") -> Markup:
        """A label below the data."""
        return element(
            "text", label, x=self.x(share), y=self.height - self.bottom + 19, class_=f"tick {anchor}"
        )

    def caption(self, label: str) -> Markup:
        """What the x axis measures."""
        middle = (self.left + self.width - self.right) / 2
        return element("text", label, x=middle, y=self.height - self.bottom + 36, class_="caption middle")

    def legend(self, names: Sequence[str], kinds: Sequence[str]) -> Iterator[Markup]:
        """Below everything: a piece of each kind of line, and its name."""
        columns = _columns(self.width)
        across = (self.width - self.left - self.right) / columns
        for number, (name, kind) in enumerate(zip(names, kinds, strict=True)):
            row, column = divmod(number, columns)
            x, y = self.left + column * across, self.height - self.bottom + 62 + row * _LEGEND_ROW
            yield element("line", x1=x, x2=x + 22, y1=y - 4, y2=y - 4, class_=kind)
            yield element("text", name, x=x + 28, y=y, class_="tick start")


WIDE, NARROW = (720, 320), (340, 260)
_LEGEND_ROW: Final = 20


def both(
    name: str, title: str, description: str, draw: Callable[[Plot], Iterable[Markup]], *, legend: int = 0
) -> Markup:
    """The chart for wide screens and for phones; the style file shows one, at legible text size.

    `legend` is the number of lines that are named below.
    """
    return Markup("").join(
        element(
            "div",
            image(f"{name}-{kind}", title, description, _plot(*measure, legend), draw),
            class_=f"chart {kind}",
        )
        for kind, measure in (("wide", WIDE), ("narrow", NARROW))
    )


def _plot(width: int, height: int, legend: int) -> Plot:
    below = 4 + _LEGEND_ROW * math.ceil(legend / _columns(width)) if legend else 0
    return Plot(width, height + below, bottom=40 + below)


def _columns(width: int) -> int:
    return 4 if width > NARROW[0] else 2


_ALONE: Final = """\
svg{background:#fff;font-family:sans-serif}
text{font-size:13px;fill:#5d574d}.end{text-anchor:end}.middle{text-anchor:middle}.label{fill:#211f1b}
.grid{stroke:#e3ddd1}.area{fill:#14595a;opacity:.1}.band{fill:#14595a;opacity:.25}
.line{fill:none;stroke:#14595a;stroke-width:2.4;stroke-linejoin:round}
.other{stroke:#5d574d;stroke-width:1.4}.o1{stroke-dasharray:7 3}.o2{stroke-dasharray:2 3}
.o3{stroke-dasharray:9 3 2 3}.o4{stroke:#7a4a00}
.plan{stroke:#5d574d;stroke-dasharray:4 4}.dot{fill:#14595a;stroke:#fff;stroke-width:2}
"""
"""What the style file says of charts on paper."""


def alone(
    name: str, title: str, description: str, draw: Callable[[Plot], Iterable[Markup]], *, legend: int = 0
) -> bytes:
    """A file of its own, wide, with its colours."""
    plot = _plot(*WIDE, legend)

    def styled(plot: Plot) -> Iterator[Markup]:
        yield element("style", _ALONE)
        yield from draw(plot)

    drawn = image(name, title, description, plot, styled, xmlns="http://www.w3.org/2000/svg")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{drawn}\n'.encode()


def image(
    name: str,
    title: str,
    description: str,
    plot: Plot,
    draw: Callable[[Plot], Iterable[Markup]],
    **attributes: str,
) -> Markup:
    """One `role=img` drawing with its name and description for those who don't see it."""
    return element(
        "svg",
        element("title", title, id=f"{name}-title"),
        element("desc", description, id=f"{name}-desc"),
        *draw(plot),
        **attributes,
        viewBox=f"0 0 {plot.width} {plot.height}",
        role="img",
        aria_labelledby=f"{name}-title",
        aria_describedby=f"{name}-desc",
    )


_VISIBLE: Final = 1e-9
"""Less than this is drawn as nothing: listens are estimated to no such digit."""


def round_ticks(highest: float, about: int, *, least: float = 0.0) -> list[float]:
    """0 and steps of 1, 2 or 5 times a power of ten, at least `least`, the last at or above `highest`."""
    if highest < _VISIBLE:
        return [0.0, 1.0]
    rough = max(highest / about, least)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    return [step * at for at in range(math.ceil(highest / step - 1e-9) + 1)]


def short(value: float) -> str:
    """A tick's label: 1,500 is `1.5k`."""
    for size, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"


def _name(name: str) -> str:
    return name.rstrip("_").replace("_", "-") if name.islower() else name


def _text(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
