"""docs/rights.md, Decisions."""

import csv
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenuto.model.rights import Cleared, Evidence, EvidenceKind, Policy, Refusal, RefusalReason
from tenuto.rights import clear
from tests.shared import SHARED_DATA, needs_shared_data

DEFAULT = Policy()
CC = "http://creativecommons.org/licenses"
NC = Policy(allow_noncommercial=True)
NC_ND = Policy(allow_noncommercial=True, allow_no_derivatives=True)
WEAK = Policy(accept_weak_evidence=True)


def by_tag(statement: str) -> Evidence:
    return Evidence(EvidenceKind.TAG, statement, "tag LICENSE")


def by_stanza(statement: str) -> Evidence:
    return Evidence(EvidenceKind.DEP5_STANZA, statement, "copyright, Files: sounds/*")


def by_wildcard(statement: str) -> Evidence:
    return Evidence(EvidenceKind.DEP5_WILDCARD, statement, "copyright, Files: *")


def answer(*evidence: Evidence, policy: Policy = DEFAULT) -> str:
    """The licence, or the reason of the refusal."""
    decision = clear("x", evidence, policy)
    return decision.licence if isinstance(decision, Cleared) else decision.reason.value


@pytest.mark.parametrize(
    ("evidence", "policy", "expected"),
    [
        ([], DEFAULT, "no-evidence"),
        ([by_tag("  ")], WEAK, "no-evidence"),
        ([by_stanza("CC-BY-3.0")], DEFAULT, "CC-BY-3.0"),
        ([by_stanza("CC-BY-3.0"), by_tag(f"{CC}/by/3.0/")], DEFAULT, "CC-BY-3.0"),
        ([by_stanza("CC-BY-3.0"), by_tag("CC-BY-SA-4.0")], DEFAULT, "CC-BY-3.0 AND CC-BY-SA-4.0"),
        ([by_stanza("MIT or GPL-2+"), by_tag("ISC")], DEFAULT, "ISC AND (MIT OR GPL-2.0-or-later)"),
        ([by_stanza("CC-BY-3.0"), by_tag("CC-BY-NC-3.0")], DEFAULT, "conflict"),
        ([by_stanza("CC-BY-3.0"), by_tag("some words")], DEFAULT, "conflict"),
        ([by_stanza("CC-BY-ND-3.0"), by_tag("CC-BY-NC-3.0")], DEFAULT, "not-free"),
        ([by_stanza("CC-BY-ND-3.0"), by_tag("FMA_License")], DEFAULT, "not-free"),
        ([by_stanza("CC-BY-ND-3.0"), by_tag("InC")], DEFAULT, "in-copyright"),
        ([by_tag("FMA_License")], DEFAULT, "unknown-statement"),
        ([by_tag("UND")], DEFAULT, "unknown-statement"),
        ([by_tag("FMA_License OR CC-BY-NC-3.0")], DEFAULT, "unknown-statement"),
        ([by_tag("CC-BY-NC-3.0 OR MIT")], DEFAULT, "CC-BY-NC-3.0 OR MIT"),
        ([by_tag("CC-BY-NC-3.0 AND MIT")], DEFAULT, "not-free"),
        ([by_wildcard("GPL-2+")], DEFAULT, "weak-evidence"),
        ([by_wildcard("GPL-2+")], WEAK, "GPL-2.0-or-later"),
        ([by_wildcard("CC-BY-NC-3.0")], WEAK, "not-free"),
        ([by_wildcard("CC-BY-NC-3.0"), by_stanza("CC0-1.0")], DEFAULT, "CC0-1.0"),
        ([by_wildcard("CC-BY-NC-3.0"), by_stanza("CC0-1.0")], WEAK, "CC0-1.0"),
        ([by_wildcard("CC0-1.0"), by_stanza("CC-BY-NC-3.0")], WEAK, "not-free"),
        ([by_tag("CC-BY-NC-3.0")], NC, "CC-BY-NC-3.0"),
        ([by_tag("CC-BY-NC-ND-3.0")], NC, "not-free"),
        ([by_tag("CC-BY-NC-ND-3.0")], NC_ND, "CC-BY-NC-ND-3.0"),
        ([by_tag("NoC-NC")], NC, "NoC-NC"),
        ([by_tag("InC-NC")], NC, "in-copyright"),
        ([by_tag(f"{CC}/nc-sampling+/1.0/")], NC, "not-free"),
    ],
)  # fmt: skip
def test_table(evidence: list[Evidence], policy: Policy, expected: str) -> None:
    assert answer(*evidence, policy=policy) == expected


def test_evidence_is_kept_with_the_decision() -> None:
    """Weak evidence that contradicts stays visible; order of arrival and repeats don't matter."""
    strong, weak = by_stanza("CC0-1.0"), by_wildcard("CC-BY-NC-3.0")
    decision = clear("x", [weak, strong, weak], DEFAULT)
    assert decision == clear("x", [strong, weak], DEFAULT)
    assert set(decision.evidence) == {strong, weak}
    refusal = clear("x", [weak], DEFAULT)
    assert refusal == Refusal(
        RefusalReason.WEAK_EVIDENCE,
        "only evidence about a collection at large, or prose: CC-BY-NC-3.0",
        (weak,),
    )


