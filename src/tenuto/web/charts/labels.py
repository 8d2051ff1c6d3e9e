"""What the rows of a chart are called: in full for people, short for an axis."""

from tenuto.web.charts.svg import short
from tenuto.web.documents.rollups import Row, Unit
from tenuto.words import duration


def label(row: Row, unit: Unit) -> str:
    """In tables and hints."""
    if row.low is None:
        return row.name or f"{row.count:,}"
    low, high = int(row.low), None if row.high is None else int(row.high)
    if unit is Unit.MILLISECONDS:
        return _between(duration(low) if low > 1 else "", duration(high) if high else "")
    if unit is Unit.LISTENS:
        return _between(f"{low:,}" if low else "", f"{high:,}" if high else "")
    if unit is Unit.YEAR and low == 1:
        return f"before {high}"
    if high is None:
        return f"{low:,} or more"
    text = "{}" if unit is Unit.YEAR else "{:,}"
    return text.format(low) if high == low + 1 else f"{low:,}\u2013{high - 1:,}"


def tick(row: Row, unit: Unit) -> str:
    """Under a column."""
    if row.low is None:
        return row.name
    if unit is Unit.MILLISECONDS:
        return duration(int(row.low)) if row.low > 1 else "0:00"
    if unit is Unit.LISTENS:
        return short(row.low)
    return label(row, unit).removeprefix("before ") if unit is not Unit.YEAR else f"{max(row.low, 1899):.0f}"


def _between(low: str, high: str) -> str:
    if not low:
        return f"under {high}"
    return f"{low} to {high}" if high else f"{low} or more"
