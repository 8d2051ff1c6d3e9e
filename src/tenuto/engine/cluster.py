"""An existing Dask cluster, through the executor of its client."""

import logging
import time
from concurrent.futures import Executor
from typing import Final
from urllib.parse import urlsplit

from tenuto.model.errors import ConfigurationError, NetworkError

BATCH: Final = 50
"""Files a task: at fewer, the scheduler's work shows beside that of short files."""


class DaskEngine:
    """`dask://host:port` of a scheduler; its workers need the same release of Tenuto.

    `patience` is for how many seconds a scheduler that doesn't answer, or has no worker, is waited for.
    """

    batch = BATCH
    repeats = True

    def __init__(self, url: str, patience: float) -> None:
        self._address, self._patience = _address(url), patience
        try:
            # Optional, and 0.3 s of loading that other commands don't need.
            from distributed import Client, KilledWorker  # noqa: PLC0415
            from distributed.client import ClosedClientError  # noqa: PLC0415
        except ImportError:
            raise ConfigurationError(
                "Dask isn't installed",
                where=url,
                remedy="Install the extra: pip install 'tenuto[cluster]'",
            ) from None
        self._client_type = Client
        self._client: Client | None = None
        self.lost: tuple[type[BaseException], ...] = (OSError, ClosedClientError)
        self.deaths: tuple[type[BaseException], ...] = (KilledWorker,)
        self._seen = time.monotonic()
        for name in ("distributed", "distributed.client"):
            logging.getLogger(name).setLevel(logging.CRITICAL)  # what matters is raised

    def open(self) -> Executor:
        self.close()
        try:
            self._client = self._client_type(  # type: ignore[no-untyped-call]  # Dask has few types
                self._address, timeout=self._patience, set_as_default=False
            )
        except OSError as error:
            raise NetworkError(
                f"the scheduler doesn't answer for {self._patience:g} s",
                where=self._address,
                remedy="Start it and run again; what is done stays done",
            ) from error
        self._seen = time.monotonic()
        # A copy of a batch is a task of its own, hence not pure.
        executor: Executor = self._client.get_executor(pure=False)  # type: ignore[no-untyped-call]  # Dask has few types
        return executor

    def width(self) -> int:
        """Threads of all workers."""
        assert self._client is not None
        threads = sum(self._client.nthreads().values())  # type: ignore[no-untyped-call]  # Dask has few types
        if threads:
            self._seen = time.monotonic()
        elif time.monotonic() - self._seen > self._patience:
            raise NetworkError(
                f"the scheduler has had no worker for {self._patience:g} s",
                where=self._address,
                remedy="Start workers (docs: Clusters) and run again; what is done stays done",
            )
        return max(1, threads)

    def explained(self, error: Exception) -> Exception:
        """The scheduler reads tasks too, and hides the cause in words of its own."""
        if not isinstance(error, ImportError) and not str(error).startswith("Error during deserialization"):
            return error
        return ConfigurationError(
            "the scheduler or a worker can't load Tenuto's code",
            where=self._address,
            remedy="Install the same release of Tenuto, with its libraries, on all of them",
        )

    def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()  # type: ignore[no-untyped-call]  # Dask has few types


def _address(url: str) -> str:
    parts = urlsplit(url)
    try:
        complete = parts.scheme == "dask" and parts.hostname and parts.port
    except ValueError:
        complete = False
    if not complete:
        raise ConfigurationError(
            f"{url!r} is no engine", remedy="Write dask://HOST:PORT of a Dask scheduler, or local"
        )
    return f"tcp://{parts.netloc}"
