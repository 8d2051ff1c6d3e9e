"""Charts drawn by the server as accessible SVG. Colours come from the style file, never from here."""

from tenuto.web.charts.columns import columns, popularity_columns, year_columns
from tenuto.web.charts.coverage import coverage
from tenuto.web.charts.rows import rows
from tenuto.web.charts.waveform import waveform

__all__ = ["columns", "coverage", "popularity_columns", "rows", "waveform", "year_columns"]
