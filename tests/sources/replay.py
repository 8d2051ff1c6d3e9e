"""A server on loopback that replays answers of a documented shape, and misbehaves when it is told to."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Request:
    """What the server was asked: `query` holds the last value of each name."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Reply:
    """`body` goes out as JSON unless it is bytes; of which only `cut` ones, where that is given."""

    body: Any = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None

    @property
    def data(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass
class Replay:
    """`answer` says what the server knows; replies in `troubles` come first, one a request."""

    answer: Callable[[Request], Reply]
    troubles: list[Reply] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    url: str = ""

    @property
    def paths(self) -> list[str]:
        return [request.path for request in self.requests]


class _Handler(BaseHTTPRequestHandler):
    replay: Replay

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        request = Request(parts.path, query, dict(self.headers.items()))
        self.replay.requests.append(request)
        reply = self.replay.troubles.pop(0) if self.replay.troubles else self.replay.answer(request)
        self.send_response(reply.status)
        self.send_header("Content-Length", str(len(reply.data)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.data[: reply.cut])

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def served(replay: Replay) -> Iterator[Replay]:
    """`replay` behind its `url`, as long as the context lasts."""
    handler = type("Bound", (_Handler,), {"replay": replay})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        replay.url = f"http://127.0.0.1:{http.server_address[1]}"
        try:
            yield replay
        finally:
            http.shutdown()
            thread.join()


@dataclass
class Clock:
    """Time that passes only while somebody sleeps."""

    time: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds
