"""Evidence, and the two possible answers to "may this be published?".

Only `tenuto.rights` constructs `Cleared` (`tests/rights/test_only_rights_clears.py` proves it).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

T_co = TypeVar("T_co", covariant=True)


class Strength(StrEnum):
    """How far one piece of evidence carries."""

    STRONG = "strong"
    """Speaks of this very file or recording."""
    WEAK = "weak"
    """Speaks of a collection at large, or in prose; clears only when the operator says so."""


class EvidenceKind(StrEnum):
    """Where a rights statement was found; the kind fixes its strength."""

    DEP5_STANZA = "dep5-stanza"
    """A `Files:` stanza of a machine-readable Debian copyright file naming this path or its folder."""
    DEP5_WILDCARD = "dep5-wildcard"
    """Only the catch-all `Files: *` stanza matched."""
    FREE_TEXT = "free-text"
    """Prose in a copyright file or README."""
    TAG = "tag"
    """A licence URL or statement in the file's own tags."""
    TABLE = "table"
    """A licence column of a table."""
    RIGHTS_FILE = "rights-file"
    """The operator's own `rights.toml` in a folder."""

    @property
    def strength(self) -> Strength:
        weak = (EvidenceKind.DEP5_WILDCARD, EvidenceKind.FREE_TEXT)
        return Strength.WEAK if self in weak else Strength.STRONG


@dataclass(frozen=True, slots=True, order=True)
class Evidence:
    """One rights statement, as found."""

    kind: EvidenceKind
    statement: str
    """An SPDX expression, a licence URL, a RightsStatements.org URI, or the text found."""
    origin: str
    """Where it stands: file and stanza, tag name, column."""
    holder: str = ""


class RefusalReason(StrEnum):
    """Why something stays dark."""

    NO_EVIDENCE = "no-evidence"
    WEAK_EVIDENCE = "weak-evidence"
    UNKNOWN_STATEMENT = "unknown-statement"
    NOT_FREE = "not-free"
    """The licence is known and doesn't allow what publishing needs (non-commercial, no derivatives …)."""
    IN_COPYRIGHT = "in-copyright"
    CONFLICT = "conflict"
    """Statements of equal strength disagree, and not all of them clear."""


@dataclass(frozen=True, slots=True)
class Cleared(Generic[T_co]):
    """`subject` may be published under `licence`, because of `evidence`."""

    subject: T_co
    licence: str
    """SPDX identifier or expression, or a RightsStatements.org id or `PDM-1.0`."""
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Stays dark, and why."""

    reason: RefusalReason
    detail: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """The operator's choices (`[rights]` in `tenuto.toml`). The defaults are the cautious ones."""

    accept_weak_evidence: bool = False
    allow_noncommercial: bool = False
    allow_no_derivatives: bool = False
