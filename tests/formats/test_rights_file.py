"""docs/formats/rights-file.md."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenuto.formats.globs import matches
from tenuto.formats.rights_file import parse
from tenuto.model.errors import BadInputError
from tenuto.model.rights import Evidence, EvidenceKind

FILE = b"""
version = 1
statement = "CC-BY-4.0"
holder = "A"
[[files]]
glob = "live/**/*.flac"
statement = "CC0-1.0"
[[files]]
glob = "live/bonus?.flac"
statement = "InC"
holder = "B"
"""


@pytest.mark.parametrize(
    ("path", "statement", "holder", "origin"),
    [
        ("x.flac", "CC-BY-4.0", "A", "r"),
        ("live/a.flac", "CC0-1.0", "A", "r, files 1 (live/**/*.flac)"),
        ("live/1/2/a.flac", "CC0-1.0", "A", "r, files 1 (live/**/*.flac)"),
        ("live/bonus1.flac", "InC", "B", "r, files 2 (live/bonus?.flac)"),
        ("live/Bonus1.flac", "CC0-1.0", "A", "r, files 1 (live/**/*.flac)"),
        ("live/a.flac.txt", "CC-BY-4.0", "A", "r"),
    ],
)
def test_the_last_match_wins(path: str, statement: str, holder: str, origin: str) -> None:
    """rights-file.md, clauses 3, 5 and 6."""
    expected = Evidence(EvidenceKind.RIGHTS_FILE, statement, origin, holder)
    assert parse(FILE, "r").evidence_for(path, "r") == expected


def test_no_statement_is_no_evidence() -> None:
    """rights-file.md, clause 4."""
    assert parse(b"version = 1", "r").evidence_for("a", "r") is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"version = 2",
        b"version = 1\nlicense = 'x'",
        b"version = 1\nstatement = 3",
        b"version = 1\nfiles = 3",
        b"version = 1\nfiles = [3]",
        b"version = 1\n[[files]]\nglob = 'x'",
        b"version = 1\n[[files]]\nstatement = 'x'",
        b"not toml",
        b"\xff",
        b"a = " + b"[" * 4000,
        b"version = 1\n" + b"a." * 50_000 + b"b = 1",
        b"version = 1\n#" + b"\n" * 2**20,
    ],
)
def test_mistakes_are_named(data: bytes) -> None:
    """rights-file.md, clause 1."""
    with pytest.raises(BadInputError, match=r"^here.*rights-file.md"):
        parse(data, "here")


@given(
    st.lists(st.sampled_from(["*", "?", "**", "**/", "a", "b", "/"]), max_size=8).map("".join),
    st.text("ab/", max_size=8),
)
def test_globs_mean_what_the_page_says(glob: str, path: str) -> None:
    """rights-file.md, clause 5, against a regular expression that says the same."""
    meanings = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", glob)
    expression = "".join(meanings.get(part, re.escape(part)) for part in parts)
    assert matches(glob, path) == bool(re.fullmatch(expression, path))


@pytest.mark.parametrize("glob", ["*a" * 1000 + "b", "**/" * 1000 + "x", "**" + "*?" * 1000])
def test_no_glob_takes_for_ever(glob: str) -> None:
    """A regular expression would backtrack through them longer than the sun shines."""
    assert not matches(glob, "a" * 200 + "/y" * 200)
