"""What is known of the objects that were compared: local, rebuilt from the ledger at any time.

The index is made of *segments*, each a folder `<first document>-<end>` that gets its name when all of it is
durable: `documents.parquet`, `objects.bin` (32 bytes a document), `postings.bin`, and `alike.parquet`, the
pairs whose later document is in it. New objects make a new segment and meet the old ones; segments of like
size are merged.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from tenuto.audio import postings
from tenuto.audio.alike import DOUBTFUL, Likeness, Values, compare, terms_of
from tenuto.audio.postings import Postings
from tenuto.audio.spill import PARTS, Numbers, Spill
from tenuto.formats.parquet import WRITER
from tenuto.fsync import atomic_file, fsync_directory
from tenuto.model.ids import Sha256

SEGMENT: Final = 4_000_000
"""Documents that one segment is begun with at most: what a run that was cut does again."""

_BATCH: Final = 10_000
_DIGEST: Final = 32

DOCUMENTS: Final = pa.schema(
    [
        ("object", pa.binary(_DIGEST)),
        ("essence", pa.binary(_DIGEST)),
        ("samples", pa.binary(16)),
        ("sound", pa.bool_()),
        ("duration_ms", pa.int64()),
        ("bit_rate", pa.int64()),
    ]
)
ALIKE: Final = pa.schema(
    [
        ("one", pa.binary(_DIGEST)),
        ("other", pa.binary(_DIGEST)),
        ("error", pa.float64()),
        ("offset", pa.int32()),
        ("overlap", pa.int32()),
    ]
)

FingerprintOf = Callable[[Sha256], Values | None]


@dataclass(frozen=True, slots=True)
class Entry:
    """One object as it was characterised."""

    object: Sha256
    essence: Sha256
    pcm_md5: str | None
    sound: bool
    duration_ms: int
    bit_rate: int
    fingerprint: Values | None


@dataclass(frozen=True, slots=True)
class Segment:
    """Documents from `first` up to `end`."""

    folder: Path
    first: int
    end: int

    def __len__(self) -> int:
        return self.end - self.first

    @property
    def documents(self) -> Path:
        return self.folder / "documents.parquet"

    @property
    def alike(self) -> Path:
        return self.folder / "alike.parquet"

    def postings(self) -> Postings:
        return Postings(self.folder / "postings.bin")

    def objects(self) -> NDArray[np.void]:
        return np.memmap(self.folder / "objects.bin", dtype=f"V{_DIGEST}", mode="r")


class Index:
    """`folder` is the index's own; `scratch` is for files that nobody misses."""

    def __init__(self, folder: Path, scratch: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._scratch = folder, scratch
        for rest in set(folder.iterdir()) - {segment.folder for segment in self.segments()}:
            shutil.rmtree(rest)

    def segments(self) -> list[Segment]:
        """In order, without gaps. What a run left behind when it was cut is passed over."""
        named = [_segment(folder) for folder in self._folder.glob("[0-9]*")]
        found: list[Segment] = []
        for segment in sorted(named, key=lambda each: (each.first, -each.end)):
            if not found or segment.first >= found[-1].end:
                found.append(segment)
        return found

    def add(self, entries: Iterable[Entry], fingerprint_of: FingerprintOf) -> None:
        """`entries` have objects that the index doesn't know yet, each once.

        `fingerprint_of` is asked for what has to be compared: fingerprints aren't kept in memory.
        """
        source = iter(entries)
        for entry in source:
            self._grow(chain([entry], islice(source, SEGMENT - 1)), fingerprint_of)
            self._merge()

    def _grow(self, entries: Iterator[Entry], fingerprint_of: FingerprintOf) -> None:
        olds = self.segments()
        first = olds[-1].end if olds else 0
        with self._partial() as partial, self._spill() as terms, self._spill() as meetings:
            end = _write_documents(partial, entries, first, terms)
            _write_postings(partial, (terms.take(number) for number in range(PARTS)))
            known = [*olds, Segment(partial, first, end)]
            pairs = postings.meet(known[-1].postings(), [old.postings() for old in olds], first, meetings)
            with atomic_file(partial / "alike.parquet") as path:
                _write_alike(path, _compared(pairs, known, fingerprint_of))
            self._publish(partial, first, end)

    def _merge(self) -> None:
        """As long as the last segment is half as large as the one before, or more: segments stay few."""
        while len(both := self.segments()[-2:]) == 2 and 2 * len(both[1]) >= len(both[0]):
            with self._partial() as partial:
                for name in ("documents.parquet", "alike.parquet"):
                    _concatenate([each.folder / name for each in both], partial / name)
                with atomic_file(partial / "objects.bin") as path, path.open("wb") as file:
                    for each in both:
                        with (each.folder / "objects.bin").open("rb") as part:
                            shutil.copyfileobj(part, file)
                old, new = (each.postings() for each in both)
                parts = (np.concatenate((old.part(n), new.part(n))) for n in range(PARTS))
                _write_postings(partial, (np.sort(part) for part in parts))
                self._publish(partial, both[0].first, both[1].end)
            for each in both:
                shutil.rmtree(each.folder)

    @contextmanager
    def _partial(self) -> Iterator[Path]:
        partial = self._folder / ".partial"
        partial.mkdir()
        try:
            yield partial
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    @contextmanager
    def _spill(self) -> Iterator[Spill]:
        with TemporaryDirectory(dir=self._scratch) as name:
            yield Spill(Path(name))

    def _publish(self, partial: Path, first: int, end: int) -> None:
        fsync_directory(partial)
        partial.rename(self._folder / f"{first}-{end}")
        fsync_directory(self._folder)


def _segment(folder: Path) -> Segment:
    first, end = folder.name.split("-")
    return Segment(folder, int(first), int(end))


def _write_documents(folder: Path, entries: Iterator[Entry], first: int, terms: Spill) -> int:
    """Documents from `first` on, and their terms; the number after the last."""
    end = first
    with (
        atomic_file(folder / "documents.parquet") as path,
        atomic_file(folder / "objects.bin") as names,
        pq.ParquetWriter(path, DOCUMENTS, store_schema=False, **WRITER) as writer,
        names.open("wb") as objects,
    ):
        while batch := list(islice(entries, _BATCH)):
            writer.write_table(_table(batch))
            for entry in batch:
                objects.write(bytes.fromhex(entry.object))
                if entry.fingerprint is not None:
                    postings.add_terms(terms, end, terms_of(entry.fingerprint))
                end += 1
    if end > postings.MOST_DOCUMENTS:
        raise ValueError(f"more than {postings.MOST_DOCUMENTS} objects")
    return end


def _table(entries: Sequence[Entry]) -> pa.Table:
    columns = {
        "object": [bytes.fromhex(entry.object) for entry in entries],
        "essence": [bytes.fromhex(entry.essence) for entry in entries],
        "samples": [bytes.fromhex(entry.pcm_md5) if entry.pcm_md5 else None for entry in entries],
        "sound": [entry.sound for entry in entries],
        "duration_ms": [entry.duration_ms for entry in entries],
        "bit_rate": [entry.bit_rate for entry in entries],
    }
    return pa.table(columns, schema=DOCUMENTS)


def _write_postings(folder: Path, parts: Iterable[Numbers]) -> None:
    with atomic_file(folder / "postings.bin") as path:
        postings.write(path, parts)


def _write_alike(path: Path, rows: Iterator[tuple[bytes, bytes, Likeness]]) -> None:
    with pq.ParquetWriter(path, ALIKE, store_schema=False, **WRITER) as writer:
        while batch := list(islice(rows, _BATCH)):
            names, others, found = zip(*batch, strict=True)
            columns = {
                "one": names,
                "other": others,
                "error": [each.error for each in found],
                "offset": [each.offset for each in found],
                "overlap": [each.overlap for each in found],
            }
            writer.write_table(pa.table(columns, schema=ALIKE))


def _compared(
    pairs: Iterator[NDArray[np.int64]], segments: Sequence[Segment], fingerprint_of: FingerprintOf
) -> Iterator[tuple[bytes, bytes, Likeness]]:
    """What is alike, the lesser object first, so that it doesn't depend on which was there before."""
    for some in pairs:
        names = _objects_at(segments, some.ravel())
        for both in zip(names[::2], names[1::2], strict=True):
            one, other = sorted(both)
            values, others = fingerprint_of(Sha256(one.hex())), fingerprint_of(Sha256(other.hex()))
            likeness = None if values is None or others is None else compare(values, others)
            if likeness is not None and likeness.error <= DOUBTFUL:
                yield one, other, likeness


def _objects_at(segments: Sequence[Segment], documents: NDArray[np.int64]) -> list[bytes]:
    found = np.empty(len(documents), dtype=f"V{_DIGEST}")
    for segment in segments:
        here = (documents >= segment.first) & (documents < segment.end)
        found[here] = segment.objects()[documents[here] - segment.first]
    return [each.tobytes() for each in found]


def _concatenate(parts: Sequence[Path], path: Path) -> None:
    with atomic_file(path) as temporary:
        schema = pq.read_schema(parts[0])
        with pq.ParquetWriter(temporary, schema, store_schema=False, **WRITER) as writer:
            for part in parts:
                with pq.ParquetFile(part) as file:
                    for batch in file.iter_batches(batch_size=_BATCH):
                        writer.write_batch(batch)
