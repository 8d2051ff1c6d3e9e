"""Recordings as documents, a line each, in seekable zstd (docs/export.md, clause 4)."""

from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import IO, Final

import pyarrow as pa

from tenuto.catalogue.export.rows import Rows
from tenuto.formats.seekable_zstd import Frame, seek_table
from tenuto.model.ports import Reporter

NAME: Final = "recordings.jsonl.zst"
FRAME: Final = 1 << 20
"""Bytes of lines after which a frame ends; lines aren't cut."""
PAGE: Final = 100_000
"""Numbers of recordings whose documents are put together at once."""

_STAGED: Final = ("recordings", "releases", "identifiers", "listens", "rights", "locations", "features")
_LEVEL: Final = 3


def write_json_lines(rows: Rows, folder: Path, scratch: Path, reporter: Reporter) -> tuple[str, int]:
    """Writes `recordings.jsonl.zst`; gives its name and how many documents are in it.

    What belongs to recordings is first put in their order in files in `scratch`: from then on a page of
    recordings reads little more than itself.
    """
    _stage(rows, scratch)
    with (folder / NAME).open("wb") as file:
        writer = _SeekableWriter(file)
        for batch in _documents(rows):
            writer.add(batch)
            reporter.advance(len(batch))
        writer.finish()
    return NAME, writer.lines


class _SeekableWriter:
    """Lines into frames of whole lines."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._codec = pa.Codec("zstd", compression_level=_LEVEL)
        self._waiting, self._frames = bytearray(), list[Frame]()
        self.lines = 0

    def add(self, documents: Iterable[str]) -> None:
        for document in documents:
            self._waiting += document.encode() + b"\n"
            self.lines += 1
            if len(self._waiting) >= FRAME:
                self._flush()

    def finish(self) -> None:
        """The last frame and the seek table."""
        if self._waiting:
            self._flush()
        self._file.write(seek_table(self._frames))

    def _flush(self) -> None:
        compressed = self._codec.compress(bytes(self._waiting), asbytes=True)
        self._file.write(compressed)
        self._frames.append(Frame(len(compressed), len(self._waiting)))
        self._waiting.clear()


def _stage(rows: Rows, scratch: Path) -> None:
    scratch.mkdir()
    for name in _STAGED:
        path = scratch / f"{name}.parquet"
        rows.session.write(_script(f"stage_{name}"), path)
        rows.session.view(f"staged_{name}", [path])


def _documents(rows: Rows) -> Iterator[list[str]]:
    script, numbers = _script("documents"), rows.snapshot.numbers["recordings"]
    for low in range(0, numbers, PAGE):
        page = rows.session.stream(script, (low, low + PAGE))
        for batch in page:
            yield [document for (document,) in batch]


def _script(name: str) -> str:
    return files(__package__).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
