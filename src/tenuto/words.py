"""Numbers as people read them, the same on pages and on the command line. Pure."""

from typing import Final

_UNITS: Final = ("bytes", "kB", "MB", "GB", "TB", "PB", "EB")


def size(count: int) -> str:
    """Bytes in decimal units, three significant digits: 1 MB = 10^6 bytes (SI)."""
    value, unit = float(count), 0
    while value >= 999.5 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    if unit == 0:
        return "1 byte" if count == 1 else f"{count} bytes"
    digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:.{digits}f} {_UNITS[unit]}"


def count(value: float) -> str:
    """With thousands separators; fractions of a listen are rounded to the nearest whole."""
    return f"{round(value):,}"


def duration(milliseconds: int) -> str:
    """`m:ss`, or `h:mm:ss` from an hour on; rounded to the nearest second."""
    seconds = (milliseconds + 500) // 1000
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def percent(part: float, whole: float) -> str:
    """`part / whole`, two decimals, cut instead of rounded: 100 % is only said of the whole."""
    share = 100 * part / whole if whole else 0.0
    return f"{int(share * 100) / 100:.2f} %"


def part(of: float, whole: float) -> str:
    """A share with its numerator and denominator: `3 of 4 = 75.00 %`."""
    return f"{count(of)} of {count(whole)} = {percent(of, whole)}"


def level(value: float | None, unit: str) -> str:
    """A loudness figure, or that it couldn't be measured."""
    return "not measurable" if value is None else f"{value:.1f} {unit}".replace("-", "\u2212")
