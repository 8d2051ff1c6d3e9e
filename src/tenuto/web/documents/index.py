"""`/`: what the archive holds, and its recordings by rank."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tenuto.model.catalogue import Facets, RecordingSummary
from tenuto.model.plan import Tier
from tenuto.model.ports import ArchiveView
from tenuto.web.documents.common import Frame, catalogue, frame, rights
from tenuto.web.problems import bad_request

PAGE_LENGTH: Final = 20
LAST_PAGE: Final = 500
QUERY_LENGTH: Final = 200
FACETS: Final = ("year", "genre", "licence", "source")


@dataclass(frozen=True, slots=True)
class Coverage:
    """The plan's coverage: `covered / total` listens, with `bytes` on disk."""

    covered: float
    total: float
    bytes: int
    synthetic: bool


@dataclass(frozen=True, slots=True)
class Holds:
    """Recordings known, held (published or dark), and in the newest edition."""

    recordings: int
    held: int
    published: int
    coverage: Coverage | None


@dataclass(frozen=True, slots=True)
class Line:
    """One recording in a list. `rank` counts from 0."""

    id: str
    rank: int
    title: str
    artist: str
    release: str
    year: int | None
    duration_ms: int | None
    listens: float
    basis: str
    popularity: int
    tier: str
    rights: str
    licence: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class IndexDocument:
    """`tenuto/index/2`. `more` tells whether page + 1 has results."""

    schema: str
    frame: Frame
    holds: Holds
    query: str
    narrowed: dict[str, str]
    """The facets asked for: `year` (a year, or first-last), `genre`, `licence`, `source`."""
    page: int
    more: bool
    corrections: tuple[tuple[str, tuple[str, ...]], ...]
    """Words taken for typing errors, and what was looked for in their place."""
    unsearched: int
    """Least heard recordings that weren't looked at."""
    results: tuple[Line, ...]


def index(view: ArchiveView, asked: Mapping[str, str]) -> IndexDocument:
    """The page-th twenty of the recordings that match, best rank first. `asked` is the query string."""
    query, number = " ".join(asked.get("q", "").split()), _page(asked.get("page", "1"))
    narrowed = {name: text for name in FACETS if (text := asked.get(name, "").strip())}
    if len(query) > QUERY_LENGTH:
        raise bad_request(f"A search may have {QUERY_LENGTH} characters at most; this one has {len(query)}.")
    found = catalogue(view).find(
        query, facets=_facets(narrowed), limit=PAGE_LENGTH + 1, offset=(number - 1) * PAGE_LENGTH
    )
    lines = tuple(_line(view, summary) for summary in found.recordings[:PAGE_LENGTH])
    more = len(found.recordings) > PAGE_LENGTH and number < LAST_PAGE
    return IndexDocument(
        *("tenuto/index/2", frame(view), holds(view), query, narrowed, number, more),
        *(found.corrections, found.unsearched, lines),
    )


def _facets(narrowed: Mapping[str, str]) -> Facets:
    first, _, last = narrowed.get("year", "").partition("-")
    years = None
    if first:
        if not all(text.isascii() and text.isdigit() and len(text) <= 4 for text in (first, last or first)):
            raise bad_request("A year is a number such as 1997, or two with a dash: 1990-1999.")
        years = int(first), int(last or first)
    return Facets(years, narrowed.get("genre"), narrowed.get("licence"), narrowed.get("source"))


def holds(view: ArchiveView) -> Holds:
    """What the archive comes to."""
    plan, editions = view.plan(), view.editions()
    coverage = None
    if plan is not None and plan.listens_total > 0:
        coverage = Coverage(plan.listens_covered, plan.listens_total, plan.bytes, plan.synthetic)
    recordings = catalogue(view).summary().counts.get("recordings", 0)
    return Holds(recordings, view.held(), editions[0].recordings if editions else 0, coverage)


def _page(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else 0
    if not 1 <= number <= LAST_PAGE:
        raise bad_request(
            f"A page is a number from 1 to {LAST_PAGE}. Narrow the search to see what lies deeper."
        )
    return number


def _line(view: ArchiveView, summary: RecordingSummary) -> Line:
    decision = rights(view.decision(catalogue(view).show(summary.id)))
    held = view.holding(summary.id)
    popularity = summary.popularity
    return Line(
        summary.id,
        popularity.rank,
        summary.title,
        summary.artist,
        summary.release,
        summary.year,
        summary.duration_ms,
        popularity.listens,
        popularity.basis.value,
        popularity.popularity,
        (held[0].tier if held else Tier.METADATA).value,
        decision.state,
        decision.licence,
        decision.reason,
    )
