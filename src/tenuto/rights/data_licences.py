"""What may be done with a source's *data* (not with the music it speaks of): docs/export.md, Terms.

| the source's licence | left out of a public export because |
|---|---|
| none, of a folder or a package that the operator named | `private` |
| none stated | `no-licence` |
| not understood, or not made for data | `unknown-licence` |
| all rights reserved | `all-rights-reserved` |
| forbids derivatives | `no-derivatives` |
| forbids commercial use, and the operator doesn't allow that | `noncommercial` |
| public domain, attribution, share-alike | (goes in) |
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations_with_replacement
from typing import Final

from tenuto.model.rights import Policy
from tenuto.rights.licences import Term
from tenuto.rights.statements import parse_statement


class Withheld(StrEnum):
    """Why a source's facts don't go into a public export."""

    PRIVATE = "private"
    NOT_STATED = "no-licence"
    UNKNOWN = "unknown-licence"
    RESERVED = "all-rights-reserved"
    NO_DERIVATIVES = "no-derivatives"
    NONCOMMERCIAL = "noncommercial"


@dataclass(frozen=True, slots=True)
class DataLicence:
    """One licence of data, by what matters when data is merged."""

    id: str
    attribution: bool = True
    noncommercial: bool = False
    share_alike: str = ""
    """The family within which derivatives must stay; empty where they needn't."""
    refused: Withheld | None = None


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two sources whose data can't be given out as one work; or one, twice, whose own can't be."""

    first: str
    second: str
    reason: str

    def __str__(self) -> str:
        names = self.first if self.first == self.second else f"{self.first} and {self.second}"
        return f"{names}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Combined:
    """What the merged data of several sources may be licensed as: `licence` is empty where nothing fits."""

    licence: str
    conflicts: tuple[Conflict, ...]


_DATA: Final[Mapping[str, DataLicence]] = {
    licence.id.lower(): licence
    for licence in (
        *(DataLicence(name, attribution=False) for name in ("CC0-1.0", "PDDL-1.0", "PDM-1.0", "CC-PDDC")),
        *(DataLicence(name, attribution=False) for name in ("public-domain", "Unlicense", "0BSD", "MIT-0")),
        *(DataLicence(name) for name in ("ODC-By-1.0", "MIT", "ISC", "BSD-2-Clause", "BSD-3-Clause")),
        *(DataLicence(name) for name in ("Apache-2.0", "CDLA-Permissive-1.0", "CDLA-Permissive-2.0")),
        DataLicence("ODbL-1.0", share_alike="ODbL"),
        DataLicence("CDLA-Sharing-1.0", share_alike="CDLA-Sharing"),
    )
}
"""Licences in use for data, besides Creative Commons' and the GNU project's."""

_CC: Final = re.compile(r"CC-(?P<code>[A-Z]+(?:-[A-Z]+)*)(?:-(?P<version>\d\.\d))?(?:-[A-Z]+)?")
_GNU: Final = re.compile(r"(?:A|L)?GPL-\S+|GFDL-\S+")
_ATTRIBUTION: Final = "CC-BY-4.0"
_PUBLIC_DOMAIN: Final = "CC0-1.0"


def withheld(licence: str, policy: Policy, *, private: bool = False) -> Withheld | None:
    """Why data under `licence` (as its source states it) stays out of a public export; None: it goes in."""
    if private:
        return Withheld.PRIVATE
    if not licence.strip():
        return Withheld.NOT_STATED
    parts = data_licences(licence)
    refused = [part.refused for part in parts if part.refused is not None]
    if refused:
        return min(refused, key=list(Withheld).index)
    if any(part.noncommercial for part in parts) and not policy.allow_noncommercial:
        return Withheld.NONCOMMERCIAL
    return None


def data_licences(text: str) -> tuple[DataLicence, ...]:
    """The licences that hold together for data with this statement. Choices (`OR`) aren't made here."""
    statement = parse_statement(text)
    if Term.IN_COPYRIGHT in statement.terms:
        return (DataLicence(statement.id, refused=Withheld.RESERVED),)
    if " OR " in statement.id:
        return (DataLicence(statement.id, refused=Withheld.UNKNOWN),)
    return tuple(_one(name.strip("() ")) for name in statement.id.split(" AND "))


def combine(licences: Mapping[str, str]) -> Combined:
    """What the merged data of sources (name to licence) may be licensed as, and which sources forbid it."""
    parts = {name: data_licences(text) for name, text in licences.items()}
    conflicts = [
        Conflict(first, second, reason)
        for (first, ours), (second, theirs) in combinations_with_replacement(sorted(parts.items()), 2)
        if (reason := _conflict(ours, theirs))
    ]
    conflicts += [
        Conflict(name, name, f"{part.id} ({part.refused}) allows no merged work")
        for name, these in sorted(parts.items())
        for part in these
        if part.refused is not None
    ]
    everything = [part for these in parts.values() for part in these]
    return Combined("" if conflicts else _strictest(everything), tuple(conflicts))


def _one(name: str) -> DataLicence:
    if known := _DATA.get(name.lower()):
        return known
    if _GNU.fullmatch(name):
        return DataLicence(name, share_alike=name)
    if found := _CC.fullmatch(name):
        return _creative_commons(name, set(found["code"].split("-")), found["version"] or "")
    return DataLicence(name, refused=Withheld.UNKNOWN)


def _creative_commons(name: str, elements: set[str], version: str) -> DataLicence:
    if elements - {"BY", "NC", "ND", "SA"}:
        return DataLicence(name, refused=Withheld.UNKNOWN)
    if "ND" in elements:
        return DataLicence(name, refused=Withheld.NO_DERIVATIVES)
    commercial = "NC" not in elements
    if "SA" not in elements:
        return DataLicence(name, noncommercial=not commercial)
    # Share-alike licences from version 2.0 on allow derivatives under later versions of themselves.
    family = "CC-BY-SA" if commercial else "CC-BY-NC-SA"
    return DataLicence(
        name, noncommercial=not commercial, share_alike=f"{family}-1.0" if version == "1.0" else family
    )


def _conflict(ours: tuple[DataLicence, ...], theirs: tuple[DataLicence, ...]) -> str:
    """Why two sources' data don't fit into one work; empty where they do."""
    for one in ours:
        for other in theirs:
            if one.share_alike and other.share_alike and one.share_alike != other.share_alike:
                return f"{one.id} and {other.id} each want the whole under their own terms"
            for free, bound in ((one, other), (other, one)):
                if free.share_alike and not free.noncommercial and bound.noncommercial:
                    return f"{free.id} wants the whole free for commerce, {bound.id} forbids commerce"
    return ""


def _strictest(parts: list[DataLicence]) -> str:
    """The licence that meets all conditions; without conflict at most one share-alike family is left."""
    shared = sorted(part.id for part in parts if part.share_alike)
    if shared:
        return shared[-1]
    limited = sorted(part.id for part in parts if part.noncommercial)
    if limited:
        return limited[-1]
    return _ATTRIBUTION if any(part.attribution for part in parts) else _PUBLIC_DOMAIN
