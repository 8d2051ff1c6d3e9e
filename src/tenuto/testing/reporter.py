"""What every `Reporter` must do, and one that remembers.

An adapter's test subclasses `ReporterContract` and gives it a `reporter` fixture.
"""

import pytest

from tenuto.model.ports import Reporter


class Notes:
    """A `Reporter` that shows nothing and remembers what it was told."""

    def __init__(self) -> None:
        self.phases: list[str] = []
        self.items = 0
        self.bytes = 0
        self.faults: list[tuple[str, str]] = []

    def phase(self, name: str, *, items: int | None = None, total_bytes: int | None = None) -> None:  # noqa: ARG002  the port's signature
        self.phases.append(name)

    def advance(self, items: int = 1, *, done_bytes: int = 0) -> None:
        self.items += items
        self.bytes += done_bytes

    def fault(self, where: str, what: str) -> None:
        self.faults.append((where, what))


class ReporterContract:
    """The suite: calls MUST NOT raise, whatever they are given and in whatever order."""

    def test_a_journey_is_taken(self, reporter: Reporter) -> None:
        reporter.phase("fetch", items=2, total_bytes=3_000)
        reporter.advance(done_bytes=1_000)
        reporter.advance(1, done_bytes=2_000)
        reporter.phase("check")
        reporter.advance(0)

    def test_calls_may_come_before_any_phase(self, reporter: Reporter) -> None:
        reporter.advance(3, done_bytes=4)
        reporter.fault("somewhere", "something")

    @pytest.mark.parametrize("items", [None, 0, 1])
    def test_more_may_come_than_was_announced(self, reporter: Reporter, items: int | None) -> None:
        """None means the size isn't known beforehand."""
        reporter.phase("count", items=items, total_bytes=items)
        for _ in range(5):
            reporter.advance(10**12, done_bytes=10**18)

    @pytest.mark.parametrize("text", ["", "é 夜", "\x1b[2J\r\n\0", "\ud800", "x" * 100_000])
    def test_no_text_is_too_odd(self, reporter: Reporter, text: str) -> None:
        reporter.phase(text, items=1)
        reporter.fault(text, text)

    def test_many_faults_are_taken(self, reporter: Reporter) -> None:
        reporter.phase("hostile")
        for number in range(1_000):
            reporter.fault(f"file {number}", "unreadable")
