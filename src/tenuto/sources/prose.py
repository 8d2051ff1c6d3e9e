"""Names of licences in the prose of a copyright file: weak evidence, and only where the prose is plain."""

import re
from typing import Final

from tenuto.formats.text import clean

_EXCERPT: Final = 200

_CC: Final = re.compile(
    r"(?:Creative\s+Commons|\bCC)[\s-]+(?P<terms>(?:Attribution|BY)(?:[\s-]*(?:Share[\s-]?Alike|SA|Non[\s-]?Commercial|NC"
    r"|No[\s-]?Deriv(?:ative)?s?(?:\s+Works)?|ND))*)\s*(?:Licen[cs]e)?,?\s*(?:[Vv]ersion\s+|v\.?\s*)?(?P<version>[1-4]\.[05])",
    re.IGNORECASE,
)
_CC_URL: Final = re.compile(
    r"creativecommons\.org/(?P<kind>licenses|publicdomain)/(?P<terms>[a-z-]+)/(?P<version>[1-4]\.[05])"
)
_CC0: Final = re.compile(r"\bCC0(?:[\s-]+1\.0)?\b|Creative\s+Commons\s+Zero")
_GPL: Final = re.compile(
    r"GNU\s+(?P<lesser>Lesser\s+|Library\s+)?General\s+Public\s+License[^.]{0,80}?version\s+(?P<version>[23](?:\.[01])?)"
    r"(?P<later>[^.]{0,60}any\s+later\s+version)?",
    re.IGNORECASE,
)


_PACKAGING: Final = re.compile(r"\bDebian\s+packaging\b|\bpackaging\s+is\b", re.IGNORECASE)

_FAMILIES: Final = tuple(
    re.compile(sign, re.IGNORECASE)
    for sign in (
        r"Creative\s+Commons|creativecommons\.org|\bCC0\b|\bCC[\s-]BY\b",
        r"\bGPL\b|(?<!Lesser\s)(?<!Library\s)General\s+Public\s+License",
        r"\bLGPL\b|(?:Lesser|Library)\s+General\s+Public\s+License",
        r"Redistribution\s+and\s+use\s+in\s+source\s+and\s+binary\s+forms|\bBSD\b",
        r"Permission\s+is\s+hereby\s+granted,?\s+free\s+of\s+charge|\bMIT\s+licen[cs]e",
        r"Artistic\s+Licen[cs]e|Apache\s+Licen[cs]e|Open\s+Font\s+Licen[cs]e|Mozilla\s+Public\s+Licen[cs]e",
        r"software\s+is\s+provided\s+['`\"]+as[\s-]is['`\"]+",
    )
)
"""Signs of licence families. Prose with two of them speaks of several things, not plainly of the audio."""


def licence_statement(prose: str) -> str:
    """The SPDX identifier of the one licence that the prose names, else its first 200 characters.

    Paragraphs about the packaging don't count: they speak of the packager's own few files.
    """
    excerpt = clean(prose[: 4 * _EXCERPT])[:_EXCERPT]
    prose = "\n\n".join(each for each in re.split(r"\n\s*\n", prose) if not _PACKAGING.search(each))
    names = {*_creative_commons(prose), *_gnu(prose)}
    if _CC0.search(prose):
        names.add("CC0-1.0")
    families = sum(family.search(prose) is not None for family in _FAMILIES)
    if len(names) == 1 and families == 1:
        return names.pop()
    return excerpt


def _creative_commons(prose: str) -> set[str]:
    found = {f"CC-{_terms(match['terms'])}-{match['version']}" for match in _CC.finditer(prose)}
    for match in _CC_URL.finditer(prose):
        if match["kind"] == "licenses":
            found.add(f"CC-{match['terms'].upper()}-{match['version']}")
        else:
            found.add({"zero": "CC0-1.0", "mark": "PDM-1.0"}.get(match["terms"], match[0]))
    return found


def _terms(words: str) -> str:
    """`Attribution-ShareAlike` -> `BY-SA`, in SPDX's order."""
    letters = re.sub(r"[\s-]", "", words).lower()
    noncommercial = "noncommercial" in letters or re.search(r"(?:by|sa)nc", letters)
    terms = ["BY"]
    terms += ["NC"] if noncommercial else []
    terms += ["ND"] if "noderiv" in letters or letters.endswith("nd") else []
    terms += ["SA"] if "sharealike" in letters or letters.endswith("sa") else []
    return "-".join(terms)


def _gnu(prose: str) -> set[str]:
    found = set()
    for match in _GPL.finditer(prose):
        family = "LGPL" if match["lesser"] else "GPL"
        version = match["version"] if "." in match["version"] else match["version"] + ".0"
        found.add(f"{family}-{version}-{'or-later' if match['later'] else 'only'}")
    return found
