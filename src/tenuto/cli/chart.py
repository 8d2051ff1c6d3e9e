"""A coverage curve in characters, for a terminal."""

import math
from collections.abc import Sequence
from typing import Final

from tenuto import words
from tenuto.model.plan import BudgetAnswer, CurvePoint

_ROWS: Final = 11
_COLUMNS: Final = 64


def coverage_chart(curve: Sequence[CurvePoint], found: BudgetAnswer) -> str:
    """Share of listens over bytes on a logarithmic scale; `o` marks the budget."""
    points = [point for point in curve if point.bytes > 0]
    if not points or not found.listens_total:
        return "no curve: nothing is to be had, or nobody counts listens"
    low, high = math.log(points[0].bytes), math.log(max(points[-1].bytes, points[0].bytes + 1))
    canvas = [[" "] * _COLUMNS for _ in range(_ROWS)]
    for column in range(_COLUMNS):
        size = math.exp(low + (high - low) * (column + 1) / _COLUMNS)
        listens = max((point.listens for point in points if point.bytes <= size * 1.0001), default=0.0)
        canvas[_row(listens / found.listens_total)][column] = "*"
    place = (math.log(max(found.bytes, points[0].bytes)) - low) / (high - low)
    column = min(int(place * _COLUMNS), _COLUMNS - 1)
    canvas[_row(found.listens / found.listens_total)][column] = "o"
    lines = [f"{100 - 10 * number:>4} % |{''.join(row).rstrip()}" for number, row in enumerate(canvas)]
    ends = words.size(points[0].bytes), words.size(points[-1].bytes)
    return "\n".join(
        [*lines, f"       +{'-' * _COLUMNS}", f"        {ends[0]}{ends[1]:>{_COLUMNS - len(ends[0])}}"]
    )


def _row(share: float) -> int:
    return _ROWS - 1 - round(min(share, 1.0) * (_ROWS - 1))
