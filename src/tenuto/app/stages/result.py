"""What a stage returns: counts that add up, and facts for people and JSON alike."""

from dataclasses import dataclass, field

from tenuto.model.errors import TenutoError
from tenuto.model.work import Counts, Outcome, Stage, Status

Fact = str | int | float | bool | None | dict[str, int] | dict[str, str] | list[str]


@dataclass(frozen=True, slots=True)
class StageResult:
    """One run of one stage. `facts` have stable snake_case names; sizes are bytes."""

    stage: Stage
    counts: Counts
    facts: dict[str, Fact] = field(default_factory=dict)


class Tally:
    """Counts one run's items as they end, and stops the run at too many failures."""

    def __init__(self, max_errors: int) -> None:
        self._max_errors = max_errors
        self._items = dict.fromkeys(Status, 0)
        self._bytes = 0

    def add(self, outcome: Outcome) -> None:
        """Raises `TenutoError` when more than the allowed number of items failed."""
        self._items[outcome.status] += 1
        if outcome.status is Status.DONE:
            self._bytes += outcome.bytes
        if self._items[Status.FAILED] > self._max_errors:
            raise TenutoError(
                f"more than {self._max_errors} items failed, the last with: {outcome.detail}",
                remedy="Mend the cause and run again, or raise work.max_errors; what is done stays done",
            )

    def skip(self) -> None:
        """An item with nothing left to do."""
        self._items[Status.SKIPPED] += 1

    def counts(self) -> Counts:
        """What ended so far."""
        done, skipped, failed = (self._items[s] for s in (Status.DONE, Status.SKIPPED, Status.FAILED))
        return Counts(done + skipped + failed, done, skipped, failed, self._bytes)
