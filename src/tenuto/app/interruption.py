"""Ctrl-C and SIGTERM in the middle of work: what is in hand is finished and recorded first."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def orderly_stop() -> Iterator[Callable[[], bool]]:
    """Gives the question "has somebody asked us to stop?". The signal takes effect when the block ends.

    A second signal takes effect at once. Only for the main thread, where signals arrive.
    """
    caught: list[int] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def note(number: int, _: object) -> None:
        caught.append(number)
        restore()

    for number in before:
        signal.signal(number, note)
    try:
        yield lambda: bool(caught)
    finally:
        restore()
    if caught:
        signal.raise_signal(caught[0])
