"""Items through an engine: a bounded number in flight, short batches at the end, a culprit alone fails."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from dataclasses import dataclass
from itertools import islice
from typing import Final, Generic, TypeVar

from tenuto.engine.allowance import DEFAULT_ALLOWANCE, Allowance
from tenuto.engine.batch import run_batch
from tenuto.engine.engines import Engine
from tenuto.model.errors import BadInputError, TenutoError

T = TypeVar("T")
R = TypeVar("R")

PER_WORKER: Final = 2
"""Batches in flight: enough that no worker waits for the next one, few enough that little is lost."""

_LATE: Final = 3
"""A batch that takes so many times the usual is handed out again when workers stand idle."""

_COPIES: Final = 4
"""Of one batch at most: a copy may come to wait behind the same late worker."""

_TICK_SECONDS: Final = 1.0


def run_items(
    work: Callable[[T], R],
    items: Iterable[T],
    *,
    engine: Engine,
    stopped: Callable[[], bool] = lambda: False,
    allowance: Allowance = DEFAULT_ALLOWANCE,
) -> Iterator[list[tuple[T, R | TenutoError]]]:
    """Yields each item once with its result: those that have arrived together, in no certain order.

    `work` is picklable, and harmless when it is done twice. `TenutoError` from it is that item's result; any
    other exception of it is a defect and passes through. Each item is done in a process beside the
    worker's, within `allowance`: a decoder that crashes takes neither the worker nor another item along.

    Workers that die are survived (their batches run again, in the end item by item), and so are a lost
    executor (opened again) and a worker that is late. `items` is read as it is worked off. Once `stopped`
    answers True nothing more is handed out, and what was handed out is still yielded. Closing the iterator
    drops what hasn't begun. Raises `NetworkError` where the engine can't be reached any more,
    `ConfigurationError` where a worker lacks our code.
    """
    run = _Run[T, R](work, engine, stopped, allowance)
    try:
        yield from run.results(iter(items))
    finally:
        run.close()


@dataclass(slots=True, eq=False)
class _Batch(Generic[T]):
    items: list[T]
    since: float = 0.0
    """When it was handed out last (monotonic)."""
    copies: int = 1
    done: bool = False
    suspect: bool = False
    """Of a batch over which workers died."""


class _Run(Generic[T, R]):
    """One work list's way through an engine."""

    def __init__(
        self, work: Callable[[T], R], engine: Engine, stopped: Callable[[], bool], allowance: Allowance
    ) -> None:
        self._work, self._engine, self._stopped, self._allowance = work, engine, stopped, allowance
        self._executor: Executor | None = None
        self._ahead: deque[T] = deque()
        """Read, and not yet handed out: what is left at the end is divided evenly."""
        self._again: deque[_Batch[T]] = deque()
        """To be handed out before anything new."""
        self._suspects: deque[_Batch[T]] = deque()
        """Single items for the end, when nothing else is there that could kill a worker."""
        self._running: dict[Future[list[R | TenutoError]], _Batch[T]] = {}
        self._seconds, self._items = 0.0, 0
        """Of the batches so far that came in time: what is usual."""

    def results(self, source: Iterator[T]) -> Iterator[list[tuple[T, R | TenutoError]]]:
        while self._hand_out(source):
            finished, _ = wait(self._running, _TICK_SECONDS, FIRST_COMPLETED)
            arrived = [pair for future in finished for pair in self._take(future)]
            if arrived:
                yield arrived

    def close(self) -> None:
        for future in self._running:
            future.cancel()
        self._engine.close()

    def _hand_out(self, source: Iterator[T]) -> bool:
        """Submits while there is room. True while anything is to be waited for."""
        if self._stopped():
            return bool(self._running)
        width = self._width()
        room = PER_WORKER * width
        while len(self._running) < room and (batch := self._next(source, room)) is not None:
            if not self._submit(batch):
                return True
        if self._engine.repeats and len(self._running) < width and (late := self._late()) is not None:
            late.copies += 1
            self._submit(late)
        return bool(self._running or self._again or self._suspects or self._executor is None)

    def _width(self) -> int:
        """Of the executor, which is opened where there is none; 0 where it has just been lost."""
        try:
            if self._executor is None:
                self._executor = self._engine.open()
            return self._engine.width()
        except self._engine.lost:
            self._forget_executor()
            return 0

    def _submit(self, batch: _Batch[T]) -> bool:
        """False where the executor is lost."""
        assert self._executor is not None
        try:
            future = self._executor.submit(run_batch, self._work, batch.items, self._allowance)
        except self._engine.lost:
            self._again.append(batch)
            self._forget_executor()
            return False
        batch.since = time.monotonic()
        self._running[future] = batch
        return True

    def _next(self, source: Iterator[T], room: int) -> _Batch[T] | None:
        if self._again:
            return self._again.popleft()
        self._ahead.extend(islice(source, max(0, room * self._engine.batch - len(self._ahead))))
        size = min(self._engine.batch, -(-len(self._ahead) // room))
        items = [self._ahead.popleft() for _ in range(size)]
        if not items and not self._running and self._suspects:
            return self._suspects.popleft()
        return _Batch(items) if items else None

    def _late(self) -> _Batch[T] | None:
        """The batch that is longest at work, where it takes far longer than others did."""
        few = (batch for batch in self._running.values() if batch.copies < _COPIES)
        oldest = min(few, key=lambda batch: batch.since, default=None)
        if oldest is None or not self._items:
            return None
        usual = self._seconds / self._items * len(oldest.items)
        return oldest if time.monotonic() - oldest.since > _LATE * usual else None

    def _take(self, future: Future[list[R | TenutoError]]) -> list[tuple[T, R | TenutoError]]:
        batch = self._running.pop(future, None)
        if batch is None or batch.done:
            return []
        try:
            results = future.result()
        except CancelledError:
            self._running[future] = batch
            self._forget_executor()
            return []
        except self._engine.deaths:
            return self._split(batch)
        except (ImportError, RuntimeError) as error:
            raise self._engine.explained(error) from None
        self._finish(batch)
        return list(zip(batch.items, results, strict=True))

    def _finish(self, batch: _Batch[T]) -> None:
        """Its copies are of no use any more."""
        batch.done = True
        if batch.copies == 1:
            self._seconds += time.monotonic() - batch.since
            self._items += len(batch.items)
        for copy in [future for future, other in self._running.items() if other is batch]:
            del self._running[copy]
            copy.cancel()

    def _split(self, batch: _Batch[T]) -> list[tuple[T, R | TenutoError]]:
        """Its workers died over it: the items go one at a time, so that the culprit shows."""
        if batch in self._running.values():
            return []  # a copy may fare better
        if not batch.suspect:
            self._suspects.extend(_Batch([item], suspect=True) for item in batch.items)
            return []
        remedy = "The workers may have too little memory; the other items went on"
        return [(batch.items[0], BadInputError("the worker of this item died each time", remedy=remedy))]

    def _forget_executor(self) -> None:
        """All that it had in hand is to be done again, by the next one."""
        self._executor = None
        self._again.extend(dict.fromkeys(self._running.values()))
        self._running.clear()
