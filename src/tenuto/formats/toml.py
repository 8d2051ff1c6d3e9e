"""TOML 1.0 from strangers, within limits that keep time and memory in proportion to the text."""

import tomllib
from typing import Any, Final

MAX_BYTES: Final = 1 << 20
_LONGEST_LINE: Final = 4096
"""Characters. `tomllib` takes time and memory quadratic in the parts of a dotted key, which is one line:
128 KiB of `a.a.a…` took 80 s, 256 KiB all memory. So it takes at most some 10 ms a line."""


def read_toml(data: bytes) -> dict[str, Any]:
    """The document. `ValueError`, whatever is wrong with it: size, encoding, grammar, nesting, numbers."""
    if len(data) > MAX_BYTES:
        raise ValueError(f"more than {MAX_BYTES} bytes")
    text = data.decode()
    if any(len(line) > _LONGEST_LINE for line in text.split("\n")):
        raise ValueError(f"a line of more than {_LONGEST_LINE} characters")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