def test_a_conflict_says_who_disagrees() -> None:
    refusal = clear("x", [by_stanza("CC0-1.0"), by_tag("CC-BY-NC-3.0")], DEFAULT)
    assert isinstance(refusal, Refusal)
    assert refusal.detail == "CC0-1.0 would clear, but not CC-BY-NC-3.0 (noncommercial)"


statements = st.sampled_from(
    [
        "CC0-1.0",
        "CC-BY-NC-3.0",
        "CC-BY-ND-4.0",
        "InC",
        "UND",
        "words",
        "GPL-2+",
        "MIT or InC",
        "NoC-US",
        "",
        "PDM-1.0",
    ]
)
evidences = st.builds(Evidence, st.sampled_from(EvidenceKind), statements, st.just("somewhere"))
policies = st.builds(Policy, st.booleans(), st.booleans(), st.booleans())
unfree = st.sampled_from(["CC-BY-NC-ND-3.0", "InC", "UND", "words", "NoC-US", "ODbL-1.0"]).map(by_tag)


def clears(evidence: list[Evidence], policy: Policy) -> bool:
    return isinstance(clear("x", evidence, policy), Cleared)


@settings(deadline=None)
@given(st.lists(evidences), unfree, st.booleans())
def test_unfree_strong_evidence_always_refuses(evidence: list[Evidence], more: Evidence, weak: bool) -> None:
    assert not clears([*evidence, more], Policy(accept_weak_evidence=weak))


@settings(deadline=None)
@given(st.lists(evidences), policies)
def test_each_policy_only_widens(evidence: list[Evidence], policy: Policy) -> None:
    for wider in (
        replace(policy, accept_weak_evidence=True),
        replace(policy, allow_noncommercial=True),
        replace(policy, allow_no_derivatives=True),
    ):
        assert clears(evidence, wider) or not clears(evidence, policy)


@settings(deadline=None)
@given(st.lists(evidences))
def test_default_clears_only_by_strong_free_evidence(evidence: list[Evidence]) -> None:
    if clears(evidence, DEFAULT):
        strong = [one for one in evidence if one.kind.strength == "strong" and one.statement]
        assert strong
        assert all(clears([one], DEFAULT) for one in strong)


@settings(deadline=None)
@given(st.lists(evidences), policies, st.randoms())
def test_order_does_not_matter(evidence: list[Evidence], policy: Policy, random: object) -> None:
    shuffled = list(evidence)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # Hypothesis's Random has no public type
    assert clear("x", shuffled, policy) == clear("x", evidence, policy)


@needs_shared_data
def test_freemusicc_counts_agree_with_the_licence_facts() -> None:
    """The shared data's facts: of 21,502 tracks 1,359 are free, 2,238 have no licence, 52 a custom one."""
    folder = SHARED_DATA / "freemusicc"
    with (folder / "releases.csv").open(newline="") as table:
        licences = {row["id"]: row["licenseurl"] for row in csv.DictReader(table)}
    with (folder / "tracks.csv").open(newline="") as table:
        tracks = [row["id"] for row in csv.DictReader(table)]
    counts: Counter[str] = Counter()
    for track in tracks:
        statement = licences.get(track, "")
        evidence = [Evidence(EvidenceKind.TABLE, statement, "licenseurl")] if statement else []
        decision = clear(track, evidence, DEFAULT)
        counts["cleared" if isinstance(decision, Cleared) else decision.reason.value] += 1
    assert counts == {"cleared": 1359, "no-evidence": 2238, "unknown-statement": 52, "not-free": 17853}


@needs_shared_data
def test_debian_list() -> None:
    """By the listed evidence: specific free stanzas clear, `*` and prose stay dark."""
    counts: Counter[tuple[str, str]] = Counter()
    with (SHARED_DATA / "debian_music_dev.csv").open(newline="") as table:
        for row in csv.DictReader(table):
            kind = EvidenceKind.DEP5_STANZA
            if row["evidence"] == "dep5:*":
                kind = EvidenceKind.DEP5_WILDCARD
            elif not row["evidence"].startswith("dep5:"):
                kind = EvidenceKind.FREE_TEXT
            evidence = Evidence(kind, row["licence"], row["evidence"])
            decision = clear(row["path"], [evidence], DEFAULT)
            counts[kind.value, "cleared" if isinstance(decision, Cleared) else decision.reason.value] += 1
    assert counts == {
        ("dep5-stanza", "cleared"): 106,
        ("dep5-stanza", "unknown-statement"): 3,
        ("dep5-wildcard", "weak-evidence"): 191,
        ("free-text", "weak-evidence"): 98,
    }
