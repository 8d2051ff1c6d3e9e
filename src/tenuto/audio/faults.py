"""What is wrong with a file: each fault once, at most 20, in words that say nothing of this machine."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from tenuto.model.audio import Fault, Integrity

MAX_FAULTS: Final = 20


class Faults:
    """Collects the faults of one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._found: dict[str, Fault] = {}

    def add(
        self,
        what: str,
        *,
        severity: Integrity = Integrity.DAMAGED,
        second: float | None = None,
        byte: int | None = None,
    ) -> None:
        """Addresses and the file's own path are taken out of `what`. The same words again say nothing new."""
        what = what.replace(str(self._path), "the file").replace(self._path.name, "the file")
        what = re.sub(r"0x[0-9a-f]{6,}", "0x…", what)
        what = "".join(char if char.isprintable() else " " for char in what).strip()[:300]
        if what and len(self._found) < MAX_FAULTS:
            rounded = None if second is None else round(second, 3)
            self._found.setdefault(what, Fault(what, severity, rounded, byte))

    def take(self, others: Iterable[Fault]) -> None:
        """Faults that were found elsewhere."""
        for fault in others:
            self.add(fault.what, severity=fault.severity, second=fault.second, byte=fault.byte)

    def __bool__(self) -> bool:
        return bool(self._found)

    def all(self) -> tuple[Fault, ...]:
        return tuple(self._found.values())
