"""Debian's machine-readable copyright files (copyright-format 1.0, "DEP-5"), docs/formats/dep5.md.

Source: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Final

from tenuto.model.rights import Evidence, EvidenceKind

_FORMAT: Final = re.compile(r"https?://www\.debian\.org/doc/packaging-manuals/copyright-format/1\.0/?")
_FIELD: Final = re.compile(r"([!-9;-~]+):(.*)", re.DOTALL)
_TOKEN: Final = re.compile(r"\\(.)|([*?])|([^\\*?]+|\\$)", re.DOTALL)
_EXTENSION: Final = re.compile(r"\.[^./]*$")
_INSTALL_ROOTS: Final = frozenset({"usr", "local", "share", "lib", "games", "opt", "var"})
_LONGEST_PATTERN: Final = 1024
_DEEPEST_PATTERN: Final = 32
"""Characters and folders; matching costs their square, and no real file comes near."""
_SPECIFIC_CHARACTERS: Final = 3
"""A wildcard name says which files it means when this many of its characters are letters or digits."""


class NotMachineReadable(ValueError):  # noqa: N818  a finding about the file, not a fault: callers read it as prose
    """No copyright-format 1.0 header, or paragraphs that break its grammar; the file is prose to us."""


@dataclass(frozen=True)
class Pattern:
    """One entry of a `Files` field. `*` and `?` match `/` too; a backslash escapes `*`, `?` and itself."""

    text: str

    @cached_property
    def is_catch_all(self) -> bool:
        return set(self.text) <= {"*"}

    @cached_property
    def is_literal(self) -> bool:
        return all(wildcard is None for wildcard in _wildcards(self.text))

    @cached_property
    def is_specific(self) -> bool:
        """True when the pattern names a folder or a file; false for `*`, `*.ogg`, `*/*` and `m*.ogg`."""
        *folders, name = self.text.split("/")
        if any(folder and "*" not in folder and "?" not in folder for folder in folders):
            return True
        if self.is_literal:
            return bool(name)
        characters = sum(map(str.isalnum, _EXTENSION.sub("", name)))
        return characters >= _SPECIFIC_CHARACTERS

    def matches(self, path: str) -> bool:
        """Whether this pattern, taken whole, matches this source path."""
        return _regex(self.text).fullmatch(path) is not None

    @cached_property
    def tails(self) -> tuple[tuple[str, "Pattern"], ...]:
        """(literal leading folders, the rest of the pattern), for every place where it can be cut."""
        parts = self.text.split("/")
        cuts = []
        for cut in range(1, len(parts)):
            if any(wildcard in parts[cut - 1] for wildcard in "*?\\"):
                break
            cuts.append(("/".join(parts[:cut]), Pattern("/".join(parts[cut:]))))
        return tuple(cuts)


@dataclass(frozen=True, slots=True)
class Stanza:
    """One `Files` paragraph. `licence` is the short name or expression, exactly as found."""

    patterns: tuple[Pattern, ...]
    licence: str
    holder: str
    """The Copyright field; lines joined with `; `."""
    text: str = ""
    """The licence's text where the stanza carries it."""

    def matching(self, path: str) -> Pattern | None:
        """The most telling pattern of this stanza that matches a source path: a literal one, then a
        specific one, then any."""
        hits = [pattern for pattern in self.patterns if pattern.matches(path)]
        return max(hits, key=lambda hit: (hit.is_literal, hit.is_specific), default=None)


@dataclass(frozen=True, slots=True)
class _Match:
    """A stanza that won under one hypothesis of where the file stood in the source tree."""

    stanza: Stanza
    pattern: Pattern
    specific: bool
    observed: bool
    """False where part of the source path was assumed from the pattern itself."""


@dataclass(frozen=True, slots=True)
class CopyrightFile:
    """A parsed copyright file: stanzas in file order, and the stand-alone licence texts by name."""

    stanzas: tuple[Stanza, ...]
    licence_texts: dict[str, str] = field(default_factory=dict)
    """Stand-alone `License` paragraphs and texts within stanzas; the first of a name counts."""
    package_licence: str = ""
    """The header's own License field, which speaks of the package as a whole."""
    package_holder: str = ""

    def winner(self, source_path: str) -> Stanza | None:
        """The stanza that applies to a path of the source tree: the last that matches (clause 5)."""
        return next((s for s in reversed(self.stanzas) if s.matching(source_path)), None)

    def evidence_for(self, installed_path: str, origin: str) -> Evidence | None:
        """What the file says of an installed file (clauses 7 to 11), None if no stanza covers it.

        `origin` is where this copyright file stands; the stanza is appended to it. Paths in the
        file are those of the source tree, which is unknown: see docs/formats/dep5.md for how it is
        inferred and when evidence counts as strong.
        """
        inner = inner_path(installed_path)
        matches = [match for path in _suffixes(inner) if (match := self._match(path))]
        matches += self._assumed(inner)
        specific = [match for match in matches if match.specific]
        if specific:
            return _specific_evidence(specific, origin)
        if matches:
            return _evidence(EvidenceKind.DEP5_WILDCARD, matches[0], origin)
        if self.package_licence:
            where = f"{origin}, header"
            return Evidence(EvidenceKind.DEP5_WILDCARD, self.package_licence, where, self.package_holder)
        return None

    def _match(self, source_path: str) -> _Match | None:
        for stanza in reversed(self.stanzas):
            if pattern := stanza.matching(source_path):
                return _Match(stanza, pattern, pattern.is_specific, observed=True)
        return None

    def _assumed(self, inner: str) -> Iterator[_Match]:
        """Winners where the package installs a source folder, named only in patterns, as its own root."""
        for head in sorted(self._plausible_heads(inner)):
            match = self._match(f"{head}/{inner}")
            if match is None:
                continue
            tails = [tail for start, tail in match.pattern.tails if start == head and tail.is_specific]
            if tails:
                yield _Match(match.stanza, match.pattern, specific=True, observed=False)

    def _plausible_heads(self, inner: str) -> set[str]:
        patterns = (pattern for stanza in self.stanzas for pattern in stanza.patterns)
        return {
            head
            for pattern in patterns
            for head, tail in pattern.tails
            if tail.is_specific and tail.matches(inner)
        }


