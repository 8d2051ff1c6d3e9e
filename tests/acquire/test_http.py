"""HTTP with resume, against a real server on loopback that misbehaves."""

import hashlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tenuto.acquire import HttpFetcher, bring_in
from tenuto.model.errors import ConfigurationError, FixityError, NetworkError, NotFoundError
from tenuto.model.ids import Sha256
from tenuto.model.source import Access, Location

BODY = bytes(range(256)) * 4000


@dataclass
class Behaviour:
    """What the server does next."""

    body: bytes = BODY
    etag: str = '"v1"'
    cut_after: list[int] = field(default_factory=list)
    """Answers are cut after so many bytes, one entry an answer."""
    statuses: list[int] = field(default_factory=list)
    """Answers with these statuses first."""
    requests: list[dict[str, str]] = field(default_factory=list)


class Handler(BaseHTTPRequestHandler):
    behaviour: Behaviour
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        rules = self.behaviour
        rules.requests.append(dict(self.headers.items()))
        if rules.statuses:
            self.send_response(rules.statuses.pop(0))
            self.send_header("Retry-After", "7")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        start = self._start(rules)
        body = rules.body[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(rules.body) - 1}/{len(rules.body)}")
        self.send_header("ETag", rules.etag)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if rules.cut_after:
            self.wfile.write(body[: rules.cut_after.pop(0)])
            self.close_connection = True
        else:
            self.wfile.write(body)

    def _start(self, rules: Behaviour) -> int:
        if self.headers.get("If-Range") != rules.etag or "Range" not in self.headers:
            return 0
        return int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def server() -> Iterator[tuple[Behaviour, str]]:
    behaviour = Behaviour()
    handler = type("BoundHandler", (Handler,), {"behaviour": behaviour})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield behaviour, f"http://127.0.0.1:{http.server_address[1]}/a.ogg"
        http.shutdown()
        thread.join()


def remote(uri: str, *, sha256: str | None = None, length: int | None = len(BODY)) -> Location:
    return Location(uri, Access.REMOTE, length, Sha256(sha256) if sha256 else None)


def fetcher(sleep: Callable[[float], None] = lambda _: None, **settings: int) -> HttpFetcher:
    return HttpFetcher("archive@example.org", user_agent="Tenuto/test", sleep=sleep, **settings)


def test_a_cut_transfer_goes_on_where_it_stopped(server: tuple[Behaviour, str], tmp_path: Path) -> None:
    behaviour, uri = server
    behaviour.cut_after = [300_000, 200_000]
    destination = tmp_path / "a"
    assert bring_in(remote(uri, sha256=hashlib.sha256(BODY).hexdigest()), destination, fetcher()) == len(BODY)
    assert destination.read_bytes() == BODY
    starts = [request.get("Range") for request in behaviour.requests]
    assert starts[0] is None
    assert all(start is not None for start in starts[1:])
    assert [p.name for p in tmp_path.iterdir()] == ["a"]
    assert behaviour.requests[0]["User-Agent"] == "Tenuto/test (archive@example.org)"


def test_a_changed_file_is_fetched_anew_and_never_mixed(
    server: tuple[Behaviour, str], tmp_path: Path
) -> None:
    behaviour, uri = server
    behaviour.cut_after = [100_000] * 5
    with pytest.raises(NetworkError, match="can't be fetched"):
        bring_in(remote(uri), tmp_path / "a", fetcher())
    assert not (tmp_path / "a").exists()
    assert (tmp_path / "a.part").stat().st_size > 0
    behaviour.body, behaviour.etag = BODY[::-1], '"v2"'
    bring_in(remote(uri), tmp_path / "a", fetcher())
    assert (tmp_path / "a").read_bytes() == BODY[::-1]


def test_retry_after_is_honoured(server: tuple[Behaviour, str], tmp_path: Path) -> None:
    behaviour, uri = server
    behaviour.statuses = [503, 429]
    waits: list[float] = []
    bring_in(remote(uri), tmp_path / "a", fetcher(waits.append))
    assert waits == [7.0, 7.0]


def test_what_is_gone_is_not_asked_for_again(server: tuple[Behaviour, str], tmp_path: Path) -> None:
    behaviour, uri = server
    behaviour.statuses = [404]
    with pytest.raises(NotFoundError, match="404"):
        bring_in(remote(uri), tmp_path / "a", fetcher())
    assert len(behaviour.requests) == 1


def test_an_endless_answer_is_cut_off(server: tuple[Behaviour, str], tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match="longer than 1,000 bytes"):
        bring_in(remote(server[1]), tmp_path / "a", fetcher(max_bytes=1000))


def test_bytes_other_than_stated_are_dropped(server: tuple[Behaviour, str], tmp_path: Path) -> None:
    with pytest.raises(FixityError, match="SHA-256 is"):
        bring_in(remote(server[1], sha256="00" * 32), tmp_path / "a", fetcher())
    with pytest.raises(FixityError, match="5 were stated"):
        bring_in(remote(server[1], length=5), tmp_path / "a", fetcher())
    assert list(tmp_path.iterdir()) == []


def test_no_server_is_a_network_error(tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match="can't be fetched"):
        bring_in(remote("http://127.0.0.1:9/x"), tmp_path / "a", fetcher())


def test_no_request_without_a_contact(server: tuple[Behaviour, str], tmp_path: Path) -> None:
    anonymous = HttpFetcher("", user_agent="Tenuto/test")
    with pytest.raises(ConfigurationError, match=r"acquire\.contact"):
        bring_in(remote(server[1]), tmp_path / "a", anonymous)
    assert server[0].requests == []
