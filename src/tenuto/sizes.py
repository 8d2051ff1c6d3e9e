"""Sizes as people write them; `tenuto.words` prints them."""

import re

from tenuto.model.errors import UsageError

_DECIMAL = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "p": 10**15, "e": 10**18}
_BINARY = {"ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40, "pi": 2**50, "ei": 2**60}
_SIZE = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([kmgtpe]?i?)b?\s*", re.IGNORECASE)


def parse_size(text: str) -> int:
    """`300TB` is 3e14 bytes, `1.5TiB` is 1.5 * 2^40 (IEC 80000-13). Raises `UsageError`."""
    match = _SIZE.fullmatch(text)
    unit = match[2].lower() if match else ""
    factor = (_DECIMAL | _BINARY).get(unit)
    if match is None or factor is None:
        raise UsageError(f"{text!r} is not a size", remedy="Write it like 80MB, 300TB or 1.5TiB")
    return int(float(match[1]) * factor)
