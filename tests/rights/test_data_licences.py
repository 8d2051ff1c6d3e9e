"""What may be done with sources' data (docs/export.md, Terms)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenuto.model.rights import Policy
from tenuto.rights.data_licences import Withheld, combine, withheld

CAUTIOUS = Policy()
NONCOMMERCIAL = Policy(allow_noncommercial=True)

MUSICBRAINZ_WITH_GENRES = "CC0-1.0 AND CC-BY-NC-SA-3.0"
KNOWN = (
    "CC0-1.0",
    "PDDL-1.0",
    "CC-BY-4.0",
    "ODC-By-1.0",
    "CC-BY-SA-3.0",
    "CC-BY-SA-4.0",
    "ODbL-1.0",
    "CC-BY-NC-4.0",
)


@pytest.mark.parametrize(
    ("licence", "reason"),
    [
        ("CC0-1.0", None),
        ("https://creativecommons.org/publicdomain/zero/1.0/", None),
        ("CC-BY-4.0", None),
        ("CC-BY-SA-4.0", None),
        ("ODbL-1.0", None),
        ("PDDL-1.0", None),
        ("", Withheld.NOT_STATED),
        ("  ", Withheld.NOT_STATED),
        ("ask us", Withheld.UNKNOWN),
        ("CC0-1.0 OR CC-BY-4.0", Withheld.UNKNOWN),
        ("All rights reserved", Withheld.RESERVED),
        ("CC-BY-NC-4.0", Withheld.NONCOMMERCIAL),
        ("CC-BY-ND-4.0", Withheld.NO_DERIVATIVES),
        ("CC-BY-NC-ND-4.0", Withheld.NO_DERIVATIVES),
        (MUSICBRAINZ_WITH_GENRES, Withheld.NONCOMMERCIAL),
    ],
)
def test_each_source_goes_in_or_stays_out_for_a_reason(licence: str, reason: Withheld | None) -> None:
    assert withheld(licence, CAUTIOUS) is reason


def test_the_operator_may_allow_what_is_noncommercial_and_nothing_else() -> None:
    everything = Policy(accept_weak_evidence=True, allow_noncommercial=True, allow_no_derivatives=True)
    assert withheld(MUSICBRAINZ_WITH_GENRES, NONCOMMERCIAL) is None
    assert withheld("CC-BY-ND-4.0", everything) is Withheld.NO_DERIVATIVES
    assert withheld("", everything) is Withheld.NOT_STATED


@given(st.sampled_from(KNOWN))
def test_what_is_private_stays_out_under_any_licence(licence: str) -> None:
    assert withheld(licence, NONCOMMERCIAL, private=True) is Withheld.PRIVATE


@pytest.mark.parametrize(
    ("licences", "whole"),
    [
        (("CC0-1.0", "PDDL-1.0"), "CC0-1.0"),
        (("CC0-1.0", "CC-BY-3.0"), "CC-BY-4.0"),
        (("CC-BY-4.0", "CC-BY-SA-4.0"), "CC-BY-SA-4.0"),
        (("CC-BY-SA-3.0", "CC-BY-SA-4.0"), "CC-BY-SA-4.0"),
        (("CC0-1.0", "CC-BY-NC-4.0"), "CC-BY-NC-4.0"),
        (("CC-BY-NC-4.0", "CC-BY-NC-SA-3.0"), "CC-BY-NC-SA-3.0"),
        (("CC-BY-4.0", "ODbL-1.0"), "ODbL-1.0"),
    ],
)
def test_the_whole_has_the_strictest_terms_that_meet_all(licences: tuple[str, ...], whole: str) -> None:
    combined = combine({f"s{n}": text for n, text in enumerate(licences)})
    assert combined.licence == whole
    assert not combined.conflicts


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CC-BY-SA-4.0", "ODbL-1.0"),
        ("CC-BY-SA-4.0", "CC-BY-NC-4.0"),
        ("CC-BY-SA-4.0", MUSICBRAINZ_WITH_GENRES),
        ("CC-BY-SA-1.0", "CC-BY-SA-4.0"),
        ("GPL-2.0-only", "GPL-3.0-only"),
    ],
)
def test_conflicts_name_both_sources(one: str, other: str) -> None:
    combined = combine({"a": one, "b": other, "free": "CC0-1.0"})
    assert combined.licence == ""
    ((first, second),) = [(conflict.first, conflict.second) for conflict in combined.conflicts]
    assert (first, second) == ("a", "b")


def test_a_source_without_terms_lets_nothing_be_given_out() -> None:
    combined = combine({"free": "CC0-1.0", "silent": ""})
    assert combined.licence == ""
    (conflict,) = combined.conflicts
    assert str(conflict).startswith("silent: ")


def test_a_source_may_contradict_itself() -> None:
    assert combine({"odd": "CC-BY-SA-4.0 AND ODbL-1.0"}).licence == ""


@given(st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(KNOWN)))
def test_the_order_of_sources_doesnt_matter(licences: dict[str, str]) -> None:
    assert combine(licences) == combine(dict(reversed(licences.items())))


@given(st.text(max_size=60))
def test_no_statement_raises(text: str) -> None:
    withheld(text, CAUTIOUS)
    combine({"x": text})
