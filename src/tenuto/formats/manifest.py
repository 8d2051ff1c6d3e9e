"""`SHA256SUMS`: the lines that `sha256sum` writes and checks (docs/formats/volume.md, clauses 8-9).

Source: GNU coreutils manual, "md5sum invocation". Escaped names (with a leading backslash) aren't used:
the names in a volume need none.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from tenuto.formats.paths import MAX_PATH_BYTES, path_fault, split_path
from tenuto.model.errors import BadInputError
from tenuto.model.ids import Sha256

MAX_LINES: Final = 1_000_000
_MAX_LINE_BYTES: Final = 64 + 2 + MAX_PATH_BYTES + 1
_LINE: Final = re.compile(rb"([0-9a-f]{64}) [ *]([^\n]+)\n")


@dataclass(frozen=True, slots=True)
class Sum:
    """One line: the file at `path`, `/` between components, has this SHA-256."""

    path: str
    sha256: Sha256


def write_sums(sums: Iterable[Sum]) -> bytes:
    """The manifest, in the order given."""
    return "".join(f"{line.sha256}  {line.path}\n" for line in sums).encode()


def read_sums(stream: BinaryIO) -> Iterator[Sum]:
    """Line by line, in bounded memory. `BadInputError` at the first malformed line or unsafe path."""
    for number in range(1, MAX_LINES + 2):
        line = stream.readline(_MAX_LINE_BYTES + 1)
        if not line:
            return
        if number > MAX_LINES:
            break
        yield _parse(line, number)
    raise BadInputError(f"more than {MAX_LINES} lines", remedy="This is no volume's manifest")


def _parse(line: bytes, number: int) -> Sum:
    match = _LINE.fullmatch(line)
    if match is None:
        raise _fault(number, "isn't a SHA-256, two spaces and a path")
    try:
        path = match[2].decode()
    except UnicodeDecodeError:
        raise _fault(number, "isn't UTF-8") from None
    fault = path_fault(split_path(path))
    if fault:
        raise _fault(number, f"names an unsafe path: {fault}")
    return Sum(path, Sha256(match[1].decode()))


def _fault(number: int, what: str) -> BadInputError:
    return BadInputError(f"line {number} {what}", remedy="Get the file again from its publisher")
