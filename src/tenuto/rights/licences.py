"""Which licences are known, and what each says about publishing music (docs/rights.md has the table)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

from license_expression import get_spdx_licensing


class Term(StrEnum):
    """What a statement says of copying, adapting and selling the work."""

    FREE = "free"
    """Licensed for every purpose, at most against attribution and share-alike."""
    PUBLIC_DOMAIN = "public-domain"
    """Dedicated to the public domain, or marked as free of known copyright worldwide."""
    NONCOMMERCIAL = "noncommercial"
    NO_DERIVATIVES = "no-derivatives"
    IN_COPYRIGHT = "in-copyright"
    RESTRICTED = "restricted"
    """Known, with other conditions than the two above, or made for other things than music."""
    UNKNOWN = "unknown"
    """We don't know the statement, or it says that the status isn't known."""


@dataclass(frozen=True, slots=True)
class Licence:
    """One licence or statement: its normal id (SPDX where there is one) and its terms."""

    id: str
    terms: frozenset[Term]


RIGHTS_STATEMENTS: Final[Mapping[str, frozenset[Term]]] = {
    "InC": frozenset({Term.IN_COPYRIGHT}),
    "InC-OW-EU": frozenset({Term.IN_COPYRIGHT}),
    "InC-EDU": frozenset({Term.IN_COPYRIGHT, Term.RESTRICTED}),
    "InC-NC": frozenset({Term.IN_COPYRIGHT, Term.NONCOMMERCIAL}),
    "InC-RUU": frozenset({Term.IN_COPYRIGHT}),
    "NoC-CR": frozenset({Term.RESTRICTED}),
    "NoC-NC": frozenset({Term.NONCOMMERCIAL}),
    "NoC-OKLR": frozenset({Term.RESTRICTED}),
    "NoC-US": frozenset({Term.RESTRICTED}),
    "CNE": frozenset({Term.UNKNOWN}),
    "UND": frozenset({Term.UNKNOWN}),
    "NKC": frozenset({Term.UNKNOWN}),
}
"""The 12 statements of RightsStatements.org, version 1.0. None clears by default (decision 0021)."""

_FREE: Final = frozenset({Term.FREE})
_PUBLIC: Final = frozenset({Term.PUBLIC_DOMAIN})

_FREE_IDS: Final = (
    *("0BSD", "Apache-2.0", "Artistic-1.0", "Artistic-1.0-Perl", "Artistic-2.0"),
    *("BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "LAL-1.2", "LAL-1.3"),
    *("MIT", "MIT-0", "MPL-1.1", "MPL-2.0", "Unlicense", "WTFPL", "X11", "Zlib"),
    *("GFDL-1.1-no-invariants-only", "GFDL-1.1-no-invariants-or-later"),
    *("GFDL-1.2-no-invariants-only", "GFDL-1.2-no-invariants-or-later"),
    *("GFDL-1.3-no-invariants-only", "GFDL-1.3-no-invariants-or-later"),
)
_PUBLIC_IDS: Final = ("CC-PDDC", "PDM-1.0", "public-domain")
"""`public-domain` is the reserved short name of copyright-format 1.0 for works without copyright."""

_EXACT: Final[Mapping[str, Licence]] = {
    **{name.lower(): Licence(name, _FREE) for name in _FREE_IDS},
    **{name.lower(): Licence(name, _PUBLIC) for name in _PUBLIC_IDS},
}
"""Free licences whose texts can be applied to a recording, and the public domain, by lower-case id."""

_ALIASES: Final[Mapping[str, str]] = {
    "expat": "MIT",
    "apache-2": "Apache-2.0",
    "artistic": "Artistic-1.0",
    "artistic-1": "Artistic-1.0",
    "artistic-2": "Artistic-2.0",
    "cc0": "CC0-1.0",
    "fal": "LAL-1.3",
    "fal-1.2": "LAL-1.2",
    "fal-1.3": "LAL-1.3",
    "mpl-2": "MPL-2.0",
    "pdm": "PDM-1.0",
}
"""Debian's and everyday short names of licences in `_EXACT`."""

_GNU: Final = re.compile(
    r"(?P<name>A?GPL|LGPL)(?:-v?(?P<version>\d(?:\.\d)?))?(?P<later>\+|-only|-or-later)?", re.IGNORECASE
)
_GNU_VERSIONS: Final[Mapping[str, frozenset[str]]] = {
    "GPL": frozenset({"1.0", "2.0", "3.0"}),
    "LGPL": frozenset({"2.0", "2.1", "3.0"}),
    "AGPL": frozenset({"3.0"}),
}

_CC: Final = re.compile(
    r"CC-(?P<code>BY|SA|(?:BY-)?(?:NC|ND)(?:-ND|-NC|-SA)*|BY-SA(?:-NC)?)"
    r"(?:-(?P<version>\d\.\d)(?:-(?P<place>[A-Z]{2,8}))?)?",
    re.IGNORECASE,
)
CC_VERSIONS: Final = frozenset({"1.0", "2.0", "2.1", "2.5", "3.0", "4.0"})


def licence(name: str) -> Licence:
    """What one licence name (SPDX id, Debian short name or RightsStatements.org id) stands for."""
    key = _ALIASES.get(name.lower(), name).lower()
    if key in _EXACT:
        return _EXACT[key]
    if name in RIGHTS_STATEMENTS:
        return Licence(name, RIGHTS_STATEMENTS[name])
    if found := _CC.fullmatch(name):
        return creative_commons(found["code"], found["version"] or "", found["place"] or "")
    if found := _GNU.fullmatch(name):
        return _gnu(name, found)
    if key in _spdx_ids():
        return Licence(_spdx_ids()[key], frozenset({Term.RESTRICTED}))
    return Licence(name, frozenset({Term.UNKNOWN}))


def creative_commons(code: str, version: str, place: str) -> Licence:
    """A Creative Commons licence by its elements in any order: `by-nd-nc`, `1.0`, `fi`."""
    elements = set(code.lower().split("-"))
    ordered = [element for element in ("by", "nc", "nd", "sa") if element in elements]
    parts = ["CC", *ordered, version, place]
    identifier = "-".join(part for part in parts if part).upper()
    if elements - {"by", "nc", "nd", "sa"} or (version and version not in CC_VERSIONS):
        return Licence(identifier, frozenset({Term.UNKNOWN}))
    limits = {"nc": Term.NONCOMMERCIAL, "nd": Term.NO_DERIVATIVES}
    terms = frozenset(term for element, term in limits.items() if element in elements)
    return Licence(identifier, terms or _FREE)


def _gnu(name: str, found: re.Match[str]) -> Licence:
    """`GPL-2+` -> `GPL-2.0-or-later`. A name without version allows any version (GPL-2.0, section 9)."""
    family, later = found["name"].upper(), (found["later"] or "").lower()
    version = found["version"] or min(_GNU_VERSIONS[family])
    version = version if "." in version else f"{version}.0"
    if version not in _GNU_VERSIONS[family]:
        return Licence(name, frozenset({Term.UNKNOWN}))
    open_ended = later in ("+", "-or-later") or not found["version"]
    return Licence(f"{family}-{version}-{'or-later' if open_ended else 'only'}", _FREE)


@cache
def _spdx_ids() -> dict[str, str]:
    """All of SPDX's licence ids, by lower case."""
    known = get_spdx_licensing().known_symbols
    return {key.lower(): key for key, symbol in known.items() if not symbol.is_exception}
