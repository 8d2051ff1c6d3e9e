"""A chart's rows as comma-separated values (RFC 4180)."""

import csv
import io

from starlette.responses import Response

from tenuto.web.documents import ChartDocument
from tenuto.web.documents.rollups import Kind, Row

_NUMBERS = ("low", "high", "count", "listens", "listens_low", "listens_high")
_NAMES = ("name", "count", "listens")
_POINTS = ("count", "listens")


def csv_response(document: ChartDocument) -> Response:
    """A header, the rows, and last the unknown ones, with a `count` only."""
    chart = document.chart
    columns = {Kind.COLUMNS: _NUMBERS, Kind.ROWS: _NAMES, Kind.CURVE: _POINTS}[chart.kind]
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(_cells(row) for row in chart.rows)
    if chart.kind is not Kind.CURVE:
        writer.writerow({"count": chart.unknown})
    headers = {"content-disposition": f'attachment; filename="{chart.name}.csv"'}
    return Response(buffer.getvalue(), media_type="text/csv; charset=utf-8; header=present", headers=headers)


def _cells(row: Row) -> dict[str, object]:
    low, high = row.interval or (None, None)
    numbers = {
        "low": row.low,
        "high": row.high,
        "listens": row.listens,
        "listens_low": low,
        "listens_high": high,
    }
    plain = {
        name: None if value is None else repr(value).removesuffix(".0") for name, value in numbers.items()
    }
    return {"name": _harmless(row.name), "count": row.count, **plain}


def _harmless(name: str) -> str:
    """Spreadsheets take such beginnings for formulas."""
    return f"'{name}" if name.startswith(("=", "+", "-", "@", "\t", "\r")) else name
