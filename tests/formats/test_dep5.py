"""docs/formats/dep5.md, clause by clause, against hand-written files, python-debian and real packages."""

import csv
import shutil
import subprocess
import tarfile
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from debian.copyright import Copyright
from hypothesis import given, settings
from hypothesis import strategies as st

from tenuto.formats import dep5
from tenuto.model.rights import Evidence, EvidenceKind, Strength
from tests.shared import SHARED_DATA, needs_shared_data

HEADER = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n"

HYPERROGUE = (
    HEADER
    + """Files-Excluded: dll
 *.ttf

Files: *
Copyright: 2011-2021 Zeno Rogue <zeno@attnam.com>
License: GPL-2+

Files: debian/*
Copyright: 2013, chrysn
License: GPL-2+

Files: music/hr3-caves.ogg
       music/hr3-desert.ogg
Copyright: Shawn Parrotte
License: CC-BY-SA-3.0

Files: sounds/*
Copyright: Brett Cornwall
           Zeno Rogue
License: CC-BY-SA-4.0

Files: sounds/seen-troll.ogg
       sounds/click.ogg
Copyright: no-copyright
License: CC0-1.0
 On Debian systems, the complete text is elsewhere.

License: GPL-2+
 This program is free software.
 .
 It has a second paragraph.
"""
)


def copyright_file(*stanzas: tuple[str, str]) -> dep5.CopyrightFile:
    parts = [f"Files: {files}\nCopyright: H\nLicense: {licence}\n" for files, licence in stanzas]
    return dep5.parse("\n".join([HEADER, *parts]))


def evidence(path: str, *stanzas: tuple[str, str]) -> Evidence:
    found = copyright_file(*stanzas).evidence_for(f"usr/share/games/foo/{path}", "copyright")
    assert found
    return found


@pytest.mark.parametrize(
    ("path", "kind", "statement", "pattern"),
    [
        ("music/hr3-caves.ogg", EvidenceKind.DEP5_STANZA, "CC-BY-SA-3.0", "music/hr3-caves.ogg"),
        ("sounds/fire.ogg", EvidenceKind.DEP5_STANZA, "CC-BY-SA-4.0", "sounds/*"),
        ("sounds/click.ogg", EvidenceKind.DEP5_STANZA, "CC0-1.0", "sounds/click.ogg"),
        ("music/new.ogg", EvidenceKind.DEP5_WILDCARD, "GPL-2+", "*"),
    ],
)
def test_hyperrogue_shape(path: str, kind: EvidenceKind, statement: str, pattern: str) -> None:
    """Clauses 5, 8, 11: a later stanza overrides its folder's; the list names files; the rest is `*`."""
    found = dep5.parse(HYPERROGUE).evidence_for(f"/usr/share/hyperrogue/{path}", "doc/copyright")
    assert found
    assert (found.kind, found.statement) == (kind, statement)
    assert found.origin == f"doc/copyright, Files: {pattern}"


def test_fields() -> None:
    """Clauses 3 and 6: names and holders as found, stand-alone texts by name."""
    parsed = dep5.parse(HYPERROGUE)
    assert parsed.stanzas[3].holder == "Brett Cornwall; Zeno Rogue"
    assert parsed.licence_texts["GPL-2+"] == "This program is free software.\n\nIt has a second paragraph."
    assert parsed.licence_texts["CC0-1.0"] == parsed.stanzas[4].text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "This package was debianized by somebody.\n",
        "Files: *\nLicense: MIT\n",
        "Format: http://dep.debian.net/deps/dep5/\n\nFiles: *\nLicense: MIT\n",
        HEADER + "\nFiles: *\nLicense: MIT\nFiles: x\nLicense: GPL-2\n",
        HEADER + "\nFiles: *\nLicense: MIT\nstray words\n",
        HEADER + "\n stray continuation\n",
    ],
)
def test_prose_is_not_machine_readable(text: str) -> None:
    """Clauses 1 and 2."""
    with pytest.raises(dep5.NotMachineReadable):
        dep5.parse(text)


