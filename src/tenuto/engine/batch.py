"""A batch of items in a child process of its own. Runs wherever the executor's workers are."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, TypeVar

from tenuto.child import Child, ChildDiedError
from tenuto.engine.allowance import Allowance, within
from tenuto.model.errors import STOPPING, BadInputError, TenutoError

T = TypeVar("T")
R = TypeVar("R")

_TRIES: Final = 2
"""A process may be killed for reasons that aren't its item's."""

_warm: deque[Child] = deque()
"""Children of this process that wait for work: loading decoders takes longer than a short file does."""


def run_batch(work: Callable[[T], R], items: Sequence[T], allowance: Allowance) -> list[R | TenutoError]:
    """The result of each item in order. An item that ends its process twice fails; the others go on.

    Behind an error that is no item's fault (`STOPPING`) the rest isn't tried, and has the same error.
    """
    results: list[R | TenutoError] = []
    for item in items:
        results.append(_alone(work, item, allowance))
        if isinstance(results[-1], STOPPING):
            results += [results[-1]] * (len(items) - len(results))
            break
    return results


def _alone(work: Callable[[T], R], item: T, allowance: Allowance) -> R | TenutoError:
    end = ""
    for _ in range(_TRIES):
        try:
            with _child() as child:
                try:
                    done: R | TenutoError = child.do(
                        _allowed, work, item, allowance, seconds=allowance.wall_seconds
                    )
                except TenutoError as error:
                    done = error
                return done
        except ChildDiedError as death:
            end = str(death)
    return BadInputError(
        f"the worker process died on this item ({end})",
        remedy="The file may be hostile, or memory or time too small; the other items went on",
    )


def _allowed(work: Callable[[T], R], item: T, allowance: Allowance) -> R:
    with within(allowance):
        return work(item)


@contextmanager
def _child() -> Iterator[Child]:
    """A warm one or a new one, for this thread alone; kept for the next item unless it died."""
    try:
        child = _warm.pop()
    except IndexError:
        child = Child()
    try:
        yield child
    except BaseException:
        child.close()
        raise
    _warm.append(child)


def close_children() -> None:
    """Ends those that wait. Those at work are ended by their parent's end."""
    while _warm:
        _warm.pop().close()
