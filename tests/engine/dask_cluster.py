"""A real Dask cluster on loopback: a scheduler and workers, each a process as an operator starts it."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it has no types
from distributed import Client

from tests.ports import free_port

_QUIET = {"DASK_DISTRIBUTED__LOGGING__DISTRIBUTED": "error"}


@dataclass
class DaskCluster:
    """Started by `dask_cluster`; every process that it started is in `processes`."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    processes: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"dask://127.0.0.1:{self.port}"

    def start_scheduler(self) -> "subprocess.Popen[bytes]":
        words = ("scheduler", "--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard", "--no-show")
        return self._start(*words)

    def start_worker(self) -> "subprocess.Popen[bytes]":
        """One thread, below a nanny, which starts it again when it dies."""
        place = ("--local-directory", str(self.folder / "dask"))
        words = ("worker", f"tcp://127.0.0.1:{self.port}", "--nthreads", "1", "--no-dashboard", *place)
        return self._start(*words)

    def _start(self, kind: str, *words: str) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.dask_{kind}", *words],
            env={**os.environ, **_QUIET, **self.environment},
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / f"{kind}-{len(self.processes)}.log").open("wb"),
        )
        self.processes.append(process)
        return process

    def wait_for_workers(self, count: int) -> None:
        """Until so many have joined."""
        address = f"tcp://127.0.0.1:{self.port}"
        with Client(address, timeout=30, set_as_default=False) as client:  # type: ignore[no-untyped-call]  # Dask has few types
            client.wait_for_workers(count, timeout=30)

    def stop(self) -> None:
        for process in self.processes:
            kill_tree(process)


def kill_tree(process: "subprocess.Popen[bytes]") -> None:
    """SIGKILL, as a node that is lost."""
    if process.poll() is None:
        below = psutil.Process(process.pid).children(recursive=True)
        for each in (process, *below):
            with suppress(psutil.NoSuchProcess):
                each.kill()
    process.wait()


@contextmanager
def dask_cluster(
    folder: Path, *, workers: int = 2, environment: Mapping[str, str] | None = None
) -> Iterator[DaskCluster]:
    cluster = DaskCluster(folder, environment or {})
    try:
        cluster.start_scheduler()
        for _ in range(workers):
            cluster.start_worker()
        if workers:
            cluster.wait_for_workers(workers)
        yield cluster
    finally:
        cluster.stop()