@pytest.mark.parametrize("url", ["http://www.debian.org", "https://www.debian.org"])
@pytest.mark.parametrize("end", ["", "/"])
def test_format_addresses(url: str, end: str) -> None:
    """Clause 1."""
    dep5.parse(f"Format: {url}/doc/packaging-manuals/copyright-format/1.0{end}\n")


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("*", "a/b/c", True),
        ("a*c", "a/b/c", True),
        ("a/?/c", "a/b/c", True),
        ("a?b", "a/b", True),
        ("*.ogg", "x/y.ogg", True),
        ("*.ogg", "x/y.ogg.txt", False),
        (r"a\*b", "a*b", True),
        (r"a\*b", "axb", False),
        (r"a\\b", r"a\b", True),
        (r"a\?", "a?", True),
        ("a.ogg", "axogg", False),
        ("*a*a*a*a*a*a*a*a*a*b", "a" * 3000, False),
    ],
)
def test_wildcards(pattern: str, path: str, matches: bool) -> None:
    """Clause 4, in linear time."""
    assert dep5.Pattern(pattern).matches(path) is matches


@pytest.mark.parametrize("pattern", ["*", "**", "*.ogg", "*/*", "m*.ogg", "?", "*/*.ogg", "???.ogg"])
def test_unspecific_patterns_are_weak(pattern: str) -> None:
    """Clause 10."""
    assert not dep5.Pattern(pattern).is_specific
    path = "music/mus.ogg"
    found = copyright_file((pattern, "CC0-1.0")).evidence_for(f"usr/share/foo/{path}", "c")
    assert found is None or found.kind.strength is Strength.WEAK


@pytest.mark.parametrize(
    "pattern", ["share/*", "games/*", "usr/*", "usr/share/*", "foo/*", "debian/*", "data/*"]
)
def test_installation_folders_name_nothing(pattern: str) -> None:
    """Clauses 7 and 9: neither the hierarchy's folders, nor the package's, nor an assumed one."""
    assert evidence("x.ogg", ("*", "GPL-2"), (pattern, "CC0-1.0")).statement == "GPL-2"


@pytest.mark.parametrize(
    ("path", "stanzas", "kind", "statement"),
    [
        ("music/x.ogg", [("*", "A"), ("share/music/x.ogg", "B")], "dep5-stanza", "B"),
        ("mus1.ogg", [("*", "A"), ("data/mus*.ogg", "B")], "dep5-stanza", "B"),
        ("music/x.ogg", [("*", "A"), ("src/*", "B"), ("src/music/*", "C")], "dep5-stanza", "C"),
        ("data/music/x.ogg", [("*", "A"), ("data/*", "B")], "dep5-stanza", "B"),
        ("music/x.ogg", [("*", "A"), ("*.ogg", "B")], "dep5-wildcard", "B"),
        ("music/x.ogg", [("music/*", "A"), ("*.ogg", "B")], "dep5-wildcard", "B"),
        ("music/x.ogg", [("music/x.ogg", "A"), ("*", "B")], "dep5-wildcard", "B"),
        ("music/x.ogg", [("music/x.ogg", "A"), ("x.ogg", "B")], "dep5-stanza", "A"),
        ("music/x.ogg", [("*", "A"), ("sfx/x.ogg", "B")], "dep5-wildcard", "A"),
        ("data/music/x.ogg", [("data/*", "B"), ("music/x.ogg", "A or C")], "dep5-wildcard", "(A or C) AND B"),
        ("data/music/x.ogg", [("data/*", "A"), ("music/x.ogg", "A")], "dep5-stanza", "A"),
    ],
)
def test_ambiguity(path: str, stanzas: list[tuple[str, str]], kind: str, statement: str) -> None:
    """Clauses 8 to 11, and the page's table."""
    found = evidence(path, *stanzas)
    assert (found.kind, found.statement) == (kind, statement)


def test_nothing_covers_and_header_licence() -> None:
    """Clause 11, last two points."""
    assert copyright_file(("src/x.c", "MIT")).evidence_for("usr/share/foo/x.ogg", "c") is None
    found = dep5.parse(HEADER + "License: MIT\n").evidence_for("usr/share/foo/x.ogg", "c")
    assert found == Evidence(EvidenceKind.DEP5_WILDCARD, "MIT", "c, header")


