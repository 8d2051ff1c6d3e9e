"""How many HTTP range requests a look-up costs when the parts lie on a plain web server."""

import http.client
import io
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tenuto.catalogue import current
from tenuto.catalogue.lookup import PartReader, local_opener
from tenuto.catalogue.snapshots import load
from tenuto.formats.snapshot import Part
from tenuto.formats.tables import Table

_TAIL = 65_536
"""What is asked of a file's end at once: the footer of most parts, and the length that it states."""


@dataclass
class Requests:
    """Of each look-up."""

    counts: list[int] = field(default_factory=list)
    bytes: list[int] = field(default_factory=list)


class _Ranges(BaseHTTPRequestHandler):
    """Answers `Range: bytes=a-b` from files under `root`."""

    protocol_version = "HTTP/1.1"
    root: Path

    def do_GET(self) -> None:
        first, _, last = self.headers["Range"].removeprefix("bytes=").partition("-")
        with (self.root / self.path.lstrip("/")).open("rb") as file:
            file.seek(int(first))
            data = file.read(int(last) - int(first) + 1)
        self.send_response(206)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the name that http.server calls it by
        """Says nothing."""


class RangeFile(io.RawIOBase):
    """A remote file whose reads are requests, counted in `requests`. The size is known from snapshot.json."""

    def __init__(self, connection: http.client.HTTPConnection, path: str, size: int, seen: list[int]) -> None:
        self._connection, self._path, self._size, self._seen, self._at = connection, path, size, seen, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def read(self, size: int = -1) -> bytes:
        length = min(self._size - self._at, size if size >= 0 else self._size)
        if length <= 0:
            return b""
        self._connection.request(
            "GET", self._path, headers={"Range": f"bytes={self._at}-{self._at + length - 1}"}
        )
        data = self._connection.getresponse().read()
        self._seen.append(len(data))
        self._at += len(data)
        return data


@contextmanager
def served(folder: Path) -> Iterator[int]:
    """The port on loopback of a server of `folder`."""
    handler = type("Handler", (_Ranges,), {"root": folder})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()


def over_http(root: Path) -> dict[str, Requests]:
    """Look-ups by id and by ISRC, each with nothing cached but snapshot.json."""
    identity = current(root)
    assert identity is not None
    snapshot, core = load(root, identity), root / "catalogue" / "core"
    local = PartReader(snapshot, local_opener(core))
    draw = random.Random(7)
    numbers = draw.sample(range(snapshot.counts["recordings"]), 30)
    found = [local.rows("recordings", "number", number)[0] for number in numbers]
    with served(core) as port:
        requests = {
            "recording by id": Requests(),
            "ISRC to number": Requests(),
            "recording by ISRC": Requests(),
        }
        for row in found:
            _count(requests["recording by id"], port, partial(_by_id, row["id"].bytes), snapshot)
        for number in numbers:
            for name in local.rows("identifiers", "number", number, entity="recording"):
                text = f"{name['scheme']}:{name['value']}"
                _count(requests["ISRC to number"], port, partial(_number, text), snapshot)
                _count(requests["recording by ISRC"], port, partial(by_name, text), snapshot)
    return requests


def _by_id(identity: bytes, parts: PartReader) -> None:
    assert parts.rows("recordings", "id", identity)


def _number(name: str, parts: PartReader) -> None:
    assert parts.rows("names", "name", name)


def by_name(name: str, parts: PartReader) -> None:
    """Fails where no recording has the name."""
    (row, *_) = parts.rows("names", "name", name, entity="recording")
    assert parts.rows("recordings", "number", row["number"])


def _count(into: Requests, port: int, look_up: Callable[[PartReader], None], snapshot: object) -> None:
    seen: list[int] = []
    connection = http.client.HTTPConnection("127.0.0.1", port)

    def opener(table: Table, part: Part) -> pq.ParquetFile:
        file = RangeFile(connection, f"/{table.name}/{part.file_name}", part.bytes, seen)
        return pq.ParquetFile(pa.PythonFile(file, mode="r"), pre_buffer=True)

    look_up(PartReader(snapshot, opener))  # type: ignore[arg-type]  # a Snapshot; partial hides it
    connection.close()
    into.counts.append(len(seen))
    into.bytes.append(sum(seen))
