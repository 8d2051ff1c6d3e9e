"""A seeder's metrics over HTTP, for who asks on the same machine: nothing is ever sent by itself."""

import ipaddress
import socket
import threading
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Final, Self

from tenuto.formats.exposition import CONTENT_TYPE
from tenuto.model.errors import ConfigurationError, UsageError

_SECONDS: Final = 5.0


class Exporter:
    """Serves the text that it was last given at `/metrics`. Use it as a context manager.

    `address`: `HOST:PORT`, a loopback address, port 0 for any free one; `UsageError` for others.
    """

    def __init__(self, address: str) -> None:
        self._address = _loopback(address)
        self.text = b""
        self.port = 0

    def __enter__(self) -> Self:
        kind = _Server6 if ":" in self._address[0] else ThreadingHTTPServer
        try:
            self._server = kind(self._address, partial(_Handler, self))
        except OSError as error:
            raise ConfigurationError(
                f"can't listen for metrics ({error.strerror})",
                where=":".join(map(str, self._address)),
                remedy="Choose another port",
            ) from error
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def show(self, text: str) -> None:
        self.text = text.encode()


class _Server6(ThreadingHTTPServer):
    address_family = socket.AF_INET6


class _Handler(BaseHTTPRequestHandler):
    timeout: ClassVar[float] = _SECONDS
    server_version = "tenuto"

    def __init__(self, exporter: Exporter, *connection: Any) -> None:  # noqa: ANN401 - as its base takes it
        self._exporter = exporter
        super().__init__(*connection)

    def do_GET(self) -> None:
        """By the server's naming."""
        if self.path != "/metrics":
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        text = self._exporter.text
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", CONTENT_TYPE)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Scrapes aren't news."""


def _loopback(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    try:
        if ipaddress.ip_address(host).is_loopback and 0 <= int(port) <= 65535:
            return host, int(port)
    except ValueError:
        pass
    raise UsageError(
        f"{address!r} is no loopback address with a port",
        remedy="Write 127.0.0.1:PORT, and let a proxy of yours carry it further",
    )
