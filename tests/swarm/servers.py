"""Real servers for mirrors to follow: a folder over HTTP, as it is or as an attacker would have it."""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

Answer = bytes | None
"""None: bytes without end."""


@dataclass
class Server:
    """Serves `root`; what `answers` has by path goes before."""

    root: Path
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    url: str = ""

    @contextlib.contextmanager
    def running(self) -> Iterator["Server"]:
        server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"served": self}))
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    served: Server

    def do_GET(self) -> None:
        path = self.path.lstrip("/")
        self.served.asked.append(path)
        if path in self.served.answers:
            answer = self.served.answers[path]
            self._endless() if answer is None else self._send(200, answer)
        elif (self.served.root / path).is_file():
            self._file((self.served.root / path).read_bytes())
        else:
            self._send(404, b"")

    def _file(self, data: bytes) -> None:
        """One range is enough for web seeds (RFC 9110, section 14)."""
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if wanted is None:
            self._send(200, data)
            return
        first, last = int(wanted[1]), int(wanted[2])
        part = data[first : last + 1]
        self._send(206, part, f"bytes {first}-{first + len(part) - 1}/{len(data)}")

    def _send(self, status: int, data: bytes, content_range: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        if content_range:
            self.send_header("Content-Range", content_range)
        self.end_headers()
        self.wfile.write(data)

    def _endless(self) -> None:
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        with contextlib.suppress(OSError):
            while True:
                self.wfile.write(bytes(65536))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- http.server's name
        """Silent."""
