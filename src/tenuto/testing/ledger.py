"""What every `Ledger` must do, and one in memory.

An adapter's test subclasses `LedgerContract` and gives it a `ledger` fixture: a new, empty one.
"""

from collections.abc import Iterable, Iterator, Sequence

import pytest

from tenuto.model.ports import Ledger
from tenuto.model.work import Counts, Outcome, Stage, Status


class MemoryLedger:
    """A `Ledger` that forgets everything with the process."""

    def __init__(self) -> None:
        self._items: dict[Stage, dict[str, Outcome]] = {stage: {} for stage in Stage}

    def record(self, stage: Stage, outcomes: Iterable[Outcome]) -> None:
        """All of them, or none where the iterable raises."""
        self._items[stage].update({outcome.key: outcome for outcome in list(outcomes)})

    def status_of(self, stage: Stage, keys: Sequence[str]) -> dict[str, Status]:
        known = self._items[stage]
        return {key: known[key].status for key in keys if key in known}

    def counts(self, stage: Stage) -> Counts:
        found = self._items[stage].values()
        done, skipped, failed = (sum(o.status is status for o in found) for status in Status)
        size = sum(outcome.bytes for outcome in found if outcome.status is Status.DONE)
        return Counts(len(found), done, skipped, failed, size)


class LedgerContract:
    """The suite. Each test quotes the sentence of `ports.Ledger` that it proves."""

    def test_an_empty_ledger_counts_nothing(self, ledger: Ledger) -> None:
        assert {ledger.counts(stage) for stage in Stage} == {Counts(0, 0, 0, 0)}
        assert ledger.status_of(Stage.ACQUIRE, []) == {}

    def test_only_known_keys_are_told(self, ledger: Ledger) -> None:
        """Only keys that are known."""
        ledger.record(Stage.ACQUIRE, [Outcome("a", Status.DONE, 5), Outcome("b", Status.FAILED, 0, "gone")])
        found = ledger.status_of(Stage.ACQUIRE, ["a", "b", "c"])
        assert found == {"a": Status.DONE, "b": Status.FAILED}
        assert ledger.status_of(Stage.PLAN, ["a"]) == {}

    def test_a_later_outcome_replaces_the_earlier_one(self, ledger: Ledger) -> None:
        """A later outcome of an item replaces the earlier one."""
        for outcome in (Outcome("a", Status.FAILED, 0, "gone"), Outcome("a", Status.DONE, 7)):
            ledger.record(Stage.ACQUIRE, [outcome])
        assert ledger.counts(Stage.ACQUIRE) == Counts(1, 1, 0, 0, 7)
        ledger.record(Stage.ACQUIRE, [Outcome("b", Status.DONE, 1), Outcome("b", Status.SKIPPED, 0, "held")])
        assert ledger.counts(Stage.ACQUIRE) == Counts(2, 1, 1, 0, 7)

    def test_counts_add_up_and_hold_done_bytes_only(self, ledger: Ledger) -> None:
        """Invariant 5: in = done + skipped + failed."""
        outcomes = [Outcome(f"k{n}", list(Status)[n % 3], n) for n in range(30)]
        ledger.record(Stage.CHARACTERISE, outcomes)
        expected = sum(outcome.bytes for outcome in outcomes if outcome.status is Status.DONE)
        assert ledger.counts(Stage.CHARACTERISE) == Counts(30, 10, 10, 10, expected)
        assert ledger.counts(Stage.CHARACTERISE).add_up

    def test_a_batch_is_recorded_whole_or_not_at_all(self, ledger: Ledger) -> None:
        """One transaction."""

        def interrupted() -> Iterator[Outcome]:
            yield Outcome("a", Status.DONE)
            raise InterruptedError

        with pytest.raises(InterruptedError):
            ledger.record(Stage.PUBLISH, interrupted())
        assert ledger.counts(Stage.PUBLISH).entered == 0
        ledger.record(Stage.PUBLISH, [Outcome("b", Status.DONE)])
        assert ledger.status_of(Stage.PUBLISH, ["a", "b"]) == {"b": Status.DONE}

    def test_keys_may_hold_any_text_and_be_many(self, ledger: Ledger) -> None:
        keys = ["", "a'b", 'a"b', "%", "夜", "a\nb", *(f"key {n}" for n in range(5_000))]
        ledger.record(Stage.ACQUIRE, (Outcome(key, Status.DONE) for key in keys))
        assert ledger.status_of(Stage.ACQUIRE, keys) == dict.fromkeys(keys, Status.DONE)
