"""Roll-ups of a snapshot, computed when it is built, so that pages are instant (docs/statistics.md)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a distribution: what has a value of at least `low` and below `high`."""

    low: float
    high: float | None
    """None: no upper bound."""
    count: int
    listens: float | None = None
    """None where listens say nothing of what is counted."""
    interval: tuple[float, float] | None = None
    """Where `listens` lies with 95 %; None where nobody counted, so that there is no sampling error."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """How things divide over a number. `total` is the denominator: bars and `unknown` add up to it."""

    of: str
    """What is counted: `recordings`, `releases`, `artists`, `ISRCs`, `barcodes`."""
    total: int
    unknown: int
    """Of `total`, those that have no such number."""
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """How many have a name, and what they are heard."""

    name: str
    count: int
    listens: float | None = None


@dataclass(frozen=True, slots=True)
class Ranking:
    """How things divide over names. One thing may have several names, so that shares may overlap."""

    of: str
    total: int
    unknown: int
    """Of `total`, those that have no name."""
    names: int
    """Different names in all; of them `shares` has the greatest."""
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """The most heard `recordings` have `listens` of all listens together."""

    recordings: int
    listens: float


@dataclass(frozen=True, slots=True)
class Statistics:
    """Every roll-up has its denominator, and says how many are unknown."""

    counts: dict[str, int]
    """Live rows by table."""
    listens: float
    """Of all recordings together."""
    by_basis: Ranking
    by_popularity: Distribution
    """Twenty bars over popularity 0-100 (0-4, 5-9 … 95-100)."""
    by_listens: Distribution
    """Steps of 1, 2, 5 times a power of ten; the first bar is below 1."""
    coverage: tuple[Held, ...]
    """Ascending, at most 200 points, the last holds everything; empty where nothing is heard."""
    by_duration: Distribution
    """Milliseconds."""
    by_year: Distribution
    by_explicit: Ranking
    by_key: Ranking
    """All twelve pitch classes, from C up."""
    by_mode: Ranking
    by_tempo: Distribution
    """Beats a minute."""
    by_genre: Ranking
    """A recording counts in each of its genres."""
    artists_by_genre: Ranking
    """In the order of `by_genre`; an artist counts in each genre that one of the recordings has."""
    by_artist: Ranking
    """Recordings of the artists that are heard most, by their listens."""
    artists_by_popularity: Distribution
    """As `by_popularity`, of the listens of all of an artist's recordings together."""
    artists_by_listens: Distribution
    artists_by_recordings: Distribution
    releases_by_year: Distribution
    releases_by_tracks: Distribution
    recordings_per_isrc: Distribution
    isrcs_per_recording: Distribution
    releases_per_barcode: Distribution
    barcodes_per_release: Distribution
    by_licence: Ranking
    """Statements as found."""
    by_source: Ranking
    """All sources, by priority."""
    by_sources: Ranking
    """Recordings by the exact set of sources that know them: sets don't overlap."""
