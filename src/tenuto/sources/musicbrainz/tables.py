"""From the joined tables of a PostgreSQL dump to source rows."""

import errno
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow.parquet as pq

from tenuto import __version__
from tenuto.formats.text import clean
from tenuto.fsync import atomic_write_bytes, space_or
from tenuto.model.errors import SpaceError
from tenuto.model.ids import SourceKey, SourceName
from tenuto.model.ports import Reporter
from tenuto.model.source import Entity, Identifier, RejectedRow, SourceRow
from tenuto.sources.identifiers import barcode
from tenuto.sources.musicbrainz.join import answer, join
from tenuto.sources.musicbrainz.load import load
from tenuto.sources.musicbrainz.rows import isrcs, mbid
from tenuto.sources.musicbrainz.schema import CORE, DERIVED

_BATCH: Final = 8192
_JOINED: Final = "joined"
"""Written last: says of which version the folder holds the answers."""

Item = SourceRow | RejectedRow
Values = tuple[Any, ...]
Section = tuple[Iterator[Values], Callable[[int, Values], Item]]
"""The answer of a query, and what makes a source row of one of its rows."""


class TableDumps:
    """Rows of a PostgreSQL dump: recordings, tracks, releases, artists, each by id; then the rejects."""

    def __init__(
        self, source: SourceName, paths: Sequence[Path], scratch: Path, version: str, *, genres: bool
    ) -> None:
        self._source, self._paths, self._scratch = source, paths, scratch
        self._version = f"{version}\ntenuto {__version__}\n"
        self._tables = CORE | (DERIVED if genres else {})
        self._genres = genres

    def rows(self, reporter: Reporter, *, start: int = 0) -> Iterator[Item]:
        """The tables are joined once: the answers stay in the scratch folder until the last row was given."""
        self._join(reporter)
        ordinal = 0
        for values, make in self._sections():
            for row in values:
                if ordinal >= start:
                    yield make(ordinal, row)
                ordinal += 1
        shutil.rmtree(self._scratch)

    def _join(self, reporter: Reporter) -> None:
        marker = self._scratch / _JOINED
        if marker.exists() and marker.read_text(encoding="utf-8") == self._version:
            return
        shutil.rmtree(self._scratch, ignore_errors=True)
        with _spaced(self._scratch):
            self._scratch.mkdir(parents=True)
            load(self._paths, self._tables, self._scratch, reporter)
            join(self._scratch, self._tables, genres=self._genres)
            atomic_write_bytes(marker, self._version.encode())

    def _sections(self) -> Iterator[Section]:
        yield self._recordings(), self._recording
        yield self._answer("tracks"), self._track
        yield self._with_merged("releases", "release"), self._release
        yield self._with_merged("artists", "artist"), self._artist
        yield self._answer("rejects"), self._reject

    def _recordings(self) -> Iterator[Values]:
        codes = _Beside(self._answer("recording_codes"))
        genres = _Beside(self._answer("recording_genres") if self._genres else iter(()))
        for row in self._with_merged("recordings", "recording"):
            yield *row, codes.of(row[0]), genres.of(row[0])

    def _with_merged(self, query: str, table: str) -> Iterator[Values]:
        """Each row with the MBIDs that were merged into it."""
        merged = _Beside(self._answer(f"{table}_merged"))
        for row in self._answer(query):
            yield *row, merged.of(row[0])

    def _answer(self, query: str) -> Iterator[Values]:
        with pq.ParquetFile(answer(self._scratch, query)) as file:
            for batch in file.iter_batches(batch_size=_BATCH):
                yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)

    def _recording(self, ordinal: int, values: Values) -> SourceRow:
        _, gid, name, artist, artist_key, length, raw, merged, codes, genres = values
        return SourceRow(
            self._source,
            ordinal,
            Entity.RECORDING,
            SourceKey(gid),
            raw,
            title=clean(name),
            artist=clean(artist or ""),
            artist_key=artist_key,
            duration_ms=_positive(length),
            genre="; ".join(map(clean, genres)),
            identifiers=(*_mbids(gid, merged), *isrcs(codes)),
        )

    def _track(self, ordinal: int, values: Values) -> Item:
        line, gid, name, artist, artist_key, length, disc, number, *on, raw = values
        if gid is None:
            what = "a track of a recording that isn't in the dump; fetch the dump again"
            return RejectedRow(self._source, ordinal, f"mbdump/track:{line}", what, raw)
        release_key, release, release_artist, year, label = on
        return SourceRow(
            self._source,
            ordinal,
            Entity.RECORDING,
            SourceKey(gid),
            raw,
            title=clean(name),
            artist=clean(artist or ""),
            artist_key=artist_key,
            release=clean(release or ""),
            release_key=release_key,
            release_artist=clean(release_artist or ""),
            disc_number=_positive(disc),
            track_number=_positive(number),
            year=_positive(year),
            duration_ms=_positive(length),
            label=clean(label or ""),
            identifiers=(mbid(gid),),
        )

    def _release(self, ordinal: int, values: Values) -> SourceRow:
        _, gid, name, artist, artist_key, year, label, code, raw, merged = values
        found = barcode(code or "")
        return SourceRow(
            self._source,
            ordinal,
            Entity.RELEASE,
            SourceKey(gid),
            raw,
            title=clean(name),
            artist=clean(artist or ""),
            artist_key=artist_key,
            year=_positive(year),
            label=clean(label or ""),
            identifiers=(*_mbids(gid, merged), *([found] if found else [])),
        )

    def _artist(self, ordinal: int, values: Values) -> SourceRow:
        _, gid, name, raw, merged = values
        return SourceRow(
            self._source,
            ordinal,
            Entity.ARTIST,
            SourceKey(gid),
            raw,
            title=clean(name),
            artist=clean(name),
            artist_key=SourceKey(gid),
            identifiers=_mbids(gid, merged),
        )

    def _reject(self, ordinal: int, values: Values) -> RejectedRow:
        return RejectedRow(self._source, ordinal, *values)


class _Beside:
    """What a second query says of the rows of a first, both in the order of the first's ids."""

    def __init__(self, pairs: Iterator[Values]) -> None:
        self._pairs = pairs
        self._next = next(pairs, None)

    def of(self, number: int) -> list[str]:
        """Asked for in ascending order; what belongs to no row is passed over."""
        found = []
        while self._next is not None and self._next[0] <= number:
            if self._next[0] == number:
                found.append(self._next[1])
            self._next = next(self._pairs, None)
        return found


def _mbids(gid: str, merged: Sequence[str]) -> tuple[Identifier, ...]:
    return tuple([mbid(value) for value in (gid, *merged)])


def _positive(number: int | None) -> int | None:
    return number if number and number > 0 else None


@contextmanager
def _spaced(where: Path) -> Iterator[None]:
    """`SpaceError` for a full disk; DuckDB has no kind of its own for it and quotes the system's words."""
    try:
        yield
    except OSError as error:
        raise space_or(error, where) from error
    except duckdb.Error as error:
        full = isinstance(error, duckdb.OutOfMemoryException) or os.strerror(errno.ENOSPC) in str(error)
        if not full:
            raise
        remedy = "Free some space and run again; nothing is lost"
        raise SpaceError(
            "not enough disk or memory for the joins", where=str(where), remedy=remedy
        ) from error
