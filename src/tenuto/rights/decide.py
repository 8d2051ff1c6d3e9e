"""The decision. The only place in Tenuto that constructs `Cleared`.

| evidence | policy | answer |
|---|---|---|
| none, or only blank statements | any | refused: no-evidence |
| strong, every statement clears | any | cleared; weak evidence is kept and changes nothing |
| strong, some clear and some don't | any | refused: conflict |
| strong, none clears | any | refused: in-copyright, not-free or unknown-statement |
| weak only | default | refused: weak-evidence |
| weak only | accept_weak_evidence | as if it were strong |

A statement clears when one of its alternatives has only terms that the policy allows: always `free` and
`public-domain`, `noncommercial` and `no-derivatives` when the operator says so, anything else never.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeVar

from tenuto.model.rights import Cleared, Evidence, Policy, Refusal, RefusalReason, Strength
from tenuto.rights.licences import Term
from tenuto.rights.statements import Statement, parse_statement

T = TypeVar("T")

_SEVERITY: Final = (RefusalReason.IN_COPYRIGHT, RefusalReason.NOT_FREE, RefusalReason.UNKNOWN_STATEMENT)
"""Of several reasons, the first is given."""


@dataclass(frozen=True, slots=True)
class _Verdict:
    """`reason` is None where publishing is allowed, under `licence`."""

    licence: str
    reason: RefusalReason | None
    detail: str = ""


def clear(subject: T, evidence: Sequence[Evidence], policy: Policy) -> Cleared[T] | Refusal:
    """May `subject` be published, by this evidence and under this policy? See the module's table."""
    kept = tuple(sorted(set(evidence)))
    verdict = _verdict(
        tuple(dict.fromkeys((one.kind.strength, one.statement.strip()) for one in kept)), policy
    )
    if verdict.reason is None:
        return Cleared(subject, verdict.licence, kept)
    return Refusal(verdict.reason, verdict.detail, kept)


@lru_cache(maxsize=65536)
def _verdict(found: tuple[tuple[Strength, str], ...], policy: Policy) -> _Verdict:
    """The table, on what the decision depends on: strengths and statements."""
    strong = [text for strength, text in found if strength is Strength.STRONG and text]
    weak = [text for strength, text in found if strength is Strength.WEAK and text]
    if not strong and not weak:
        return _Verdict("", RefusalReason.NO_EVIDENCE, "no rights statement was found")
    if not strong and not policy.accept_weak_evidence:
        names = ", ".join(sorted({parse_statement(text).id for text in weak}))
        detail = f"only evidence about a collection at large, or prose: {names}"
        return _Verdict("", RefusalReason.WEAK_EVIDENCE, detail)
    return _judge([parse_statement(text) for text in strong or weak], policy)


def _judge(statements: Sequence[Statement], policy: Policy) -> _Verdict:
    """All statements must clear."""
    refused = {one: reason for one in statements if (reason := _reason(one, policy))}
    cleared = sorted({one.id for one in statements if one not in refused})
    if not refused:
        return _Verdict(_conjunction(cleared), None)
    names = "; ".join(sorted({f"{one.id} ({_words(one)})" for one in refused}))
    if cleared:
        detail = f"{', '.join(cleared)} would clear, but not {names}"
        return _Verdict("", RefusalReason.CONFLICT, detail)
    return _Verdict("", min(refused.values(), key=_SEVERITY.index), names)


def _reason(statement: Statement, policy: Policy) -> RefusalReason | None:
    """Why a statement doesn't clear: the mildest over its alternatives. None if it clears."""
    reasons = [_blocked(terms - _allowed(policy)) for terms in statement.alternatives]
    blocking = [reason for reason in reasons if reason is not None]
    return max(blocking, key=_SEVERITY.index) if len(blocking) == len(reasons) else None


def _blocked(terms: frozenset[Term]) -> RefusalReason | None:
    """The severest reason in what is left of one alternative's terms."""
    if not terms:
        return None
    if Term.IN_COPYRIGHT in terms:
        return RefusalReason.IN_COPYRIGHT
    return RefusalReason.UNKNOWN_STATEMENT if terms == {Term.UNKNOWN} else RefusalReason.NOT_FREE


def _allowed(policy: Policy) -> frozenset[Term]:
    allowed = {Term.FREE, Term.PUBLIC_DOMAIN}
    if policy.allow_noncommercial:
        allowed.add(Term.NONCOMMERCIAL)
    if policy.allow_no_derivatives:
        allowed.add(Term.NO_DERIVATIVES)
    return frozenset(allowed)


def _words(statement: Statement) -> str:
    return ", ".join(sorted(statement.terms - {Term.FREE, Term.PUBLIC_DOMAIN}))


def _conjunction(ids: Sequence[str]) -> str:
    """Several free licences at once: all their conditions are to be met."""
    if len(ids) == 1:
        return ids[0]
    return " AND ".join(f"({name})" if " OR " in name else name for name in ids)
