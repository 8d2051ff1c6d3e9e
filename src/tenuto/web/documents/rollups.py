"""The snapshot's roll-ups as charts: what each is called, what its bars mean, and its rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tenuto.model.plan import PlanSummary
from tenuto.model.statistics import Distribution, Held, Ranking, Statistics


class Kind(StrEnum):
    """How a chart is drawn."""

    COLUMNS = "columns"
    """Over a number; `low` and `high` of the rows are set."""
    ROWS = "rows"
    """Over names."""
    CURVE = "curve"
    """The first `count` together have `listens`."""


class Unit(StrEnum):
    """Of `low` and `high`."""

    NUMBER = "number"
    LISTENS = "listens"
    MILLISECONDS = "milliseconds"
    YEAR = "year"
    NONE = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One bar or point. `listens` has its 95 % interval where there is a sampling error."""

    name: str
    low: float | None
    high: float | None
    """Not included; None: no upper bound."""
    count: int
    listens: float | None
    interval: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Chart:
    """Of `total` things (`of` says of what) `unknown` have no place in it; names may overlap."""

    name: str
    title: str
    kind: Kind
    unit: Unit
    caption: str
    shows: str
    """Which member of a row the bars show: `count` or `listens`."""
    of: str
    total: int
    unknown: int
    names: int | None
    """Different names in all, of which `rows` has the first; None where there are no names."""
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """Charts that belong together."""

    title: str
    charts: tuple[Chart, ...]


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a roll-up is shown as."""

    field: str
    name: str
    title: str
    unit: Unit = Unit.NONE
    caption: str = ""
    shows: str = "count"
    needs_listens: bool = False


_SECTIONS: Final = {
    "Listening": (
        _Plan("by_popularity", "recordings-by-popularity", "Recordings by popularity",
              Unit.NUMBER, "popularity, 0\u2013100", needs_listens=True),
        _Plan("by_popularity", "listens-by-popularity", "Listens by popularity",
              Unit.NUMBER, "popularity, 0\u2013100", "listens", needs_listens=True),
        _Plan("by_listens", "recordings-by-listens", "Recordings by listens",
              Unit.LISTENS, "listens, logarithmic", needs_listens=True),
        _Plan("coverage", "coverage", "What the most heard recordings hold of all listens",
              Unit.NONE, "most heard recordings, logarithmic", "listens", needs_listens=True),
        _Plan("by_basis", "recordings-by-basis", "Where listens come from"),
    ),
    "Recordings": (
        _Plan("by_duration", "recordings-by-duration", "Duration", Unit.MILLISECONDS, "minutes"),
        _Plan("by_year", "recordings-by-year", "Recordings by year of release", Unit.YEAR, "year"),
        _Plan("by_tempo", "recordings-by-tempo", "Tempo", Unit.NUMBER, "beats a minute"),
        _Plan("by_key", "recordings-by-key", "Musical key"),
        _Plan("by_mode", "recordings-by-mode", "Mode"),
        _Plan("by_explicit", "recordings-by-explicit", "Explicit words"),
    ),
    "Genres": (
        _Plan("by_genre", "recordings-by-genre", "Recordings by genre"),
        _Plan("artists_by_genre", "artists-by-genre", "Artists by genre"),
    ),
    "Artists": (
        _Plan("by_artist", "listens-by-artist", "Most heard artists", shows="listens", needs_listens=True),
        _Plan("artists_by_popularity", "artists-by-popularity", "Artists by popularity",
              Unit.NUMBER, "popularity, 0\u2013100", needs_listens=True),
        _Plan("artists_by_listens", "artists-by-listens", "Artists by listens",
              Unit.LISTENS, "listens, logarithmic", needs_listens=True),
        _Plan("artists_by_recordings", "artists-by-recordings", "Artists by recordings",
              Unit.NUMBER, "recordings of an artist"),
    ),
    "Releases": (
        _Plan("releases_by_year", "releases-by-year", "Releases by year", Unit.YEAR, "year"),
        _Plan("releases_by_tracks", "releases-by-tracks", "Releases by tracks", Unit.NUMBER, "tracks"),
    ),
    "Identifiers": (
        _Plan("recordings_per_isrc", "recordings-per-isrc", "Recordings per ISRC",
              Unit.NUMBER, "recordings that share an ISRC"),
        _Plan("isrcs_per_recording", "isrcs-per-recording", "ISRCs per recording",
              Unit.NUMBER, "ISRCs of a recording"),
        _Plan("releases_per_barcode", "releases-per-barcode", "Releases per barcode (UPC, EAN)",
              Unit.NUMBER, "releases that share a barcode"),
        _Plan("barcodes_per_release", "barcodes-per-release", "Barcodes per release",
              Unit.NUMBER, "barcodes of a release"),
    ),
    "Rights and sources": (
        _Plan("by_licence", "recordings-by-licence", "Licences, as stated"),
        _Plan("by_source", "recordings-by-source", "Sources"),
        _Plan("by_sources", "recordings-by-sources", "Recordings that sources share"),
    ),
}  # fmt: skip


def sections(found: Statistics, plan: PlanSummary | None) -> tuple[Section, ...]:
    """All charts; those of listens only where something is heard, tiers only with a plan."""
    shown = [
        Section(
            title, tuple(_chart(each, found) for each in plans if found.listens > 0 or not each.needs_listens)
        )
        for title, plans in _SECTIONS.items()
    ]
    return (*shown, *([] if plan is None else [Section("Plan", (_tiers(plan),))]))


def _tiers(plan: PlanSummary) -> Chart:
    tiers = tuple(Row(str(tier), None, None, count, None, None) for tier, count in plan.by_tier.items())
    total = sum(plan.by_tier.values())
    return Chart(
        "recordings-by-tier",
        "Tiers",
        Kind.ROWS,
        Unit.NONE,
        "",
        "count",
        "recordings",
        total,
        0,
        len(tiers),
        tiers,
    )


def _chart(each: _Plan, found: Statistics) -> Chart:
    of = getattr(found, each.field)
    if isinstance(of, Distribution):
        kind, names = Kind.COLUMNS, None
        rows = tuple(Row("", bar.low, bar.high, bar.count, bar.listens, bar.interval) for bar in of.bars)
        counted, total, unknown = of.of, of.total, of.unknown
    elif isinstance(of, Ranking):
        kind, names = Kind.ROWS, of.names
        rows = tuple(Row(share.name, None, None, share.count, share.listens, None) for share in of.shares)
        counted, total, unknown = of.of, of.total, of.unknown
    else:
        kind, names = Kind.CURVE, None
        rows = tuple(_points(of))
        counted, total, unknown = "recordings", found.counts["recordings"], 0
    return Chart(
        each.name, each.title, kind, each.unit, each.caption, each.shows, counted, total, unknown, names, rows
    )


def _points(curve: tuple[Held, ...]) -> Iterator[Row]:
    return (Row("", None, None, point.recordings, point.listens, None) for point in curve)
