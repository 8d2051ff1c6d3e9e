"""ListenBrainz as a source: how often each recording was heard, by how many, and never by whom."""

from collections.abc import Iterator, Sequence
from itertools import chain, count, islice
from pathlib import Path
from typing import Final

from blake3 import blake3

from tenuto.formats.text import canonical_plain, clean
from tenuto.model.errors import NotFoundError
from tenuto.model.ids import SourceKey, SourceName
from tenuto.model.ports import Reporter
from tenuto.model.source import Entity, Identifier, Listens, RejectedRow, Scheme, SourceDescription, SourceRow
from tenuto.sources.listenbrainz.aggregate import Aggregate, Total, open_aggregate
from tenuto.sources.listenbrainz.chain import Dump, check_chain, find_dumps
from tenuto.sources.listenbrainz.listens import Batch, read_dump
from tenuto.sources.listenbrainz.popularity import popularity_rows

KIND: Final = "listenbrainz"

MONTHLY_CAP: Final = 30
"""Listens of one recording that count for one listener in one calendar month (UTC).

Once a day all month long is devotion; a song on repeat through a night, or a machine, makes hundreds.
"""

_SUMMED: Final = (".json", ".jsonl", ".jsonl.gz", ".jsonl.xz", ".jsonl.zst", ".jsonl.bz2")
_EDGE: Final = 2**20


class ListenBrainzSource:
    """One full dump of listens and the incrementals after it; or popularity files.

    `paths` are archives, files, and folders of them; `scratch` is a folder for the sums under way.
    """

    def __init__(
        self,
        name: SourceName,
        paths: Sequence[Path],
        scratch: Path,
        *,
        monthly_cap: int = MONTHLY_CAP,
        priority: int = 100,
    ) -> None:
        self._name, self._paths, self._scratch = name, paths, scratch
        self._cap, self._priority = monthly_cap, priority
        dumps = find_dumps(paths)
        self._dumps = check_chain(dumps) if dumps else []
        self._summed = [] if dumps else _summed(paths)

    def describe(self) -> SourceDescription:
        """`version` is a digest over each file's name, length, and first and last megabyte: a dump is
        never changed once it is published, and a full one has 200 GB."""
        digest = blake3(f"{self._cap}".encode())
        files = [*chain.from_iterable(dump.files for dump in self._dumps), *self._summed]
        for path in files:
            digest.update(_edges(path))
        return SourceDescription(
            self._name,
            KIND,
            self._priority,
            f"blake3:{digest.hexdigest()}",
            "CC0-1.0",
            "ListenBrainz (MetaBrainz Foundation)",
            {
                "paths": [str(path.resolve()) for path in self._paths],
                "scratch": str(self._scratch.resolve()),
                "monthly_cap": str(self._cap),
            },
            keys_are_recordings=False,
        )

    def rows(self, reporter: Reporter, *, start: int = 0) -> Iterator[SourceRow | RejectedRow]:
        """Listens that can't be counted, then a row a recording. Nothing can be skipped: sums need all."""
        every = self._sums(reporter) if self._dumps else popularity_rows(self._name, self._summed, reporter)
        yield from islice(every, start, None)

    def _sums(self, reporter: Reporter) -> Iterator[SourceRow | RejectedRow]:
        ordinals = count()
        scratch = self._scratch / self._name
        with open_aggregate(scratch, self._cap) as aggregate:
            for dump in self._dumps:
                for where, what in _add(aggregate, dump, scratch, reporter):
                    yield RejectedRow(self._name, next(ordinals), where, what)
            reporter.phase("sum the listens")
            window = aggregate.window
            for total in aggregate.totals():
                yield _row(self._name, next(ordinals), total, window)


def _add(aggregate: Aggregate, dump: Dump, scratch: Path, reporter: Reporter) -> Iterator[tuple[str, str]]:
    """(where, what) of each listen that doesn't count. Its text stays where it is: it names a listener."""
    for read in read_dump(dump, scratch, reporter):
        if isinstance(read, Batch):
            for number, fault in aggregate.add(read.listens, dump.end):
                yield f"{read.where}:{number}", f"no countable listen: {fault}"
        else:
            yield read.where, read.what


def _row(source: SourceName, ordinal: int, total: Total, window: str) -> SourceRow:
    counts = {"capped": total.capped, "listeners": total.listeners, "uncapped": total.uncapped}
    return SourceRow(
        source,
        ordinal,
        Entity.LISTENS,
        SourceKey(total.key),
        canonical_plain(counts),
        title=clean(total.title),
        artist=clean(total.artist),
        release=clean(total.release),
        identifiers=(Identifier(Scheme.MBID, total.mbid),) if total.mbid else (),
        listens=Listens(
            float(total.capped),
            "listens",
            window,
            listeners=total.listeners,
            squares=float(total.squares),
        ),
    )


def _summed(paths: Sequence[Path]) -> list[Path]:
    """The popularity files at `paths`. `NotFoundError` where there is nothing of ListenBrainz at all."""
    inside = [sorted(path.iterdir()) if path.is_dir() else [path] for path in paths]
    found = [path for path in chain.from_iterable(inside) if path.name.endswith(_SUMMED)]
    if not found:
        raise NotFoundError(
            "neither a dump of listens nor a popularity file",
            where=", ".join(map(str, paths)),
            remedy="Name listenbrainz-…-dump-… archives as they were downloaded, or .json or .jsonl files",
        )
    return found


def _edges(path: Path) -> bytes:
    length = path.stat().st_size
    with path.open("rb") as file:
        first = file.read(_EDGE)
        file.seek(max(0, length - _EDGE))
        return f"{path.name}\0{length}\0".encode() + blake3(first + file.read(_EDGE)).digest()
