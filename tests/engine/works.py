"""What the engines' tests have done: picklable functions, some of them fatal."""

import os
import signal
import time
from pathlib import Path

from tenuto.model.errors import BadInputError, NetworkError


def double(number: int) -> int:
    return 2 * number


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


def sleep(number: int) -> int:
    if number == 2:
        time.sleep(3600)
    return number


def chatter(number: int) -> int:
    print("a library that prints")  # noqa: T201 - as some do
    os.write(1, b"and one that writes")
    return number


def blunder(number: int) -> int:
    return 1 // (number - number)


def process_of(_: int) -> int:
    return os.getpid()


def once(flag: Path) -> str:
    """Dies the first time that it is done."""
    if not flag.exists():
        flag.touch()
        os._exit(9)
    return "done"


def slowly(number: int) -> int:
    time.sleep(0.02)
    return number


def takes_its_worker_along(number: int) -> int:
    """As a node that runs out of memory: the process that feeds this one is killed too."""
    if number == 5:
        os.kill(os.getppid(), signal.SIGKILL)
    return number


def hangs_once(item: tuple[int, Path]) -> int:
    """As a worker that is far slower than the others."""
    number, flag = item
    if number == 3 and not flag.exists():
        flag.touch()
        time.sleep(3600)
    time.sleep(0.005)
    return number


def worker_of(number: int) -> int:
    """The process above this one: the Dask worker's."""
    time.sleep(0.02)
    return os.getppid() + 0 * number


def asks_a_server(item: tuple[int, Path]) -> int:
    """Notes that it was tried; the server of number 2 is down."""
    number, folder = item
    (folder / str(number)).touch()
    if number == 2:
        raise NetworkError("no answer")
    return number
