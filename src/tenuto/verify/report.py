"""What a check found."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Literal

from tenuto.formats.paths import printable
from tenuto.model.errors import TenutoError
from tenuto.model.ports import Reporter

MAX_FAULTS: Final = 10_000
"""More are counted, not kept: a hostile tree must not fill the memory."""


Kind = Literal["volume", "edition", "mirror"]


@dataclass(frozen=True, slots=True)
class Fault:
    """`where` is a path below the folder that was checked, made printable."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Report:
    """The proof is `sound`: everything was read and nothing was wrong."""

    kind: Kind
    files: int
    """Read to their end and hashed."""
    bytes: int
    faults: tuple[Fault, ...]
    fault_count: int
    """All of them; `faults` holds the first 10,000."""
    notes: tuple[str, ...]
    """What the reader should know that is no fault: expired signatures, a key taken on trust."""

    @property
    def sound(self) -> bool:
        return not self.fault_count


@dataclass(slots=True)
class Findings:
    """Collects while a check runs, and tells the reporter."""

    reporter: Reporter
    files: int = 0
    bytes: int = 0
    faults: list[Fault] = field(default_factory=list)
    fault_count: int = 0
    notes: list[str] = field(default_factory=list)
    prefix: str = ""

    @contextmanager
    def below(self, prefix: str) -> Iterator[None]:
        """What goes wrong inside is told with this before its path: a part of what is checked."""
        self.prefix = prefix
        try:
            yield
        finally:
            self.prefix = ""

    def fault(self, where: str, what: str) -> None:
        shown = printable(self.prefix + where)
        self.fault_count += 1
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(Fault(shown, what))
        self.reporter.fault(shown, what)

    def hashed(self, length: int) -> None:
        self.files += 1
        self.bytes += length
        self.reporter.advance(1, done_bytes=length)

    def within(self, where: str) -> "_Within":
        """What goes wrong inside is a fault of `where`, and the check goes on behind it."""
        return _Within(self, where)

    def report(self, kind: Kind) -> Report:
        return Report(kind, self.files, self.bytes, tuple(self.faults), self.fault_count, tuple(self.notes))


@dataclass(frozen=True, slots=True)
class _Within:
    findings: Findings
    where: str

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        match error:
            case TenutoError():
                self.findings.fault(self.where, error.what)
            case OSError():
                self.findings.fault(self.where, f"can't be read: {error.strerror}")
            case _:
                return False
        return True


class Quiet:
    """A reporter that nobody listens to."""

    def phase(self, name: str, *, items: int | None = None, total_bytes: int | None = None) -> None:
        """Ignored."""

    def advance(self, items: int = 1, *, done_bytes: int = 0) -> None:
        """Ignored."""

    def fault(self, where: str, what: str) -> None:
        """Ignored."""
