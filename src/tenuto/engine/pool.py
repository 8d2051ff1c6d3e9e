"""Items through worker processes: a bounded window in flight, and a crash costs the culprit only."""

import multiprocessing
import resource
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final, Generic, TypeVar

from tenuto.model.errors import BadInputError, TenutoError

T = TypeVar("T")
R = TypeVar("R")

CPU_SECONDS: Final = 900
"""Processor time that one item may take: 12 hours of music with an access copy, with room to spare."""

MEMORY_BYTES: Final = 2 * 2**30
"""What one item may allocate beyond what its worker has."""

_DATA_LIMITS: Final = resource.getrlimit(resource.RLIMIT_DATA)

IN_FLIGHT_PER_JOB: Final = 2
"""Enough that no worker waits for the next item, few enough that little is lost."""


def process_pool(jobs: int) -> Executor:
    """The default. Not fork: this process may have threads of torrent sessions, servers and decoders."""
    context = multiprocessing.get_context("forkserver")
    return ProcessPoolExecutor(jobs, context, initializer=_leave_interrupts_to_the_parent)


def _bounded(work: Callable[[T], R], cpu_seconds: int, memory_bytes: int, item: T) -> R:
    """In a worker: the kernel ends it (SIGXCPU) when one item takes more than its time, and refuses it more
    memory. Decoders report that as an error of the file; Python raises `MemoryError`.
    """
    spent = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(spent.ru_utime + spent.ru_stime) + cpu_seconds
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    resource.setrlimit(resource.RLIMIT_DATA, (_data_bytes() + memory_bytes, _DATA_LIMITS[1]))
    try:
        return work(item)
    except MemoryError:
        raise BadInputError(
            f"takes more than {memory_bytes // 2**20} MiB of memory", remedy="The file may be hostile"
        ) from None
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, _DATA_LIMITS)


def _data_bytes() -> int:
    """Of private memory that this process may write (proc(5), statm: data); mapped files don't count."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5])
    return pages * resource.getpagesize()


def run_items(
    work: Callable[[T], R],
    items: Iterable[T],
    *,
    jobs: int,
    key: Callable[[T], str],
    executor: Callable[[int], Executor] = process_pool,
    stopped: Callable[[], bool] = lambda: False,
    cpu_seconds: int = CPU_SECONDS,
    memory_bytes: int = MEMORY_BYTES,
) -> Iterator[tuple[T, R | TenutoError]]:
    """Yields each item with its result as it is completed, not in order.

    `work` is picklable and runs in `jobs` worker processes, also where that is one: a decoder that crashes
    must not take the ledger's process along. `TenutoError` from `work` is that item's result; any other
    exception of `work` is a defect and passes through. When a worker dies, the items that were in flight run
    again one at a time, so that only the culprit fails. Closing the iterator (also by Ctrl-C in its
    consumer) cancels what hasn't begun and waits for what is in hand. Once `stopped` answers True nothing
    more is handed out, and what was handed out is still yielded. `executor` makes the workers: any
    `concurrent.futures.Executor` whose workers are processes will do. An item that takes more than
    `cpu_seconds` of processor time costs its worker; one that wants more than `memory_bytes` fails.
    """
    source = iter(items)
    work = partial(_bounded, work, cpu_seconds, memory_bytes)
    while True:
        batch = _Pool[T, R](work, jobs, executor(jobs), stopped)
        try:
            yield from batch.drain(source)
        finally:
            batch.close()
        if not batch.orphans:
            return
        for item in batch.orphans:
            yield item, _alone(work, item, key, executor)


class _Pool(Generic[T, R]):
    """One process pool's life, until its items are done or it breaks."""

    def __init__(
        self, work: Callable[[T], R], jobs: int, executor: Executor, stopped: Callable[[], bool]
    ) -> None:
        self._work, self._window = work, IN_FLIGHT_PER_JOB * jobs
        self._executor, self._stopped = executor, stopped
        self._running: dict[Future[R], T] = {}
        self.orphans: list[T] = []
        """Items in flight when a worker died."""

    def drain(self, source: Iterator[T]) -> Iterator[tuple[T, R | TenutoError]]:
        """Until the source is empty, or a worker died: then the items in flight are orphans."""
        while self._fill(source):
            finished, _ = wait(self._running, return_when=FIRST_COMPLETED)
            for future in finished:
                item = self._running.pop(future)
                try:
                    result: R | TenutoError = _result(future)
                except BrokenProcessPool:
                    self.orphans.append(item)
                else:
                    yield item, result

    def _fill(self, source: Iterator[T]) -> bool:
        """Submits while there is room; a broken pool takes nothing more. True while anything runs."""
        if not self.orphans and not self._stopped():
            for item in islice(source, self._window - len(self._running)):
                try:
                    self._running[self._executor.submit(self._work, item)] = item
                except BrokenProcessPool:
                    self.orphans.append(item)
                    break
        return bool(self._running)

    def close(self) -> None:
        self._executor.shutdown(wait=True, cancel_futures=True)


def _alone(
    work: Callable[[T], R], item: T, key: Callable[[T], str], executor: Callable[[int], Executor]
) -> R | TenutoError:
    with executor(1) as worker:
        try:
            return _result(worker.submit(work, item))
        except BrokenProcessPool:
            return BadInputError(
                "the worker process died on this item",
                where=key(item),
                remedy="The file may be hostile, or memory or time too small; the other items went on",
            )


def _result(future: Future[R]) -> R | TenutoError:
    try:
        return future.result()
    except TenutoError as error:
        return error


def _leave_interrupts_to_the_parent() -> None:
    """Ctrl-C reaches the whole process group; a worker finishes the item in hand."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
