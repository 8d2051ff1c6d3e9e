"""Runs the explorer through uvicorn: in the foreground, or in a thread for tests and the demo."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from tenuto.model.errors import ConfigurationError

_GRACE_SECONDS: Final = 3
"""Downloads under way get so long when the server stops."""


def serve(app: ASGIApp, host: str, port: int, *, ready: Callable[[str], None]) -> str:
    """Serves until SIGINT or SIGTERM, then lets answers under way finish.

    `ready` gets the base URL as soon as connections are accepted; port 0 takes a free one. Returns the
    base URL. After a graceful stop uvicorn raises the signal again: `KeyboardInterrupt` for SIGINT.
    """
    with _bound(host, port) as (listener, url):
        server = _server(app)
        ready(url)
        server.run(sockets=[listener])
    return url


@contextmanager
def running(app: ASGIApp, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serves in a background thread while the block runs; gives the base URL."""
    with _bound(host, port) as (listener, url):
        server = _server(app)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="tenuto-web")
        thread.start()
        try:
            yield url
        finally:
            server.should_exit = True
            thread.join()


def _server(app: ASGIApp) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            app,
            access_log=False,
            log_level="warning",
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
    )


@contextmanager
def _bound(host: str, port: int) -> Iterator[tuple[socket.socket, str]]:
    """A listening socket and its base URL. Connections queue from here on, so the URL is good at once."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise _unusable(host, port, error) from error
    with listener:
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(128)
        except OSError as error:
            raise _unusable(host, port, error) from error
        name, taken = listener.getsockname()[:2]
        yield listener, f"http://[{name}]:{taken}" if ":" in name else f"http://{name}:{taken}"


def _unusable(host: str, port: int, error: OSError) -> ConfigurationError:
    reason = (error.strerror or str(error)).lower()
    return ConfigurationError(
        f"can't serve at this address ({reason})",
        where=f"{host}:{port}",
        remedy="Choose another with --host and --port; port 0 takes a free one",
    )
