"""Charts drawn by the server as accessible SVG. Colours come from the style file, never from here."""

from tenuto.web.charts.columns import Column, columns
from tenuto.web.charts.coverage import Line, Mark, coverage, lines, picture
from tenuto.web.charts.curve import curve
from tenuto.web.charts.labels import label
from tenuto.web.charts.rollup import rollup
from tenuto.web.charts.rows import rows
from tenuto.web.charts.waveform import waveform

__all__ = [
    "Column",
    "Line",
    "Mark",
    "columns",
    "coverage",
    "curve",
    "label",
    "lines",
    "picture",
    "rollup",
    "rows",
    "waveform",
]
