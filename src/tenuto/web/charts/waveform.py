"""The waveform: mirrored bars from stored peaks, drawn twice so that the played part can be lit."""

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

from tenuto.web.charts.svg import element

BARS: Final = 160
WIDTH: Final = 800
_HEIGHT: Final = 96


def waveform(peaks: Sequence[int], title: str) -> Markup:
    """An SVG 800 units wide. A script may widen the clip `#played` up to 800; without it nothing is lit."""
    path = _path(_gathered(peaks))
    clip = element("clipPath", element("rect", x=0, y=0, width=0, height=_HEIGHT), id="played")
    return element(
        "svg",
        element("title", f"Waveform of {title}", id="waveform-title"),
        element("defs", clip),
        element("path", d=path, class_="wave"),
        element("path", d=path, class_="wave lit", clip_path="url(#played)"),
        viewBox=f"0 0 {WIDTH} {_HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        aria_labelledby="waveform-title",
    )


def _gathered(peaks: Sequence[int]) -> list[int]:
    """At most `BARS` values: each the highest of its share of peaks."""
    bars = min(BARS, len(peaks))
    return [max(peaks[at * len(peaks) // bars : (at + 1) * len(peaks) // bars]) for at in range(bars)]


def _path(values: Sequence[int]) -> str:
    step = WIDTH / max(1, len(values))
    parts = []
    for number, value in enumerate(values):
        half = max(1.0, value / 255 * (_HEIGHT / 2 - 2))
        left, wide = number * step, step * 0.66
        parts.append(f"M{left:.1f} {_HEIGHT / 2 - half:.1f}h{wide:.1f}v{2 * half:.1f}h-{wide:.1f}z")
    return "".join(parts)