def inner_path(installed_path: str) -> str:
    """The path within the package's own folder: `usr/share/games/zaz/mus1.ogg` -> `mus1.ogg`.

    A path that doesn't begin with folders of the Filesystem Hierarchy Standard is taken whole.
    """
    parts = [part for part in installed_path.split("/") if part not in ("", ".")]
    depth = 0
    while depth < len(parts) - 1 and parts[depth] in _INSTALL_ROOTS:
        depth += 1
    if depth and depth < len(parts) - 1:
        depth += 1
    return "/".join(parts[depth:])


def parse(text: str) -> CopyrightFile:
    """Reads a copyright file; raises `NotMachineReadable` (clauses 1 to 3)."""
    paragraphs = list(_paragraphs(text))
    if not paragraphs or not _FORMAT.fullmatch(paragraphs[0].get("format", "").strip()):
        raise NotMachineReadable("the first paragraph has no Format field of copyright-format 1.0")
    header, *others = paragraphs
    stanzas = tuple(_stanza(paragraph) for paragraph in others if "files" in paragraph)
    texts: dict[str, str] = {}
    for paragraph in others:
        name, body = _licence(paragraph)
        if body:
            texts.setdefault(name, body)
    return CopyrightFile(stanzas, texts, _licence(header)[0], _holder(header))


def _specific_evidence(matches: Sequence[_Match], origin: str) -> Evidence:
    """Strong if the best match names this very file, or if all matches state one licence; else weak."""
    first = matches[0]
    licences = sorted({match.stanza.licence for match in matches})
    decisive = first.observed and first.pattern.is_literal
    if decisive or len(licences) == 1:
        return _evidence(EvidenceKind.DEP5_STANZA, first, origin)
    statement = " AND ".join(f"({licence})" if " " in licence else licence for licence in licences)
    patterns = ", ".join(dict.fromkeys(match.pattern.text for match in matches))
    where = f"{origin}, ambiguous between Files: {patterns}"
    return Evidence(EvidenceKind.DEP5_WILDCARD, statement, where, first.stanza.holder)


def _evidence(kind: EvidenceKind, match: _Match, origin: str) -> Evidence:
    where = f"{origin}, Files: {match.pattern.text}"
    return Evidence(kind, match.stanza.licence, where, match.stanza.holder)


def _suffixes(path: str) -> Iterator[str]:
    parts = path.split("/")
    return ("/".join(parts[start:]) for start in range(len(parts)))


def _wildcards(pattern: str) -> Iterator[str | None]:
    return (token[2] for token in _TOKEN.finditer(pattern))


@lru_cache(maxsize=65536)
def _regex(pattern: str) -> re.Pattern[str]:
    """Linear however many stars: what stands between two stars is taken at its first place, for good."""
    segments = [""]
    for token in _TOKEN.finditer(pattern):
        if token[2] == "*":
            segments.append("")
        else:
            segments[-1] += "." if token[2] else re.escape(token[1] or token[3])
    first, *middle = segments
    if not middle:
        return re.compile(first, re.DOTALL)
    last = middle.pop()
    inner = "".join(f"(?>.*?{segment})" for segment in middle if segment)
    return re.compile(f"{first}{inner}.*{last}", re.DOTALL)


def _paragraphs(text: str) -> Iterator[dict[str, str]]:
    """Paragraphs as field name (lower case) -> raw value, continuation lines kept with their newline."""
    fields: dict[str, str] = {}
    last = ""
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        if not line.strip():
            if fields:
                yield fields
            fields, last = {}, ""
        elif line.startswith("#"):
            continue
        elif line[0] in " \t":
            if not last:
                raise NotMachineReadable(f"line {number}: a continuation line without a field before it")
            fields[last] += "\n" + line
        else:
            last = _add_field(fields, line, number)
    if fields:
        yield fields


def _add_field(fields: dict[str, str], line: str, number: int) -> str:
    found = _FIELD.fullmatch(line)
    if not found:
        raise NotMachineReadable(f"line {number}: neither a field nor a continuation line")
    name = found[1].lower()
    if name in fields:
        raise NotMachineReadable(f"line {number}: the field {found[1]} stands twice in one paragraph")
    fields[name] = found[2].strip()
    return name


def _stanza(paragraph: dict[str, str]) -> Stanza:
    patterns = tuple(Pattern(text.removeprefix("./")) for text in paragraph["files"].split())
    for pattern in patterns:
        if len(pattern.text) > _LONGEST_PATTERN or pattern.text.count("/") > _DEEPEST_PATTERN:
            raise NotMachineReadable(f"a pattern that no source tree needs: {pattern.text[:40]}…")
    licence, body = _licence(paragraph)
    return Stanza(patterns, licence, _holder(paragraph), body)


def _licence(paragraph: dict[str, str]) -> tuple[str, str]:
    name, _, body = paragraph.get("license", "").partition("\n")
    lines = (line[1:] for line in body.splitlines())
    return name.strip(), "\n".join("" if line == "." else line for line in lines)


def _holder(paragraph: dict[str, str]) -> str:
    lines = (line.strip() for line in paragraph.get("copyright", "").splitlines())
    return "; ".join(line for line in lines if line not in ("", "."))