paths = st.lists(st.text("abm.", min_size=1, max_size=4), min_size=1, max_size=3).map("/".join)
patterns = st.lists(st.text("abm.*?", min_size=1, max_size=4), min_size=1, max_size=3).map("/".join)
patterns = patterns.filter(lambda pattern: not pattern.startswith("./"))  # we drop it, clause 4


def synopsis(paragraph: Any) -> str:
    return str(paragraph.license.synopsis)


@settings(deadline=None)
@given(paths, st.lists(patterns, min_size=1, max_size=4))
def test_winner_agrees_with_python_debian(path: str, files: list[str]) -> None:
    """Clauses 4 and 5 on arbitrary patterns."""
    parts = [f"Files: {pattern}\nCopyright: H\nLicense: L{i}\n" for i, pattern in enumerate(files)]
    text = "\n".join([HEADER, *parts])
    theirs = Copyright(text.splitlines(keepends=True)).find_files_paragraph(path)
    ours = dep5.parse(text).winner(path)
    assert (ours.licence if ours else None) == (synopsis(theirs) if theirs else None)


@cache
def real_copyright(package: str, folder: Path) -> str:
    """The copyright file of a Debian package, from apt; skips where that can't be had."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        pytest.skip("apt-get and dpkg-deb are not installed")
    got = subprocess.run(
        ["apt-get", "download", package], cwd=folder, capture_output=True, timeout=60, check=False
    )
    packages = list(folder.glob(f"{package}_*.deb"))
    if got.returncode or not packages:
        pytest.skip(f"apt-get can't download {package} here")
    tar = subprocess.run(["dpkg-deb", "--fsys-tarfile", packages[0]], capture_output=True, check=True).stdout
    with tarfile.open(fileobj=BytesIO(tar)) as archive:
        member = archive.extractfile(f"./usr/share/doc/{package}/copyright")
        assert member
        return member.read().decode()


@pytest.fixture(scope="module")
def downloads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("packages")


@needs_shared_data
@pytest.mark.system
@pytest.mark.parametrize("package", ["hyperrogue-music", "raincat-data", "asc-music"])
def test_real_packages(package: str, downloads: Path) -> None:
    """All clauses: licence, holder and deciding pattern of every listed file; stanzas as python-debian's."""
    text = real_copyright(package, downloads)
    parsed = dep5.parse(text)
    theirs = list(Copyright(text.splitlines(keepends=True)).all_files_paragraphs())
    assert [[p.text for p in s.patterns] for s in parsed.stanzas] == [list(t.files) for t in theirs]
    assert [s.licence for s in parsed.stanzas] == [synopsis(t) for t in theirs]
    rows = [row for row in _listed() if row["package"] == package]
    assert rows
    for row in rows:
        found = parsed.evidence_for(row["path"], "c")
        assert found
        assert (found.statement, found.holder) == (row["licence"], row["holder"])
        assert found.origin == "c, Files: " + row["evidence"].removeprefix("dep5:")
        assert (found.kind is EvidenceKind.DEP5_WILDCARD) == (row["evidence"] == "dep5:*")


@needs_shared_data
def test_every_listed_pattern() -> None:
    """All rows with DEP-5 evidence: the named pattern, after a `*` stanza, decides in the stated strength."""
    checked = 0
    for row in _listed():
        if not row["evidence"].startswith("dep5:"):
            continue
        pattern = row["evidence"].removeprefix("dep5:")
        parsed = copyright_file(
            ("*", "OTHER" if pattern != "*" else row["licence"]), (pattern, row["licence"])
        )
        found = parsed.evidence_for(row["path"], "c")
        assert found
        assert found.statement == row["licence"]
        assert (found.kind.strength is Strength.WEAK) == (pattern == "*")
        checked += 1
    assert checked == 300


def _listed() -> list[dict[str, str]]:
    with (SHARED_DATA / "debian_music_dev.csv").open(newline="") as table:
        return list(csv.DictReader(table))


@pytest.mark.parametrize("pattern", ["a/" * 20_000 + "*", "*a" * 2_000 + "b"])
def test_absurd_patterns_make_the_file_prose(pattern: str) -> None:
    """dep5.md, clause 4: matching the first took minutes."""
    header = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/"
    with pytest.raises(dep5.NotMachineReadable, match="no source tree needs"):
        dep5.parse(f"{header}\n\nFiles: {pattern}\nCopyright: x\nLicense: MIT\n")
