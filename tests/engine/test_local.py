"""Items through worker processes on this machine."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from pathlib import Path
from typing import TypeVar

import psutil  # type: ignore[import-untyped]  # it has no types
import pytest

from tenuto.engine import Allowance, LocalEngine, run_items
from tenuto.engine.allowance import DEFAULT_ALLOWANCE
from tenuto.engine.batch import run_batch
from tenuto.model.errors import BadInputError, NetworkError, TenutoError
from tests.engine import works

T = TypeVar("T")
R = TypeVar("R")


def results(
    work: Callable[[T], R], items: Iterable[T], *, jobs: int = 1, allowance: Allowance = DEFAULT_ALLOWANCE
) -> dict[T, R | TenutoError]:
    batches = run_items(work, items, engine=LocalEngine(jobs), allowance=allowance)
    pairs = [pair for batch in batches for pair in batch]
    found = dict(pairs)
    assert len(found) == len(pairs), "each item comes back once"
    return found


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_item_comes_back_once_and_a_dead_worker_costs_its_item_only(jobs: int) -> None:
    found = results(works.square, range(20), jobs=jobs)
    errors = {item: result for item, result in found.items() if isinstance(result, TenutoError)}
    assert sorted(errors) == [7, 13]
    assert "the worker process died on this item (exit code 9)" in str(errors[7])
    assert str(errors[13]) == "13: thirteen"
    assert {n: found[n] for n in found.keys() - errors} == {n: n * n for n in set(range(20)) - {7, 13}}


def test_a_process_that_is_killed_once_costs_nothing(tmp_path: Path) -> None:
    assert results(works.once, [tmp_path / "flag"]) == {tmp_path / "flag": "done"}


def test_the_work_list_is_read_as_it_is_worked_off() -> None:
    taken: list[int] = []

    def source() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    found = run_items(works.double, source(), engine=LocalEngine(2))
    for _ in range(10):
        next(found)
    found.close()  # type: ignore[attr-defined]  # a generator behind the Iterator
    assert len(taken) < 60


def test_a_defect_of_the_work_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        results(works.blunder, [1])
    assert "in blunder" in "".join(caught.value.__notes__), "where it happened, over there"


def test_stop_hands_out_nothing_more_and_yields_what_is_in_hand() -> None:
    """users.md, habit 2."""
    found: dict[int, int | TenutoError] = {}
    for arrived in run_items(works.double, range(1000), engine=LocalEngine(2), stopped=lambda: bool(found)):
        found.update(arrived)
    assert 1 <= len(found) <= 4
    assert found == {item: 2 * item for item in found}


class Processes(LocalEngine):
    """Some executor of the standard library, with three items a task."""

    batch = 3

    def open(self) -> Executor:
        self._executor = ProcessPoolExecutor(2)
        return self._executor


def test_any_executor_will_do() -> None:
    """architecture.md: the standard Executor interface is the port."""
    batches = list(run_items(works.double, range(30), engine=Processes(2)))
    assert dict(pair for batch in batches for pair in batch) == {number: 2 * number for number in range(30)}


@pytest.mark.parametrize(
    ("work", "allowance", "why"),
    [
        (works.spin, Allowance(cpu_seconds=1), "processor time used up"),
        (works.swell, Allowance(memory_bytes=100_000_000), "takes more than 95 MiB of memory"),
        (works.sleep, Allowance(wall_seconds=0.5), "no answer for 0 s"),
    ],
)
def test_an_item_that_takes_too_much_costs_itself_only(
    work: Callable[[int], int], allowance: Allowance, why: str
) -> None:
    found = results(work, range(4), allowance=allowance)
    refused = found.pop(2)
    assert isinstance(refused, BadInputError)
    assert why in str(refused)
    assert found == {0: 0, 1: 1, 3: 3}


def test_what_a_library_prints_is_no_answer() -> None:
    assert results(works.chatter, range(3)) == {0: 0, 1: 1, 2: 2}


def test_processes_stay_warm_and_end_with_the_run() -> None:
    pids = set(results(works.process_of, range(50), jobs=2).values())
    assert len(pids) <= 2
    assert os.getpid() not in pids
    assert not any(psutil.pid_exists(pid) for pid in pids if isinstance(pid, int))


PARENT = """
from tenuto.engine import Allowance
from tenuto.engine.batch import run_batch
from tests.engine import works
print(*run_batch(works.process_of, [1], Allowance()), flush=True)
run_batch(works.slowly, range(10**6), Allowance())
"""


def test_the_processes_of_a_killed_run_end() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert psutil.pid_exists(pid)
        os.kill(parent.pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while psutil.pid_exists(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not psutil.pid_exists(pid)


def test_a_batch_keeps_the_order_and_ends_at_what_is_no_items_fault(tmp_path: Path) -> None:
    """50 files that wait for the same dead server would each wait as long."""
    found = run_batch(works.asks_a_server, [(number, tmp_path) for number in range(5)], DEFAULT_ALLOWANCE)
    assert found[:2] == [0, 1]
    assert all(isinstance(error, NetworkError) for error in found[2:])
    assert len(found) == 5
    assert {path.name for path in tmp_path.iterdir()} == {"0", "1", "2"}
