"""Stages, their items, and counts that add up."""

from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """The stages whose items the ledger keeps."""

    HARVEST = "harvest"
    CATALOGUE = "catalogue"
    PLAN = "plan"
    ACQUIRE = "acquire"
    CHARACTERISE = "characterise"
    IDENTIFY = "identify"
    PUBLISH = "publish"
    EXPORT = "export"
    """Writes outside the archive, so the ledger keeps nothing of it."""


class Status(StrEnum):
    """An item's outcome."""

    DONE = "done"
    SKIPPED = "skipped"
    """Nothing to do, for a stated reason."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one item. `detail`: the reason (skipped), the error (failed), what is damaged (done)."""

    key: str
    status: Status
    bytes: int = 0
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """entered = done + skipped + failed, or the stage lies."""

    entered: int
    done: int
    skipped: int
    failed: int
    bytes: int = 0

    @property
    def add_up(self) -> bool:
        return self.entered == self.done + self.skipped + self.failed

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.entered + other.entered,
            self.done + other.done,
            self.skipped + other.skipped,
            self.failed + other.failed,
            self.bytes + other.bytes,
        )
