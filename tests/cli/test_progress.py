"""What the user sees while waiting, with a clock that the test moves."""

import json
from io import StringIO

import pytest

from tenuto.cli.progress import Progress


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stream() -> StringIO:
    return StringIO()


def test_plain_shows_a_line_every_thirty_seconds_and_one_at_the_end(stream: StringIO, clock: Clock) -> None:
    progress = Progress("auto", stream, clock)
    progress.phase("acquire", items=100, total_bytes=4_000_000)
    for _ in range(25):
        clock.now += 2
        progress.advance(done_bytes=40_000)
    assert stream.getvalue() == "  acquire                 15/100  600 kB (20.0 kB/s)  ETA 170 s\n"
    progress.close()
    assert stream.getvalue().splitlines()[1:] == [
        "  acquire                 25/100  1.00 MB (20.0 kB/s)  50.0 s"
    ]


def test_without_a_total_there_is_no_eta(stream: StringIO, clock: Clock) -> None:
    progress = Progress("plain", stream, clock)
    progress.phase("harvest")
    clock.now += 31
    progress.advance(7)
    assert stream.getvalue() == "  harvest                 7\n"


def test_at_most_ten_faults_of_a_phase_are_shown_and_all_are_counted(stream: StringIO, clock: Clock) -> None:
    progress = Progress("plain", stream, clock)
    for phase in ("acquire", "characterise"):
        progress.phase(phase, items=12)
        for number in range(12):
            progress.fault(f"file {number}", "unreadable")
    progress.close()
    lines = stream.getvalue().splitlines()
    assert sum(line.startswith("  ! ") for line in lines) == 20
    assert [line for line in lines if "12 with faults" in line] == [
        "  acquire                 0/12  0.0 s  12 with faults",
        "  characterise            0/12  0.0 s  12 with faults",
    ]


def test_the_bar_redraws_its_line(stream: StringIO, clock: Clock) -> None:
    progress = Progress("bar", stream, clock)
    progress.phase("plan", items=2)
    clock.now += 1
    progress.advance()
    progress.close()
    assert stream.getvalue().count("\r\x1b[2K") == 2
    assert stream.getvalue().count("\n") == 1


def test_json_is_one_object_a_line(stream: StringIO, clock: Clock) -> None:
    progress = Progress("json", stream, clock)
    progress.phase("plan", items=4)
    clock.now += 30
    progress.advance(1)
    progress.fault("a", "b")
    progress.close()
    half, fault, end = map(json.loads, stream.getvalue().splitlines())
    assert (half["phase"], half["items"], half["of"], half["eta_seconds"]) == ("plan", 1, 4, 90)
    assert fault == {"fault": {"where": "a", "what": "b"}}
    assert (end["ended"], end["faults"], end["eta_seconds"]) == (True, 1, None)


def test_off_is_silent(stream: StringIO, clock: Clock) -> None:
    progress = Progress("off", stream, clock)
    progress.phase("plan", items=1)
    clock.now += 60
    progress.advance()
    progress.fault("a", "b")
    progress.close()
    assert not stream.getvalue()
