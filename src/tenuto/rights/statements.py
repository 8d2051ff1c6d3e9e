"""From a rights statement as found to what it permits (docs/rights.md, Statements)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, reduce
from itertools import product
from typing import Any, Final

from license_expression import LicenseWithExceptionSymbol, Licensing

from tenuto.rights.licences import RIGHTS_STATEMENTS, Licence, Term, creative_commons, licence

Alternatives = frozenset[frozenset[Term]]
"""Ways to comply, each the union of the terms that hold together. Any of them suffices."""

_LONGEST_EXPRESSION: Final = 400
_LONGEST_ID: Final = 120
_EXPRESSION: Final = re.compile(r"[A-Za-z0-9.+:()\-\s,]+")
_COMMA: Final = re.compile(r",\s*(?=(?:and|or)\s)", re.IGNORECASE)
_DEBIAN_EXCEPTION: Final = re.compile(r"\bwith\s+([A-Za-z0-9.\-]+)\s+exception\b", re.IGNORECASE)
_CC_URL: Final = re.compile(
    r"(?<![\w.-])(?:https?://)?(?:www\.)?creativecommons\.org/(?P<area>licenses|publicdomain)/(?P<code>[a-z+-]++)(?![\w%])"
    r"(?:/(?P<version>\d\.\d)(?:/(?!deed|legalcode|rdf)(?P<place>[a-z]{2,8})\b)?)?",
    re.IGNORECASE,
)
_RS_URL: Final = re.compile(
    r"(?<![\w.-])(?:https?://)?(?:www\.)?rightsstatements\.org/(?:vocab|page|data)/(?P<id>[A-Za-z-]+)",
    re.IGNORECASE,
)
_RESERVED: Final = re.compile(r"all rights reserved", re.IGNORECASE)
_CAVEATS: Final = (
    (re.compile(r"non[\s-]?commercial|\bNC\b", re.IGNORECASE), Term.NONCOMMERCIAL),
    (re.compile(r"\bno[\s-]?deriv|\bND\b", re.IGNORECASE), Term.NO_DERIVATIVES),
    (_RESERVED, Term.IN_COPYRIGHT),
)
"""Words beside a licence address that take away from it."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A parsed statement. `id` is its normal form: an SPDX expression, or our id where SPDX has none."""

    id: str
    alternatives: Alternatives

    @property
    def terms(self) -> frozenset[Term]:
        """All terms that occur in any alternative."""
        return frozenset().union(*self.alternatives)


@lru_cache(maxsize=65536)
def parse_statement(text: str) -> Statement:
    """What one statement as found permits. Never raises: what isn't understood has the term UNKNOWN."""
    text = " ".join(text.split())
    named = list(dict.fromkeys(_addresses(text)))
    if named:
        return _together(named, _caveats(text))
    if _RESERVED.search(text):
        return Statement(_short(text), _only(Term.IN_COPYRIGHT))
    if text and len(text) <= _LONGEST_EXPRESSION and _EXPRESSION.fullmatch(text):
        return _expression(text)
    return Statement(_short(text), _only(Term.UNKNOWN))


def _only(*terms: Term) -> Alternatives:
    return frozenset({frozenset(terms)})


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_ID else text[: _LONGEST_ID - 1] + "…"


def _addresses(text: str) -> Iterator[Licence]:
    """Every licence named by an address in the text."""
    for found in _CC_URL.finditer(text):
        yield _cc_address(found)
    ids = {name.lower(): name for name in RIGHTS_STATEMENTS}
    for found in _RS_URL.finditer(text):
        name = ids.get(found["id"].rstrip("-").lower())
        yield licence(name) if name else Licence(found[0], frozenset({Term.UNKNOWN}))


def _cc_address(found: re.Match[str]) -> Licence:
    code, version = found["code"].lower().rstrip("-"), found["version"] or ""
    if found["area"].lower() == "publicdomain":
        names = {"zero": "CC0-1.0", "mark": "PDM-1.0", "certification": "CC-PDDC"}
        return licence(names[code]) if code in names else Licence(found[0], frozenset({Term.UNKNOWN}))
    if code == "publicdomain":
        return licence("CC-PDDC")
    if code in ("sampling", "sampling+", "nc-sampling+", "devnations"):
        limits = (
            {Term.RESTRICTED} if code in ("sampling", "devnations") else {Term.RESTRICTED, Term.NONCOMMERCIAL}
        )
        return Licence("-".join(filter(None, ("CC", code.upper(), version))), frozenset(limits))
    return creative_commons(code, version, found["place"] or "")


def _caveats(text: str) -> frozenset[Term]:
    """What the words beside the addresses take away."""
    words = _RS_URL.sub(" ", _CC_URL.sub(" ", text))
    return frozenset(term for caveat, term in _CAVEATS if caveat.search(words))


def _together(named: list[Licence], caveats: frozenset[Term]) -> Statement:
    """All licences named in one text hold together, with what the words beside them take away."""
    terms = caveats.union(*(one.terms for one in named))
    return Statement(" AND ".join(dict.fromkeys(one.id for one in named)), frozenset({terms}))


def _expression(text: str) -> Statement:
    """An SPDX expression, or Debian's form of it (`GPL-2+ or Artistic, and MIT`; a comma binds last)."""
    try:
        parsed = Licensing().parse(_spdx_form(text))
    except Exception:  # noqa: BLE001  the library's parser fails on odd text in many ways (IndexError …)
        return Statement(_short(text), _only(Term.UNKNOWN))
    if parsed is None:
        return Statement(_short(text), _only(Term.UNKNOWN))
    rendered, alternatives, _ = _evaluate(parsed)
    return Statement(rendered, alternatives)


def _spdx_form(text: str) -> str:
    """Debian's `with X exception` as SPDX's `WITH X-exception`; commas before and/or as parentheses."""
    text = _DEBIAN_EXCEPTION.sub(r"with \1-exception", text)
    first, *rest = _COMMA.split(text)
    return reduce(lambda left, right: f"({left}) {_bracketed(right)}", rest, first)


def _bracketed(part: str) -> str:
    operator, _, operand = part.partition(" ")
    return f"{operator} ({operand})"


def _evaluate(node: Any) -> tuple[str, Alternatives, bool]:  # noqa: ANN401  the library's nodes are untyped
    """(normal form, ways to comply, is it compound). However long the text, at most 2^7 ways exist."""
    if not getattr(node, "args", None):
        found = _symbol(node)
        return found.id, frozenset({found.terms}), False
    parts = [_evaluate(argument) for argument in node.args]
    word = f" {node.operator.strip()} "
    rendered = word.join(f"({name})" if compound else name for name, _, compound in parts)
    ways = [alternatives for _, alternatives, _ in parts]
    if "OR" in node.operator:
        return rendered, frozenset().union(*ways), True
    return rendered, reduce(_both, ways), True


def _both(left: Alternatives, right: Alternatives) -> Alternatives:
    return frozenset(one | other for one, other in product(left, right))


def _symbol(node: Any) -> Licence:  # noqa: ANN401  the library's nodes are untyped
    """An exception only adds permissions; one that doesn't call itself an exception is unknown."""
    if not isinstance(node, LicenseWithExceptionSymbol):
        return licence(str(node.key))
    base, extra = licence(str(node.license_symbol.key)), str(node.exception_symbol.key)
    known = "exception" in extra.lower()
    return Licence(f"{base.id} WITH {extra}", base.terms if known else base.terms | {Term.UNKNOWN})
