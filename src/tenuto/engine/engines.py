"""Where batches run: the port to executors, and the one for this machine."""

from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Protocol

from tenuto.engine.batch import close_children


class Engine(Protocol):
    """A `concurrent.futures.Executor`, and what the standard interface doesn't tell about it.

    The executor runs `run_batch`, which does each item in a process of its own; so its workers may be
    threads here, or processes anywhere.
    """

    batch: int
    """Items that one task holds at most."""
    lost: tuple[type[BaseException], ...]
    """Raised by `submit` and `width`: the executor is gone with all it had, and may be opened again."""
    deaths: tuple[type[BaseException], ...]
    """Raised by a task: its workers died again and again."""
    repeats: bool
    """Whether a task that is late may be handed out a second time."""

    def open(self) -> Executor:
        """Anew, also after a loss. `NetworkError`, `ConfigurationError`."""

    def width(self) -> int:
        """Tasks that run at the same time, now; one at least. Raises `lost`, `NetworkError`."""

    def explained(self, error: Exception) -> Exception:
        """`ConfigurationError` where a task's error says that our code is missing there; else the error."""

    def close(self) -> None:
        """Lets go of everything. What still runs is worked off, and its results are dropped."""


class LocalEngine:
    """`jobs` processes on this machine, a thread for each."""

    batch = 1
    lost: tuple[type[BaseException], ...] = ()
    deaths: tuple[type[BaseException], ...] = ()
    repeats = False

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._executor: Executor | None = None

    def open(self) -> Executor:
        self._executor = ThreadPoolExecutor(self._jobs)
        return self._executor

    def width(self) -> int:
        return self._jobs

    def explained(self, error: Exception) -> Exception:
        return error

    def close(self) -> None:
        """Waits for the items in hand."""
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)
        close_children()
