"""Identifiers out of what a source prints.

What hasn't its scheme's form is left out: it would merge what isn't the same.
"""

import re
from typing import Final

from tenuto.model.source import Identifier, Scheme

_NOISE: Final = re.compile(r"[\s-]")
_ISRC: Final = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
_BARCODE: Final = re.compile(r"\d{8}|\d{12,13}", re.ASCII)


def isrc(text: str) -> Identifier | None:
    """ISO 3901, with or without hyphens."""
    code = isrc_code(text)
    return Identifier(Scheme.ISRC, code) if code else None


def isrc_code(text: str) -> str | None:
    """The value alone."""
    if _ISRC.fullmatch(text):
        return text
    code = _NOISE.sub("", text).upper()
    return code if _ISRC.fullmatch(code) else None


def barcode(text: str) -> Identifier | None:
    """EAN-8, UPC-A or EAN-13 whose check digit is right (GS1 General Specifications, section 7.9)."""
    code = _NOISE.sub("", text)
    if not _BARCODE.fullmatch(code):
        return None
    digits = [int(digit) for digit in reversed(code)]
    right = (sum(digits[0::2]) + 3 * sum(digits[1::2])) % 10 == 0
    return Identifier(Scheme.BARCODE, code) if right else None
