"""What every page says: which archive, which snapshot, and what its listens are."""

from dataclasses import dataclass
from http import HTTPStatus

from tenuto.model.catalogue import ListensBasis, SnapshotSummary
from tenuto.model.errors import NotFoundError
from tenuto.model.ids import RecordingId
from tenuto.model.ports import ArchiveView, CatalogueReader
from tenuto.model.rights import Cleared, Evidence, Refusal
from tenuto.web.problems import ProblemError


@dataclass(frozen=True, slots=True)
class ListensNote:
    """Recordings by basis of their listens, and the warning that every page shows (or None)."""

    basis: dict[ListensBasis, int]
    notice: str | None


@dataclass(frozen=True, slots=True)
class Frame:
    """The part that all documents share."""

    archive: str
    snapshot: str
    listens: ListensNote


@dataclass(frozen=True, slots=True)
class Statement:
    """One piece of evidence, and how far it carries."""

    kind: str
    strength: str
    statement: str
    origin: str
    holder: str


@dataclass(frozen=True, slots=True)
class Rights:
    """The decision. `state` is `cleared` (with `licence`) or `dark` (with `reason` and `detail`)."""

    state: str
    licence: str | None
    reason: str | None
    detail: str
    evidence: tuple[Statement, ...]


def frame(view: ArchiveView) -> Frame:
    """Which archive and snapshot the reader looks at."""
    summary = catalogue(view).summary()
    return Frame(view.name, summary.id, ListensNote(summary.listens_basis, notice(summary)))


def catalogue(view: ArchiveView) -> CatalogueReader:
    """The current snapshot; 503 before the first build."""
    try:
        return view.catalogue()
    except NotFoundError as error:
        detail = "This archive has no catalogue yet. Its keeper builds one with `tenuto catalogue build`."
        raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, detail) from error


def notice(summary: SnapshotSummary) -> str | None:
    """The warning for listens that nobody counted."""
    basis = summary.listens_basis
    if basis.get(ListensBasis.SYNTHETIC):
        return (
            "Listens are synthetic, drawn from a seeded law for a demonstration. "
            "Ranks, popularity and coverage say nothing about the world."
        )
    if not basis.get(ListensBasis.COUNTED) and not basis.get(ListensBasis.ESTIMATED):
        return "No source of this archive counts listens. Ranks carry no meaning, and there is no coverage."
    return None


def rights(decision: Cleared[RecordingId] | Refusal) -> Rights:
    """A decision in the document's terms."""
    evidence = tuple(_statement(piece) for piece in decision.evidence)
    if isinstance(decision, Cleared):
        return Rights("cleared", decision.licence, None, "", evidence)
    return Rights("dark", None, decision.reason.value, decision.detail, evidence)


def _statement(piece: Evidence) -> Statement:
    kind = piece.kind
    return Statement(kind.value, kind.strength.value, piece.statement, piece.origin, piece.holder)
