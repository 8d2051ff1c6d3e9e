"""The catalogue as its readers see it: recordings in rank order, with everything that is known."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from tenuto.model.ids import ArtistId, RecordingId, ReleaseId, SnapshotId, SourceKey, SourceName
from tenuto.model.plan import Tier
from tenuto.model.rights import Evidence
from tenuto.model.source import Identifier, Listens, Location


class ListensBasis(StrEnum):
    """Where a recording's listens come from. Every screen and file shows it."""

    COUNTED = "counted"
    ESTIMATED = "estimated"
    """Smoothed from the recording's artist and release: nobody counted this recording."""
    SYNTHETIC = "synthetic"
    """Drawn from a seeded law for a demonstration; says nothing about the world."""
    NONE = "none"
    """No source of the collection counts listens."""


@dataclass(frozen=True, slots=True)
class Popularity:
    """A recording's place in one snapshot."""

    rank: int
    """0 = most heard."""
    listens: float
    basis: ListensBasis
    popularity: int
    """0-100 on a logarithmic scale of listens, relative to the most heard; groups volumes into bands."""


@dataclass(frozen=True, slots=True)
class RecordingSummary:
    """One line of a list."""

    id: RecordingId
    title: str
    artist: str
    release: str
    year: int | None
    duration_ms: int | None
    popularity: Popularity


@dataclass(frozen=True, slots=True)
class TrackPlace:
    """A recording's place on a release."""

    release: ReleaseId
    title: str
    artist: str
    disc_number: int | None
    track_number: int | None
    year: int | None


@dataclass(frozen=True, slots=True)
class SourceRowRef:
    """A source row that went into a catalogue row. `ordinal` is the one that the catalogue has kept."""

    source: SourceName
    ordinal: int
    key: SourceKey


@dataclass(frozen=True, slots=True)
class Link:
    """Why two source keys are one recording, or may be."""

    source: SourceName
    key: SourceKey
    other_source: SourceName
    other_key: SourceKey
    method: str
    """`isrc`, `mbid`, `url`, `match` (by title, artist, duration …), `operator`; `audio` never ties."""
    confidence: float
    """Between 0 and 1; 1 where an identifier or the operator says so."""
    evidence: str
    """The identifier; or as JSON the comparison's levels and weights, or how like the audio is."""
    merged: bool
    """Whether it tied them; otherwise it is left to the operator."""


@dataclass(frozen=True, slots=True)
class RecordingDetail:
    """Everything the catalogue knows of one recording."""

    summary: RecordingSummary
    artist_id: ArtistId | None
    genre: str
    tracks: tuple[TrackPlace, ...]
    identifiers: tuple[Identifier, ...]
    listens: tuple[tuple[SourceName, Listens], ...]
    evidence: tuple[Evidence, ...]
    locations: tuple[Location, ...]
    source_rows: tuple[SourceRowRef, ...]

    def rows_by_key(self) -> dict[tuple[SourceName, SourceKey], int]:
        """How many rows the recording came from, by source and key, in the order of `source_rows`."""
        return Counter((row.source, row.key) for row in self.source_rows)


@dataclass(frozen=True, slots=True)
class SnapshotSummary:
    """What `snapshot.json` says, for screens."""

    id: SnapshotId
    parent: SnapshotId | None
    counts: dict[str, int]
    """Rows by table name."""
    listens_basis: dict[ListensBasis, int]
    """Recordings by basis of their listens; bases without recordings are left out."""
    total_listens: float
    sources: tuple[tuple[SourceName, str], ...]
    """(name, version), by priority."""


@dataclass(frozen=True, slots=True)
class Facets:
    """What a search is narrowed to; a field that is None narrows nothing. Case doesn't matter."""

    years: tuple[int, int] | None = None
    """First and last release year, both included."""
    genre: str | None = None
    licence: str | None = None
    source: str | None = None
    tier: Tier | None = None


NO_FACETS = Facets()


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Recordings that have every word as a prefix, most heard first; then those that have corrected words."""

    recordings: tuple[RecordingSummary, ...]
    corrections: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Words that were taken for typing errors, and what was looked for in their place."""
    unsearched: int = 0
    """Least heard recordings that were not looked at, so more may be found there. 0: nothing is missing."""


@dataclass(frozen=True, slots=True)
class FacetCounts:
    """How the hits of a search divide, each by descending count. Values are as the catalogue has them."""

    hits: int
    """The recordings counted: the most heard of all hits."""
    complete: bool
    """Whether these are all hits."""
    years: tuple[tuple[int, int], ...]
    genres: tuple[tuple[str, int], ...]
    licences: tuple[tuple[str, int], ...]
    sources: tuple[tuple[str, int], ...]
    tiers: tuple[tuple[Tier, int], ...]
