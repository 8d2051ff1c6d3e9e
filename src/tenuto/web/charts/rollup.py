"""A chart of the statistics page, drawn as its kind asks."""

from typing import Final

from markupsafe import Markup

from tenuto.web.charts.columns import Column, columns
from tenuto.web.charts.curve import curve
from tenuto.web.charts.labels import label, tick
from tenuto.web.charts.rows import rows
from tenuto.web.documents.rollups import Chart, Kind, Row

_ROWS: Final = 12
"""As many as there are musical keys."""


def rollup(chart: Chart, total_listens: float) -> Markup:
    """`total_listens` is the denominator of curves. The chart has at least one row."""
    if chart.kind is Kind.CURVE:
        points = [(row.count, row.listens or 0.0) for row in chart.rows]
        return curve(chart.name, chart.title, chart.caption, points, total_listens)
    if chart.kind is Kind.ROWS:
        pairs = [(row.name, _value(chart, row)) for row in chart.rows]
        return rows(chart.name, chart.title, pairs, most=_ROWS)
    bars = [
        Column(
            label(row, chart.unit),
            tick(row, chart.unit),
            _value(chart, row),
            row.interval if chart.shows == "listens" else None,
        )
        for row in chart.rows
    ]
    return columns(chart.name, chart.title, chart.caption, bars)


def _value(chart: Chart, row: Row) -> float:
    return (row.listens or 0.0) if chart.shows == "listens" else row.count
