"""Work in threads, results in order: for NumPy and Arrow, which leave Python's lock while they work."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Final, TypeVar

T = TypeVar("T")
R = TypeVar("R")

THREADS: Final = min(os.cpu_count() or 1, 4)
"""No more, however many processors: what each works on is in memory."""


def in_order(work: Callable[[T], R], items: Iterable[T], threads: int = THREADS) -> Iterator[R]:
    """`map(work, items)` by so many threads; at most one result more than there are threads waits."""
    todo = iter(items)
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[R]] = deque(pool.submit(work, each) for each in islice(todo, threads + 1))
        while waiting:
            found = waiting.popleft().result()
            waiting.extend(pool.submit(work, each) for each in islice(todo, 1))
            yield found
