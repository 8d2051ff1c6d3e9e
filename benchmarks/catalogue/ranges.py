"""How many HTTP range requests a look-up costs when the parts and `latest` lie on a plain web server."""

import http.client
import io
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tenuto.catalogue import current
from tenuto.catalogue.latest import latest_folder, local_latest
from tenuto.catalogue.lookup import PartReader, local_opener
from tenuto.catalogue.snapshots import load
from tenuto.formats.snapshot import Part, PartKind, Snapshot
from tenuto.formats.tables import Table

_TAIL = 262_144
"""What is asked of a file's end at once: the footer, and the whole of small files."""


@dataclass
class Requests:
    """Of each look-up."""

    counts: list[int] = field(default_factory=list)
    bytes: list[int] = field(default_factory=list)


class _Ranges(BaseHTTPRequestHandler):
    """Answers `Range: bytes=a-b` and `bytes=-n` (RFC 9110, 14.1.2) from files under `root`."""

    protocol_version = "HTTP/1.1"
    root: Path

    def do_GET(self) -> None:
        first, _, last = self.headers["Range"].removeprefix("bytes=").partition("-")
        with (self.root / self.path.lstrip("/")).open("rb") as file:
            size = file.seek(0, io.SEEK_END)
            start = int(first) if first else max(0, size - int(last))
            file.seek(start)
            data = file.read(int(last) - start + 1) if first else file.read()
        self.send_response(206)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Content-Range", f"bytes {start}-{start + len(data) - 1}/{size}")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the name that http.server calls it by
        """Says nothing."""


class RangeFile(io.RawIOBase):
    """A remote file whose reads are requests, their lengths noted in `seen`; its tail is asked for first."""

    def __init__(self, connection: http.client.HTTPConnection, path: str, seen: list[int]) -> None:
        self._connection, self._path, self._seen = connection, path, seen
        self._tail, stated = self._ask(f"-{_TAIL}")
        self._size = int(stated.rpartition("/")[2])
        self._at = 0

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
        end = self._size if size < 0 else min(self._size, self._at + size)
        if end <= self._at:
            return b""
        kept_from = self._size - len(self._tail)
        if self._at >= kept_from:
            data = self._tail[self._at - kept_from : end - kept_from]
        else:
            data, _ = self._ask(f"{self._at}-{end - 1}")
        self._at += len(data)
        return data

    def _ask(self, wanted: str) -> tuple[bytes, str]:
        self._connection.request("GET", self._path, headers={"Range": f"bytes={wanted}"})
        answer = self._connection.getresponse()
        data = answer.read()
        self._seen.append(len(data))
        return data, answer.headers["Content-Range"]


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
    snapshot, catalogue = load(root, identity), root / "catalogue"
    local = PartReader(snapshot, local_opener(catalogue / "core"), local_latest(root, identity))
    latest = latest_folder(root, identity).relative_to(catalogue)
    numbers = [*_drawn(range(snapshot.counts["recordings"])), *_drawn(_newest(catalogue, snapshot))]
    names = ("recording by id", "ISRC to number", "recording by ISRC")
    requests = {name: Requests() for name in names}
    with served(catalogue) as port:
        count = partial(_count, port=port, snapshot=snapshot, latest=latest)
        for number in numbers:
            (row,) = local.rows("recordings", "number", number)
            count(requests["recording by id"], partial(_by_id, row["id"].bytes))
            for name in local.rows("identifiers", "number", number, entity="recording"):
                text = f"{name['scheme']}:{name['value']}"
                count(requests["ISRC to number"], partial(_number, text))
                count(requests["recording by ISRC"], partial(by_name, text))
    return requests


def _drawn(numbers: Sequence[int]) -> list[int]:
    return random.Random(7).sample(numbers, min(30, len(numbers)))


def _newest(catalogue: Path, snapshot: Snapshot) -> list[int]:
    """The recordings of the newest generation, if it isn't the only one: what is looked for longest."""
    part = [part for part in snapshot.parts["recordings"] if part.kind is PartKind.ROWS][-1]
    if not part.generation:
        return []
    rows = pq.read_table(catalogue / "core" / "recordings" / part.file_name, columns=["number"])
    found: list[int] = rows.column(0).to_pylist()
    return found


def _by_id(identity: bytes, parts: PartReader) -> None:
    assert parts.rows("recordings", "id", identity)


def _number(name: str, parts: PartReader) -> None:
    assert parts.rows("names", "name", name)


def by_name(name: str, parts: PartReader) -> None:
    """Fails where no recording has the name."""
    (row, *_) = parts.rows("names", "name", name, entity="recording")
    assert parts.rows("recordings", "number", row["number"])


def _count(
    into: Requests, look_up: Callable[[PartReader], None], *, port: int, snapshot: Snapshot, latest: Path
) -> None:
    seen: list[int] = []
    connection = http.client.HTTPConnection("127.0.0.1", port)

    def opened(path: str) -> pq.ParquetFile:
        file = RangeFile(connection, f"/{path}", seen)
        return pq.ParquetFile(pa.PythonFile(file, mode="r"), pre_buffer=True)

    def opener(table: Table, part: Part) -> pq.ParquetFile:
        return opened(f"core/{table.name}/{part.file_name}")

    look_up(PartReader(snapshot, opener, lambda name: opened(f"{latest}/{name}")))
    connection.close()
    into.counts.append(len(seen))
    into.bytes.append(sum(seen))
