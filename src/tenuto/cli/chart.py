"""A coverage curve in characters, for a terminal."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

from tenuto import words
from tenuto.model.plan import BudgetAnswer, CurvePoint

_ROWS: Final = 11
_COLUMNS: Final = 64
_LEGEND: Final = "* listens   r recordings   a artists   w whole releases   o the budget"


def coverage_chart(curve: Sequence[CurvePoint], found: BudgetAnswer) -> str:
    """Shares over bytes on a logarithmic scale."""
    points = [point for point in curve if point.bytes > 0]
    if not points or not found.listens_total:
        return "no curve: nothing is to be had, or nobody counts listens"
    low, high = math.log(points[0].bytes), math.log(max(points[-1].bytes, points[0].bytes + 1))
    sizes = [point.bytes for point in points]
    canvas = [[" "] * _COLUMNS for _ in range(_ROWS)]
    for column in range(_COLUMNS):
        size = math.exp(low + (high - low) * (column + 1) / _COLUMNS) * 1.0001
        for mark, share in _shares(points[max(bisect_right(sizes, size) - 1, 0)], found):
            canvas[_row(share)][column] = mark
    place = (math.log(max(found.bytes, points[0].bytes)) - low) / (high - low)
    canvas[_row(found.listens / found.listens_total)][min(int(place * _COLUMNS), _COLUMNS - 1)] = "o"
    lines = [f"{100 - 10 * number:>4} % |{''.join(row).rstrip()}" for number, row in enumerate(canvas)]
    ends = words.size(points[0].bytes), words.size(points[-1].bytes)
    foot = f"        {ends[0]}{ends[1]:>{_COLUMNS - len(ends[0])}}"
    return "\n".join([*lines, f"       +{'-' * _COLUMNS}", foot, f"        {_LEGEND}"])


def _shares(point: CurvePoint, found: BudgetAnswer) -> list[tuple[str, float]]:
    """Marks and shares, the most important last: it stands where several meet."""
    parts = (
        ("w", point.releases, found.known["releases"]),
        ("a", point.artists, found.known["artists"]),
        ("r", point.recordings, sum(found.by_tier.values())),
        ("*", point.listens, found.listens_total),
    )
    return [(mark, part / whole) for mark, part, whole in parts if whole]


def _row(share: float) -> int:
    return _ROWS - 1 - round(min(share, 1.0) * (_ROWS - 1))
