"""ListenBrainz as a source: how often each recording was heard, by how many, and never by whom."""

import shutil
from collections.abc import Iterator, Sequence
from itertools import chain, islice
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
from tenuto.sources.listenbrainz.listens import Batch, Finished, Unreadable, read_dump
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
        return SourceDescription(
            self._name,
            KIND,
            self._priority,
            self._version(),
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
        """What can't be counted, then a row a recording. Sums that were cut short go on."""
        if self._dumps:
            yield from self._sums(reporter, start)
        else:
            yield from islice(popularity_rows(self._name, self._summed, reporter), start, None)

    def _sums(self, reporter: Reporter, start: int) -> Iterator[SourceRow | RejectedRow]:
        folder = self._sums_folder()
        with open_aggregate(folder, self._cap) as aggregate:
            for dump in self._dumps:
                _add(aggregate, dump, folder, reporter)
            reporter.phase("sum the listens")
            aggregate.sum()
            for ordinal, (where, what) in enumerate(aggregate.rejects(start), start):
                yield RejectedRow(self._name, ordinal, where, what)
            begin, window = max(start, aggregate.rejected), aggregate.window
            for ordinal, total in enumerate(aggregate.totals(begin - aggregate.rejected), begin):
                yield _row(self._name, ordinal, total, window)
        shutil.rmtree(folder.parent)  # only now: who was stopped before goes on

    def _sums_folder(self) -> Path:
        """Of this version of the dumps; sums of others, which say who listened too, are deleted."""
        folder = self._scratch / self._name / self._version().rpartition(":")[2]
        for other in folder.parent.glob("*"):
            if other != folder:
                shutil.rmtree(other)
        return folder

    def _version(self) -> str:
        digest = blake3(f"{self._cap}".encode())
        for path in [*chain.from_iterable(dump.files for dump in self._dumps), *self._summed]:
            digest.update(_edges(path))
        return f"blake3:{digest.hexdigest()}"


def _add(aggregate: Aggregate, dump: Dump, scratch: Path, reporter: Reporter) -> None:
    """Adds the parts of the dump that aren't in the sums yet.

    The text of what is rejected stays where it is: it says who listened.
    """
    for read in read_dump(dump, aggregate.parts(), scratch, reporter):
        match read:
            case Batch(part, listens):
                aggregate.add(part, listens, dump.end)
            case Unreadable(where, what):
                aggregate.reject(where, what)
            case Finished(part):
                aggregate.finish(part)


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
