"""Starts other people's programs, waits for them, and stops them by their process id."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from tenuto.model.errors import ConfigurationError

_TAIL_BYTES: Final = 4096
_GRACE_SECONDS: Final = 3.0
_SEARCH: Final = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])


@dataclass(frozen=True, slots=True)
class Finished:
    """How a program ended. `status` is its exit status; None when it ran out of time and was stopped."""

    status: int | None
    seconds: float
    last_lines: str


def find_program(name: str, package: str) -> str:
    """Its full path. Raises `ConfigurationError` that names the Debian package when it is missing."""
    found = shutil.which(name, path=_SEARCH)
    if found is None:
        raise ConfigurationError(
            f"the program {name} is missing",
            remedy=f"Install Debian's package {package}: apt install {package}",
        )
    return found


class Running:
    """A program that was started, and what it has said so far."""

    def __init__(self, process: subprocess.Popen[bytes], output: BinaryIO) -> None:
        self._process, self._output = process, output

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def status(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    def wait(self, seconds: float) -> int | None:
        """Its exit status, or None when the time is over and it still runs."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def last_lines(self, lines: int = 8) -> str:
        """The end of what it wrote to either output."""
        size = os.fstat(self._output.fileno()).st_size
        tail = os.pread(self._output.fileno(), _TAIL_BYTES, max(0, size - _TAIL_BYTES))
        texts = tail.decode(errors="replace").replace("\r", "\n").splitlines()
        return "\n".join([text for text in texts if text.strip()][-lines:])

    def stop(self) -> None:
        """Asks it to end, and ends it when it doesn't."""
        if self.status is None:
            self._process.terminate()
            if self.wait(_GRACE_SECONDS) is None:
                self._process.kill()
                self._process.wait()


@contextmanager
def started(argv: Sequence[str], *, folder: Path | None = None) -> Iterator[Running]:
    """The program, running until the end of the block. Its output goes to a file, so it can't block."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            argv, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        running = Running(process, output)
        try:
            yield running
        finally:
            running.stop()


def run_program(argv: Sequence[str], *, seconds: float, folder: Path | None = None) -> Finished:
    """Runs it to its end, or stops it after so many seconds."""
    start = time.monotonic()
    with started(argv, folder=folder) as running:
        status = running.wait(seconds)
        return Finished(status, time.monotonic() - start, running.last_lines())
