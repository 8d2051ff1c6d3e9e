"""Items through worker processes."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tenuto.engine import run_items
from tenuto.model.errors import BadInputError, TenutoError


def square(number: int) -> int:
    if number == 13:
        raise BadInputError("thirteen", where="13")
    if number == 7:
        os._exit(9)
    return number * number


def spin(number: int) -> int:
    while number == 2:
        pass
    return number


def swell(number: int) -> int:
    return len(bytes(300_000_000)) if number == 2 else number


def double(number: int) -> int:
    return 2 * number


def blunder(number: int) -> int:
    return 1 // (number - number)


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_item_comes_back_once_and_a_dead_worker_costs_its_item_only(jobs: int) -> None:
    results = dict(run_items(square, range(20), jobs=jobs, key=str))
    assert sorted(results) == list(range(20))
    errors = {item: result for item, result in results.items() if isinstance(result, TenutoError)}
    assert sorted(errors) == [7, 13]
    assert "worker process died" in str(errors[7])
    assert str(errors[13]) == "13: thirteen"
    assert all(results[n] == n * n for n in set(range(20)) - {7, 13})


def test_the_work_list_is_read_as_it_is_worked_off() -> None:
    taken: list[int] = []

    def source() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    results = run_items(double, source(), jobs=2, key=str)
    for _ in range(10):
        next(results)
    results.close()  # type: ignore[attr-defined]  # a generator behind the Iterator
    assert len(taken) < 30


def test_a_defect_of_the_work_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        list(run_items(blunder, [1], jobs=1, key=str))


def test_stop_hands_out_nothing_more_and_yields_what_is_in_hand() -> None:
    """users.md, habit 2."""
    found: list[tuple[int, int | TenutoError]] = []
    for item, result in run_items(double, range(1000), jobs=2, key=str, stopped=lambda: bool(found)):
        found.append((item, result))
    assert 1 <= len(found) <= 4
    assert all(result == 2 * item for item, result in found)


def test_any_executor_will_do() -> None:
    """architecture.md: the standard Executor interface is the port."""
    found = dict(run_items(double, range(30), jobs=2, key=str, executor=ThreadPoolExecutor))
    assert found == {number: 2 * number for number in range(30)}


def test_an_item_without_end_costs_itself_only() -> None:
    results = dict(run_items(spin, range(4), jobs=1, key=str, cpu_seconds=1))
    assert isinstance(results.pop(2), BadInputError)
    assert results == {0: 0, 1: 1, 3: 3}


def test_an_item_that_wants_too_much_memory_costs_itself_only() -> None:
    results = dict(run_items(swell, range(4), jobs=1, key=str, memory_bytes=100_000_000))
    refused = results.pop(2)
    assert isinstance(refused, BadInputError)
    assert "takes more than 95 MiB of memory" in str(refused)
    assert results == {0: 0, 1: 1, 3: 3}
