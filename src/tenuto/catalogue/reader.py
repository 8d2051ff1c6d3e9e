"""Reads one snapshot: lists from its search index, single recordings from its parts. Safe between threads."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import msgspec
import numpy as np
from numpy.typing import NDArray

from tenuto.catalogue.derived import STATISTICS, is_derived
from tenuto.catalogue.latest import local_latest
from tenuto.catalogue.lookup import PartReader, local_opener
from tenuto.catalogue.order import NO_RANK, derived_folder, load_order
from tenuto.catalogue.ranked import pages
from tenuto.catalogue.rows import detail_from_parts, detail_of
from tenuto.catalogue.search import Tiers, open_index
from tenuto.catalogue.session import Resources
from tenuto.catalogue.snapshots import current, load
from tenuto.formats.snapshot import summarise
from tenuto.model.catalogue import (
    NO_FACETS,
    FacetCounts,
    Facets,
    Link,
    RecordingDetail,
    RecordingSummary,
    SearchResult,
    SnapshotSummary,
)
from tenuto.model.errors import NotFoundError
from tenuto.model.ids import RecordingId, SnapshotId, SourceKey, SourceName, recording_id
from tenuto.model.source import Scheme
from tenuto.model.statistics import Statistics

_LINK: Final = tuple(field.name for field in fields(Link))


class SnapshotCatalogue:
    """A `CatalogueReader` and `SearchIndex` over one snapshot and what is derived from it."""

    def __init__(self, root: Path, snapshot: SnapshotId, *, tiers: Tiers = b"") -> None:
        if not is_derived(root, snapshot):
            remedy = "Build it again with: tenuto catalogue build"
            raise NotFoundError("the catalogue isn't in rank order yet", where=snapshot, remedy=remedy)
        self._root, self._id, self._snapshot = root, snapshot, load(root, snapshot)
        self._order = load_order(root, snapshot)
        core = local_opener(root / "catalogue" / "core")
        self._parts = PartReader(self._snapshot, core, local_latest(root, snapshot))
        self._index = open_index(derived_folder(root, snapshot) / "search", tiers=tiers)
        self.recordings, self.indexed = self._index.recordings, self._index.indexed

    def summary(self) -> SnapshotSummary:
        return summarise(self._snapshot, self._id)

    def statistics(self) -> Statistics:
        data = (derived_folder(self._root, self._id) / STATISTICS).read_bytes()
        return msgspec.json.decode(data, type=Statistics)

    def find(
        self, query: str, *, facets: Facets = NO_FACETS, limit: int = 20, offset: int = 0
    ) -> SearchResult:
        return self._index.find(query, facets=facets, limit=limit, offset=offset)

    def counts(self, query: str, *, facets: Facets = NO_FACETS) -> FacetCounts:
        return self._index.counts(query, facets=facets)

    def page(self, start: int, limit: int) -> Sequence[RecordingSummary]:
        return self._index.page(start, limit)

    def show(self, identifier: str) -> RecordingDetail:
        return self.numbered(self.number(identifier))

    def number(self, identifier: str) -> int:
        """The number of the recording with this id, ISRC, MBID or SOURCE:KEY. `NotFoundError`."""
        number = self._number(identifier.strip())
        if number is None:
            remedy = "Look for it with: tenuto catalogue search WORDS"
            raise NotFoundError(
                "no recording has this id, ISRC, MBID or SOURCE:KEY", where=identifier, remedy=remedy
            )
        return number

    def numbered(self, number: int) -> RecordingDetail:
        """The live recording with this number."""
        return detail_from_parts(self._parts, self._order, self._snapshot, number)

    @property
    def by_rank(self) -> NDArray[np.uint32]:
        """The numbers of all recordings in rank order, memory-mapped."""
        return self._order.numbers

    def links(self, recording: RecordingId) -> Sequence[Link]:
        key = _uuid(recording)
        found = None if key is None else self._follow(key)
        if found is None:
            raise NotFoundError("no recording has this id", where=recording)
        rows = self._parts.rows("links", "recording", found["number"])
        return [Link(**{name: row[name] for name in _LINK}) for row in rows]

    def resolve(self, recording: RecordingId) -> RecordingId:
        key = _uuid(recording)
        found = None if key is None else self._follow(key)
        if found is None:
            raise NotFoundError("no recording has this id", where=recording)
        return RecordingId(str(found["id"]))

    def ranked(self, *, start: int = 0, of: Sequence[RecordingId] | None = None) -> Iterator[RecordingDetail]:
        if start >= len(self._order.numbers) or (of is not None and not of):
            return
        for page in pages(self._root, self._id, Resources(), start, of):
            yield from map(detail_of, page)

    def _number(self, text: str) -> int | None:
        """By recording id, MBID, ISRC or source key."""
        key = _uuid(text)
        if key is not None:
            found = self._follow(key)
            return self._named(Scheme.MBID, str(key)) if found is None else found["number"]
        named = self._named(Scheme.ISRC, text.replace("-", "").replace(" ", "").upper())
        if named is None and ":" in text:
            source, _, source_key = text.partition(":")
            found = self._follow(UUID(recording_id(SourceName(source), SourceKey(source_key))))
            return None if found is None else found["number"]
        return named

    def _named(self, scheme: Scheme, value: str) -> int | None:
        """The most heard recording of that name."""
        rows = self._parts.rows("names", "name", f"{scheme}:{value}", entity="recording")
        ranks = {int(self._order.ranks[row["number"]]): row["number"] for row in rows}
        return ranks[min(ranks)] if ranks else None

    def _follow(self, key: UUID) -> dict[str, Any] | None:
        """The live recording that an id leads to."""
        redirects = self._parts.rows("redirects", "id", key.bytes)
        target = redirects[0]["target"] if redirects else key
        found = self._parts.rows("recordings", "id", target.bytes)
        return found[0] if found and self._order.ranks[found[0]["number"]] != NO_RANK else None


def open_current(root: Path, *, tiers: Tiers = b"") -> SnapshotCatalogue:
    """The archive's current snapshot, with the planned tier of each rank (docs/search.md) if wanted.

    `NotFoundError` before the first build.
    """
    snapshot = current(root)
    if snapshot is None:
        remedy = "Build it with: tenuto catalogue build"
        raise NotFoundError("there is no catalogue yet", where=str(root), remedy=remedy)
    return SnapshotCatalogue(root, snapshot, tiers=tiers)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
