"""PostgreSQL's COPY text format, as `COPY table TO stdout` writes it.

One line a row, cells between tabs, `\\N` for NULL, backslash escapes (PostgreSQL documentation, COPY, "Text
Format"). The octal and hexadecimal escapes that COPY FROM also takes are never written, nor is a tab or a
line feed in a cell.
"""

import re
from typing import Final

from tenuto.sources.dumps import strict_text

_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_CONTROLS: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}

END_OF_DATA: Final = b"\\."
"""The line that ends a table in files of older servers."""


def cells(line: bytes) -> list[str | None]:
    """The row's cells. `BadInputError` for what isn't UTF-8 or holds a NUL, which no PostgreSQL text can."""
    text = strict_text(line)
    found: list[str | None] = [*text.split("\t")]
    if "\\" not in text:
        return found
    return [None if cell == r"\N" else _unescaped(cell) for cell in text.split("\t")]


def _unescaped(cell: str) -> str:
    return _ESCAPE.sub(lambda match: _CONTROLS.get(match[1], match[1]), cell) if "\\" in cell else cell
