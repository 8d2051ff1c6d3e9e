"""Long work in a process of its own, beside what this one does."""

from collections.abc import Callable
from contextlib import suppress
from typing import Final, Generic, TypeVar

from tenuto.child import Child, ChildDiedError

R = TypeVar("R")

WORTHWHILE: Final = 1_000_000
"""Recordings from which on it pays: a process takes about a second to start.

Threads won't do: work in Python on both sides would wait for each other's turns.
"""


class Beside(Generic[R]):
    """`work(*arguments)` in another process, from now on."""

    def __init__(self, work: Callable[..., R], *arguments: object) -> None:
        self._work, self._arguments = work, arguments
        self._child: Child | None = None
        with suppress(OSError, ChildDiedError):
            self._child = Child()
            self._child.begin(work, *arguments)

    def result(self) -> R:
        """What `work` returned or raised there. To be asked once.

        Where its process died or didn't start, it is done here: what ended the other may not end this one.
        """
        if self._child is not None:
            with suppress(ChildDiedError):
                return self._child.result()  # type: ignore[return-value]  # what `work` returned over there
        return self._work(*self._arguments)

    def close(self) -> None:
        """Ends it, done or not."""
        if self._child is not None:
            self._child.kill()
            self._child.close()
