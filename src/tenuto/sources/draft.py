"""A harvest under way: durable segment by segment, in a folder of its own (harvest.md, clauses 10 to 13)."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Final

import pyarrow as pa

from tenuto import __version__
from tenuto.formats import harvest as files
from tenuto.formats.harvest import Block, Progress, Segment
from tenuto.fsync import atomic_write_bytes, fsync_directory, publish
from tenuto.model.ports import Reporter
from tenuto.model.source import SourceDescription

REJECTS: Final = "rejects.jsonl"
_PROGRESS: Final = "progress.json"
_PART: Final = "segment.part"
_MAKER: Final = f"tenuto {__version__}, pyarrow {pa.__version__}"


def segment_name(number: int) -> str:
    """`rows-00000.parquet`, `rows-00001.parquet` …"""
    return f"rows-{number:05}.parquet"


class Draft:
    """Goes on where an earlier one of the same description and maker was cut short; drops any other."""

    def __init__(self, folder: Path, description: SourceDescription, *, rows_per_segment: int) -> None:
        self._folder, self._rows = folder, rows_per_segment
        self.progress = Progress(description, _MAKER)
        path = folder / _PROGRESS
        before = files.read_progress(path.read_bytes()) if path.exists() else None
        if before and (before.description, before.maker) == (description, _MAKER) and self._is_whole(before):
            self.progress = before
        else:
            self.discard()

    def complete(self, blocks: Iterator[Block], reporter: Reporter) -> None:
        """Writes what is missing: `blocks` begin at the ordinal `progress.entered`."""
        if self.progress.finished:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / REJECTS
        with path.open("ab") as rejects:
            rejects.truncate(self.progress.rejects_length)
            cuts = _Cuts(blocks)
            while not self.progress.finished:
                self._add(cuts, rejects, reporter)

    def publish(self, folder: Path) -> None:
        """Puts the files where they belong, in place of older ones. Can be done again after a crash."""
        names = [segment.name for segment in self.progress.segments]
        for name in (*names, REJECTS):
            if (self._folder / name).exists():
                (self._folder / name).replace(folder / name)
        for path in folder.glob("rows-*.parquet"):
            if path.name not in names:
                path.unlink()
        fsync_directory(folder)

    def discard(self) -> None:
        """Leaves nothing of it; the record of progress goes first, for it must not outlive its files."""
        if self._folder.exists():
            (self._folder / _PROGRESS).unlink(missing_ok=True)
            shutil.rmtree(self._folder)

    def _is_whole(self, progress: Progress) -> bool:
        """Whether the files are there, or on their way to their places."""
        if progress.finished:
            return True
        rejects = self._folder / REJECTS
        segments = all((self._folder / segment.name).exists() for segment in progress.segments)
        return segments and rejects.exists() and rejects.stat().st_size >= progress.rejects_length

    def _add(self, cuts: "_Cuts", rejects: BinaryIO, reporter: Reporter) -> None:
        """One more segment: its bytes are durable before the record of progress names them."""
        failed, part = self.progress.failed, self._folder / _PART

        def batches() -> Iterator[pa.RecordBatch]:
            nonlocal failed
            for block in cuts.take(self._rows):
                for reject in block.rejects:
                    rejects.write(files.write_reject(reject).encode())
                    reporter.fault(f"{reject.source}: {reject.where}", reject.what)
                failed += len(block.rejects)
                reporter.advance(block.items)
                yield block.rows

        rows, segments = files.write_batches(part, batches()), self.progress.segments
        if rows or not segments:
            name = segment_name(len(segments))
            segments += (Segment(name, rows, _sha256(part)),)
            publish(part, self._folder / name)
        rejects.flush()
        os.fsync(rejects.fileno())
        self.progress = replace(
            self.progress,
            segments=segments,
            failed=failed,
            rejects_length=rejects.tell(),
            finished=rows < self._rows,
        )
        atomic_write_bytes(self._folder / _PROGRESS, files.write_progress(self.progress))


class _Cuts:
    """Hands blocks out a stated number of rows at a time, and keeps what lies behind the cut for the next."""

    def __init__(self, blocks: Iterator[Block]) -> None:
        self._blocks = blocks
        self._left: Block | None = None

    def take(self, rows: int) -> Iterator[Block]:
        """Blocks that hold `rows` rows together, or less at the source's end."""
        missing = rows
        while missing and (block := self._left or next(self._blocks, None)):
            head, self._left = block.cut(missing)
            missing -= len(head.rows)
            yield head


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
