"""docs/rights.md, Statements."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenuto.rights import Term, parse_statement
from tenuto.rights.licences import RIGHTS_STATEMENTS

CC = "http://creativecommons.org"


def terms(text: str) -> set[str]:
    return {term.value for term in parse_statement(text).terms}


@pytest.mark.parametrize(
    ("text", "identifier", "expected"),
    [
        ("GPL-2+", "GPL-2.0-or-later", {"free"}),
        ("GPL-2", "GPL-2.0-only", {"free"}),
        ("GPL", "GPL-1.0-or-later", {"free"}),
        ("GPL-3.0-or-later", "GPL-3.0-or-later", {"free"}),
        ("LGPL-2.1+", "LGPL-2.1-or-later", {"free"}),
        ("GPL-9", "GPL-9", {"unknown"}),
        ("Expat", "MIT", {"free"}),
        ("BSD-3-clause", "BSD-3-Clause", {"free"}),
        ("FAL-1.3", "LAL-1.3", {"free"}),
        ("public-domain", "public-domain", {"public-domain"}),
        ("PDM-1.0", "PDM-1.0", {"public-domain"}),
        ("CC0-1.0", "CC0-1.0", {"free"}),
        ("CC-BY-SA-3.0", "CC-BY-SA-3.0", {"free"}),
        ("cc-by-3.0-de", "CC-BY-3.0-DE", {"free"}),
        ("CC-BY-NC-ND-2.0", "CC-BY-NC-ND-2.0", {"noncommercial", "no-derivatives"}),
        ("CC-BY-ND-NC-1.0", "CC-BY-NC-ND-1.0", {"noncommercial", "no-derivatives"}),
        ("CC-BY-7.0", "CC-BY-7.0", {"unknown"}),
        ("ODbL-1.0", "ODbL-1.0", {"restricted"}),
        ("OFL-1.1", "OFL-1.1", {"restricted"}),
        ("ETHYMONICS-FREE-MUSIC-LICENSE", "ETHYMONICS-FREE-MUSIC-LICENSE", {"unknown"}),
        ("http://freemusicarchive.org/FMA_License", "http://freemusicarchive.org/FMA_License", {"unknown"}),
        ("All rights reserved", "All rights reserved", {"in-copyright"}),
        ("ask the band", "ask the band", {"unknown"}),
        ("", "", {"unknown"}),
    ],
)
def test_names(text: str, identifier: str, expected: set[str]) -> None:
    assert parse_statement(text).id == identifier
    assert terms(text) == expected


@pytest.mark.parametrize(
    ("url", "identifier", "expected"),
    [
        (f"{CC}/licenses/by/3.0/", "CC-BY-3.0", {"free"}),
        ("https://www.creativecommons.org/licenses/by-sa/4.0", "CC-BY-SA-4.0", {"free"}),
        ("creativecommons.org/licenses/by-sa/2.1/jp/", "CC-BY-SA-2.1-JP", {"free"}),
        (f"{CC}/licenses/by/2.5/scotland/", "CC-BY-2.5-SCOTLAND", {"free"}),
        (f"{CC}/licenses/by-sa/3.0/deed.de", "CC-BY-SA-3.0", {"free"}),
        (f"{CC}/licenses/by-sa/3.0/de/legalcode", "CC-BY-SA-3.0-DE", {"free"}),
        (f"{CC}/licenses/by-sa/3.0/legalcode", "CC-BY-SA-3.0", {"free"}),
        (f"{CC}/licenses/by-nd-nc/1.0/", "CC-BY-NC-ND-1.0", {"noncommercial", "no-derivatives"}),
        (f"{CC}/licenses/by-nc-sa/3.0/us/", "CC-BY-NC-SA-3.0-US", {"noncommercial"}),
        (f"{CC}/licenses/nc-sampling+/1.0/", "CC-NC-SAMPLING+-1.0", {"noncommercial", "restricted"}),
        (f"{CC}/licenses/publicdomain/", "CC-PDDC", {"public-domain"}),
        (f"{CC}/publicdomain/zero/1.0/", "CC0-1.0", {"free"}),
        (f"{CC}/publicdomain/mark/1.0/deed.en", "PDM-1.0", {"public-domain"}),
        (f"{CC.upper()}/LICENSES/BY/3.0/", "CC-BY-3.0", {"free"}),
        (f"{CC}/licenses/by/8.0/", "CC-BY-8.0", {"unknown"}),
        (f"{CC}/licenses/by_nc/3.0/", f"{CC}/licenses/by_nc/3.0/", {"unknown"}),
        (f"{CC}/licenses/by%2Dnc/3.0/", f"{CC}/licenses/by%2Dnc/3.0/", {"unknown"}),
        ("http://notcreativecommons.org/licenses/by/3.0/", None, {"unknown"}),
        (f"Licensed under {CC}/licenses/by/3.0/.", "CC-BY-3.0", {"free"}),
        (f"© 2014, X. CC Attribution ShareAlike 4.0, {CC}/licenses/by-sa/4.0/", "CC-BY-SA-4.0", {"free"}),
        (f"{CC}/licenses/by/3.0/ for non-commercial use", "CC-BY-3.0", {"free", "noncommercial"}),
        (f"All Rights Reserved. {CC}/licenses/by/3.0/", "CC-BY-3.0", {"free", "in-copyright"}),
        (f"CC-BY-NC-3.0 and {CC}/licenses/by/3.0/", "CC-BY-3.0", {"free", "noncommercial"}),
        (f"{CC}/licenses/by/3.0/ {CC}/licenses/by-nd/3.0/", None, {"free", "no-derivatives"}),
    ],
)
def test_addresses(url: str, identifier: str | None, expected: set[str]) -> None:
    assert identifier is None or parse_statement(url).id == identifier
    assert terms(url) == expected


@pytest.mark.parametrize("form", ["http://{}/vocab/{}/1.0/", "https://{}/page/{}/1.0/?language=de", "{1}"])
@pytest.mark.parametrize("name", list(RIGHTS_STATEMENTS))
def test_rights_statements(form: str, name: str) -> None:
    statement = parse_statement(form.format("rightsstatements.org", name))
    assert statement.id == name
    assert statement.terms == RIGHTS_STATEMENTS[name]


def test_there_are_twelve_rights_statements_and_none_is_free() -> None:
    assert len(RIGHTS_STATEMENTS) == 12
    free = {Term.FREE, Term.PUBLIC_DOMAIN}
    assert not any(stated & free for stated in RIGHTS_STATEMENTS.values())


@pytest.mark.parametrize(
    ("text", "identifier", "ways"),
    [
        ("CC-BY-SA-3.0 or GPL-3+", "CC-BY-SA-3.0 OR GPL-3.0-or-later", [{"free"}]),
        ("CC-BY-NC-4.0 OR MIT", "CC-BY-NC-4.0 OR MIT", [{"free"}, {"noncommercial"}]),
        ("CC-BY-NC-4.0 AND MIT", "CC-BY-NC-4.0 AND MIT", [{"free", "noncommercial"}]),
        (
            "GPL-1+ or CC-BY-NC-3.0, and BSD-3-clause",
            "(GPL-1.0-or-later OR CC-BY-NC-3.0) AND BSD-3-Clause",
            [{"free"}, {"free", "noncommercial"}],
        ),
        ("GPL-2+ with OpenSSL exception", "GPL-2.0-or-later WITH OpenSSL-exception", [{"free"}]),
        ("GPL-2+ with strings", "GPL-2.0-or-later WITH strings", [{"free", "unknown"}]),
        ("MIT OR", "MIT OR", [{"unknown"}]),
        ("((MIT", "((MIT", [{"unknown"}]),
        ("(" * 190 + "MIT" + ")" * 190, "MIT", [{"free"}]),
    ],
)
def test_expressions(text: str, identifier: str, ways: list[set[str]]) -> None:
    """AND unites terms; OR offers alternatives; a comma before and/or binds last (copyright-format 1.0)."""
    statement = parse_statement(text)
    assert statement.id == identifier
    assert statement.alternatives == {frozenset(Term(term) for term in way) for way in ways}


@settings(deadline=None)
@given(
    st.text()
    | st.lists(st.sampled_from(["MIT", "AND", "or", "(", ")", ",", "with", "GPL-2+", CC, "/by"])).map(
        " ".join
    )
)
def test_never_raises_and_bounds_the_id(text: str) -> None:
    statement = parse_statement(text)
    assert statement.alternatives
    assert all(statement.alternatives)
