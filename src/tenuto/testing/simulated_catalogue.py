"""A simulated catalogue behind the real `CatalogueReader`: sixty invented recordings, no person named.

Everything follows from the recording's rank, so that tests can say beforehand what a page must show:
ranks divisible by 5 are dark for a reason that changes, by 7 hold nothing, the rest is published.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from tenuto.model.catalogue import (
    NO_FACETS,
    Facets,
    Link,
    ListensBasis,
    Popularity,
    RecordingDetail,
    RecordingSummary,
    SearchResult,
    SnapshotSummary,
    SourceRowRef,
    TrackPlace,
)
from tenuto.model.errors import NotFoundError
from tenuto.model.ids import (
    RecordingId,
    SnapshotId,
    SourceKey,
    SourceName,
    artist_id,
    recording_id,
    release_id,
)
from tenuto.model.rights import Evidence, EvidenceKind, RefusalReason
from tenuto.model.source import Access, Identifier, Listens, Location, Scheme
from tenuto.model.statistics import Statistics
from tenuto.testing.simulated_statistics import simulated_statistics

COUNT: Final = 60
HOSTILE_RANK: Final = 11
"""Its title is markup: pages must escape it."""
SCRIPT_ADDRESS_RANK: Final = 15
"""Its licence is a script address: pages must not link it."""
MERGED_ID: Final = RecordingId("00000000-0000-5000-8000-000000000001")
"""Redirects to rank 0."""
SNAPSHOT: Final = SnapshotId("5d0c2f6a91b74e38")

SHELF: Final = SourceName("shelf")
PLAYS: Final = SourceName("plays")
_FORMS = ("Study", "Canon", "Nocturne", "Interlude", "March", "Rondo", "Étude", "Drone", "Sarabande", "Loop")
_KEYS = ("C", "D minor", "E flat", "F sharp minor", "G", "A minor")
GROUPS = (
    "The Paper Lanterns",
    "Northbound Signal",
    "Harbour Ensemble",
    "Quiet Machines",
    "Ældre Rum",
    "Seven Kettles",
    "The Long Corridor Municipal Wind and Percussion Orchestra",
    "夜の電車",
)
_LICENCES = (
    ("CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
    ("CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/"),
    ("CC-BY-SA-3.0", "https://creativecommons.org/licenses/by-sa/3.0/"),
)
_DARK: Final = (
    (RefusalReason.NO_EVIDENCE, ()),
    (
        RefusalReason.WEAK_EVIDENCE,
        (
            Evidence(
                EvidenceKind.DEP5_WILDCARD, "CC-BY-3.0", "debian/copyright, stanza Files: *", "the group"
            ),
        ),
    ),
    (
        RefusalReason.NOT_FREE,
        (Evidence(EvidenceKind.TAG, "https://creativecommons.org/licenses/by-nc/4.0/", "tag LICENSE"),),
    ),
    (RefusalReason.UNKNOWN_STATEMENT, (Evidence(EvidenceKind.TAG, "javascript:alert(1)", "tag LICENSE"),)),
    (
        RefusalReason.CONFLICT,
        (
            Evidence(EvidenceKind.TAG, "CC-BY-4.0", "tag LICENSE"),
            Evidence(EvidenceKind.TABLE, "https://rightsstatements.org/vocab/InC/1.0/", "column rights"),
        ),
    ),
)


class SimulatedCatalogue:
    """A `CatalogueReader` over sixty recordings in memory."""

    def __init__(self, basis: ListensBasis) -> None:
        self._basis = basis
        self.details = tuple(_detail(rank, basis) for rank in range(COUNT))
        self._by_id = {detail.summary.id: detail for detail in self.details}

    def summary(self) -> SnapshotSummary:
        counts = {"recordings": COUNT, "releases": 12, "artists": len(GROUPS), "source_rows": 2 * COUNT}
        bases = Counter(detail.summary.popularity.basis for detail in self.details)
        sources = ((SHELF, "sha256:4be1"), (PLAYS, "2014-06"))
        return SnapshotSummary(SNAPSHOT, None, counts, dict(bases), self.total, sources)

    @property
    def total(self) -> float:
        """All listens."""
        return sum(detail.summary.popularity.listens for detail in self.details)

    def find(
        self, query: str, *, facets: Facets = NO_FACETS, limit: int = 20, offset: int = 0
    ) -> SearchResult:
        """Knows one typing error: `teh` is taken for `the`."""
        typed = query.casefold().split()
        words = ["the" if word == "teh" else word for word in typed]
        found = [
            d.summary
            for d in self.details
            if all(_has_prefix(d.summary, word) for word in words) and _narrowed(d, facets)
        ]
        corrections = (("teh", ("the",)),) if words != typed else ()
        return SearchResult(tuple(found[offset : offset + limit]), corrections)

    def show(self, identifier: str) -> RecordingDetail:
        for detail in self.details:
            if any(known.value == identifier for known in detail.identifiers):
                return detail
        return self._by_id[self.resolve(RecordingId(identifier))]

    def links(self, recording: RecordingId) -> Sequence[Link]:
        self.resolve(recording)
        return ()

    def resolve(self, recording: RecordingId) -> RecordingId:
        if recording == MERGED_ID:
            return self.details[0].summary.id
        if recording not in self._by_id:
            raise NotFoundError("no recording has this id", where=recording)
        return recording

    def statistics(self) -> Statistics:
        return simulated_statistics(self.details, self.summary().counts)

    def ranked(self, *, start: int = 0, of: Sequence[RecordingId] | None = None) -> Iterator[RecordingDetail]:
        wanted = None if of is None else set(of)
        return (d for d in self.details[start:] if wanted is None or d.summary.id in wanted)


def _narrowed(detail: RecordingDetail, facets: Facets) -> bool:
    low, high = facets.years or (0, 9999)
    return (
        (facets.years is None or (detail.summary.year is not None and low <= detail.summary.year <= high))
        and facets.genre in {None, detail.genre}
        and (facets.licence is None or any(e.statement == facets.licence for e in detail.evidence))
        and (facets.source is None or any(row.source == facets.source for row in detail.source_rows))
    )


def dark_because(rank: int) -> tuple[RefusalReason, tuple[Evidence, ...]]:
    """Why a rank divisible by 5 stays dark, and on which evidence."""
    return _DARK[rank // 5 % len(_DARK)]


def is_held(rank: int) -> bool:
    """All but each seventh."""
    return rank % 7 != 0


def _detail(rank: int, basis: ListensBasis) -> RecordingDetail:
    group = GROUPS[rank % len(GROUPS)]
    key = SourceKey(f"shelf/{rank:03}")
    release = release_id(SHELF, SourceKey(str(rank % 12)))
    year = None if rank % 13 == 12 else 1968 + (rank * 7) % 54
    title = "<script>alert(1)</script>" if rank == HOSTILE_RANK else _title(rank)
    summary = RecordingSummary(
        recording_id(SHELF, key),
        title,
        group,
        f"Collected Pieces, Volume {rank % 12 + 1}",
        year,
        None if rank % 17 == 16 else 61_000 + (rank * 7919) % 400_000,
        _popularity(rank, basis),
    )
    counted = ((PLAYS, Listens(summary.popularity.listens, "plays", "2014-06-16/2014-06-23")),)
    path = f"folder:shelf/side-{rank % 4}/{rank:03}.ogg"
    return RecordingDetail(
        summary,
        artist_id(SHELF, SourceKey(group)),
        ("ambient", "chamber", "electronic", "")[rank % 4],
        (TrackPlace(release, summary.release, group, 1, rank // 12 + 1, year),),
        (Identifier(Scheme.ISRC, f"XXTEN26{rank:05}"),) if rank % 2 else (),
        counted if summary.popularity.basis is ListensBasis.COUNTED else (),
        _evidence(rank),
        (Location(path, Access.HELD, 3_000_000 + 97_000 * rank, None, "audio/ogg"),),
        (SourceRowRef(SHELF, rank, key), SourceRowRef(PLAYS, rank * 3, SourceKey(f"{group} / {title}"))),
    )


def _title(rank: int) -> str:
    return f"{_FORMS[rank % len(_FORMS)]} in {_KEYS[rank // len(_FORMS)]}"


def _popularity(rank: int, basis: ListensBasis) -> Popularity:
    if basis is ListensBasis.NONE:
        return Popularity(rank, 0.0, basis, 0)
    listens = round(41_250 / (rank + 1) ** 0.9)
    popularity = round(100 * math.log1p(listens) / math.log1p(41_250))
    estimated = basis is ListensBasis.COUNTED and rank % 6 == 5
    return Popularity(rank, listens, ListensBasis.ESTIMATED if estimated else basis, popularity)


def _evidence(rank: int) -> tuple[Evidence, ...]:
    if rank % 5 == 0:
        return dark_because(rank)[1]
    name, url = _LICENCES[rank % 3]
    stanza = Evidence(
        EvidenceKind.DEP5_STANZA, name, f"debian/copyright, stanza Files: side-{rank % 4}/*", "A group"
    )
    return stanza, Evidence(EvidenceKind.TAG, url, "tag LICENSE")


def _has_prefix(summary: RecordingSummary, word: str) -> bool:
    text = f"{summary.title} {summary.artist} {summary.release}".casefold()
    return any(known.startswith(word) for known in text.split())
