"""A process that works for its parent, so that a crash takes nothing else along, or beside the parent's work.

Both sides exchange pickles over the child's standard streams; the child ends when its parent does, for the
stream ends then. A process of `multiprocessing` won't do: Dask's workers are daemons, which may have none,
and a caller's main module would run again in it.
"""

import os
import pickle
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import wait
from typing import Final, TypeVar

R = TypeVar("R")

_END_SECONDS: Final = 5
_START: Final = "from tenuto.child import serve; serve()"


class ChildDiedError(Exception):
    """The process ended in the middle of its work. The message says by what."""


class Child:
    """The parent's side. For one thread at a time."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _START],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )

    def do(self, work: Callable[..., R], *arguments: object, seconds: float | None = None) -> R:
        """What `work(*arguments)` returns there; raises what it raises there.

        `ChildDiedError` where the process ends over it, or gives no answer in time (then it is ended).
        """
        self.begin(work, *arguments)
        return self.result(seconds)  # type: ignore[return-value]  # what `work` returned over there

    def begin(self, work: Callable[..., object], *arguments: object) -> None:
        """Has it work; `result` tells the end. Not before the result of what was begun before."""
        commands = self._process.stdin
        assert commands is not None
        try:
            pickle.dump(pickle.dumps((work, arguments)), commands)
            commands.flush()
        except BrokenPipeError:
            raise self._death() from None

    def result(self, seconds: float | None = None) -> object:
        """What was begun, as `do`."""
        answers = self._process.stdout
        assert answers is not None
        if not wait([answers.fileno()], seconds):
            self.kill()
            raise ChildDiedError(f"no answer for {seconds:.0f} s")
        try:
            returned, value = pickle.loads(pickle.load(answers))  # noqa: S301 - our own child's
        except (EOFError, pickle.UnpicklingError):
            raise self._death() from None
        if returned:
            return value
        raise value

    def kill(self) -> None:
        """Ends it at once; to be closed all the same."""
        self._process.kill()

    def close(self) -> None:
        """Ends it; what it has in hand is lost, unless it comes to its end in some seconds."""
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            with suppress(BrokenPipeError):  # where it was dead already
                stream.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _death(self) -> ChildDiedError:
        return ChildDiedError(_ended_by(self._process.wait()))


def _ended_by(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    name = signal.Signals(-code).name
    return {"SIGXCPU": "processor time used up", "SIGKILL": "killed: memory used up, or by hand"}.get(
        name, name
    )


def serve() -> None:
    """The child's side: one answer for each call, until the parent closes the stream.

    Ctrl-C and SIGTERM reach the whole group of processes; a child finishes what it has in hand.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    commands, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)  # what a library prints mustn't get among the answers
    try:
        while True:
            pickle.dump(_answer(pickle.load(commands)), answers)  # noqa: S301 - our own parent's
            answers.flush()
    except (EOFError, BrokenPipeError):
        os._exit(0)  # the parent is gone, or wants no more; nothing is left to be written


def _answer(command: bytes) -> bytes:
    """A pickled pair: whether the work returned, and what it returned or raised."""
    try:
        work, arguments = pickle.loads(command)  # noqa: S301 - our own parent's
        return pickle.dumps((True, work(*arguments)))
    except Exception as error:  # noqa: BLE001 - the parent raises it
        error.add_note(traceback.format_exc())
        return pickle.dumps((False, error))
