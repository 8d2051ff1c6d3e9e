"""What is linked, what isn't, and that the answer is the same on any machine."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import rfc8785
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenuto.catalogue.match import DEFAULT, MatchModel, propose
from tenuto.catalogue.session import Resources, Session, open_session

COLUMNS = (
    "node BIGINT, source INTEGER, distinct_keys BOOLEAN, title VARCHAR, artist VARCHAR, release VARCHAR, "
    "year INTEGER, duration_ms BIGINT, track_number INTEGER"
)
Key = tuple[int, bool, str, str, str, int | None, int | None, int | None]
"""source, distinct_keys, title, artist, release, year, duration_ms, track_number."""
Link = tuple[int, int, float, str]
Pairs = set[tuple[int, int]]


def catalogue(title: str, artist: str, duration: int | None = 200_000, release: str = "") -> Key:
    """A recording of source 1, whose keys are recordings."""
    return 1, True, title, artist, release, None, duration, None


def file(title: str, artist: str, duration: int | None = 200_000, release: str = "") -> Key:
    """A file of source 2."""
    return 2, False, title, artist, release, None, duration, None


@contextmanager
def session_of(folder: Path, keys: Sequence[Key], threads: int = 2) -> Iterator[Session]:
    with open_session(folder / "scratch", Resources(threads=threads)) as session:
        session.query(f"CREATE TABLE keys ({COLUMNS})")
        for node, key in enumerate(keys):
            session.query("INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (node, *key))
        session.query("CREATE TABLE known (node BIGINT, other BIGINT)")
        yield session


def links(
    folder: Path,
    keys: Sequence[Key],
    known: Sequence[tuple[int, int]] = (),
    *,
    model: MatchModel = DEFAULT,
    threads: int = 2,
) -> list[Link]:
    with session_of(folder, keys, threads) as session:
        for pair in known:
            session.query("INSERT INTO known VALUES (?, ?)", pair)
        propose(session, "keys", "known", "links", model=model)
        return [(a, b, c, e) for a, b, c, e in session.query("FROM links")]


def merged(found: Sequence[Link]) -> Pairs:
    return {(node, other) for node, other, confidence, _ in found if confidence >= DEFAULT.merge}


SPELLINGS = [
    (catalogue("Blue", "Ann"), file("Blue", "Ann")),
    (
        catalogue("(Don't Fear) The Reaper", "Blue Öyster Cult"),
        file("Don\u2019t Fear the Reaper", "BLUE OYSTER CULT"),
    ),
    (catalogue("Straße", "Ånn Łach"), file("STRASSE", "Ann Lach")),
    (catalogue("".join(chr(ord(c) + 0xFEE0) for c in "WideSky"), "Bob"), file("Wide Sky", "Bob")),
    (catalogue("Falling Off Trees", "Uniform Motion"), file("FallingOffTrees", "UniformMotion")),
    (catalogue("Red Sky", "Cid"), file("Red Sky (feat. Bob)", "Cid ft. Bob")),
    (catalogue("Old Sky", "Dan"), file("Old_Sky_-_Remastered_2011", "Dan")),
    (catalogue("Low Sky (Live)", "Eve"), file("Low Sky - Live", "Eve")),
    (catalogue("Green Sky Above", "The Fays"), file("Green Sky Abvoe", "Fays, The")),
    (catalogue("Journey Part II", "Gus Other"), file("Journey (part 2)", "Gus Other")),
    (catalogue("Синее небо", "Анна"), file("синее НЕБО", "анна")),
    (catalogue("青い空", "アンナ"), file("青い空", "アンナ")),
    (catalogue("???", "Hal"), file("???", "Hal")),
]
STRANGERS = [
    (catalogue("Blue", "Ann"), file("Blue (Live)", "Ann")),
    (catalogue("Red Sky", "Bob"), file("Red Sky - Instrumental", "Bob")),
    (catalogue("Low Sky (Uma Remix)", "Cid"), file("Low Sky (Vic Remix)", "Cid")),
    (catalogue("Old Sky, Part 1", "Dan"), file("Old Sky, Part 2", "Dan")),
    (catalogue("Shadows I", "Eve", None), file("Shadows II", "Eve", None)),
    (catalogue("Green Sky", "Fay", 200_000), file("Green Sky", "Fay", 260_000)),
    (catalogue("Wide Sky", "Gus Other"), file("Wide Sky", "Ivo Else", 230_000)),
    (catalogue("か", "アンナ"), file("が", "アンナ")),
    (catalogue("", "Hal"), file("", "Hal")),
]


@pytest.fixture(scope="module", params=[SPELLINGS, STRANGERS], ids=["spellings", "strangers"])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Pairs, Pairs]:
    pairs = request.param
    found = merged(links(tmp_path_factory.mktemp("match"), [key for pair in pairs for key in pair]))
    wanted = {(2 * i, 2 * i + 1) for i in range(len(pairs))} if pairs is SPELLINGS else set()
    return found, wanted


def test_spellings_of_one_recording_merge_and_different_recordings_stay_apart(
    run: tuple[Pairs, Pairs],
) -> None:
    assert run[0] == run[1]


def test_two_equally_good_partners_in_one_catalogue_leave_both_alone(tmp_path: Path) -> None:
    keys = [catalogue("Blue", "Ann"), catalogue("Blue", "Ann"), file("Blue", "Ann")]
    assert not merged(links(tmp_path, keys))


def test_the_nearer_duration_decides_between_two_of_one_catalogue(tmp_path: Path) -> None:
    keys = [
        catalogue("Blue", "Ann", 200_000),
        catalogue("Blue", "Ann", 260_000),
        file("Blue", "Ann", 260_400),
    ]
    assert merged(links(tmp_path, keys)) == {(1, 2)}


def test_keys_of_a_catalogue_are_never_linked_with_each_other(tmp_path: Path) -> None:
    assert links(tmp_path, [catalogue("Blue", "Ann"), catalogue("Blue", "Ann")]) == []


def test_files_of_one_source_are_linked_with_each_other(tmp_path: Path) -> None:
    assert merged(links(tmp_path, [file("Blue", "Ann"), file("Blue", "Ann")])) == {(0, 1)}


def test_what_an_identifier_ties_is_not_proposed_again(tmp_path: Path) -> None:
    assert links(tmp_path, [catalogue("Blue", "Ann"), file("Blue", "Ann")], [(0, 1)]) == []


def test_a_file_that_an_identifier_ties_to_a_recording_takes_no_other(tmp_path: Path) -> None:
    keys = [catalogue("Blue", "Ann"), catalogue("Else", "Bob"), file("Blue", "Ann")]
    assert links(tmp_path, keys, [(1, 2)]) == []


def test_files_chain_no_two_recordings_of_a_catalogue_together(tmp_path: Path) -> None:
    keys = [
        *(catalogue("Blue", "Ann", 200_000), catalogue("Blue", "Ann", 206_000)),
        *(file("Blue", "Ann", 200_000), file("Blue", "Ann", 203_000), file("Blue", "Ann", 206_000)),
    ]
    parents = list(range(len(keys)))
    for node, other in sorted(merged(links(tmp_path, keys))):
        parents = [parents[node] if parent == parents[other] else parent for parent in parents]
    assert parents[0] != parents[1]


def test_evidence_is_canonical_json_that_adds_up(tmp_path: Path) -> None:
    ((_, _, _, evidence),) = links(tmp_path, [catalogue("Blue", "Ann"), file("Blue", "Ann")])
    told = json.loads(evidence)
    assert rfc8785.dumps(told).decode() == evidence
    weights = [part[1] for part in told.values() if isinstance(part, list)]
    assert sum(weights) + told["prior"] == told["score"]
    assert told["title"][0] == "same"


def test_large_blocks_are_split_by_duration_and_what_meets_hubs_only_is_counted(tmp_path: Path) -> None:
    keys = [
        *(file("Intro", f"Artist {chr(97 + i)}{chr(97 + i)}", 60_000 + 20_000 * i) for i in range(20)),
        *(file("Intro", "", None) for _ in range(3)),
        file("Intro", "Artist aa", 60_000),
    ]
    with session_of(tmp_path, keys) as session:
        propose(session, "keys", "known", "links", model=replace(DEFAULT, most_pairs=10))
        found = session.query("SELECT node, other FROM links WHERE confidence >= 0.95")
        left = session.query("SELECT rule, reason, nodes FROM links_left")
    assert found == [(0, 23)]
    assert left == [("title", "no duration", 3)]


def test_a_song_on_more_releases_than_a_block_bears_meets_the_catalogue_all_the_same(tmp_path: Path) -> None:
    keys = [catalogue("Blue Sky", "Ann"), *(file("Blue Sky", "Ann", 200_000 + i) for i in range(30))]
    found = merged(links(tmp_path, keys, model=replace(DEFAULT, most_pairs=40)))
    assert {(0, node) for node in range(1, 31)} <= found


WORDS = st.sampled_from(
    ["Blue", "blue", "Blue (Live)", "Blue Sky", "Blue 2", "Bleu", "Ünder", "", "[", "a'b\"c\\"]
)
KEYS = st.lists(
    st.tuples(
        st.sampled_from([1, 2, 3]),
        WORDS,
        st.sampled_from(["Ann", "Ann & Bob", "The Ann", "", "Cid"]),
        st.sampled_from(["", "First", "First (Deluxe)"]),
        st.sampled_from([None, 1999, 2000]),
        st.sampled_from([None, 200_000, 201_500, 240_000]),
        st.sampled_from([None, 1, 2]),
    ).map(lambda t: (t[0], t[0] != 2, *t[1:])),
    max_size=14,
)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(keys=KEYS)
def test_any_keys_give_the_same_links_with_any_threads_and_slices(tmp_path: Path, keys: list[Key]) -> None:
    found = links(tmp_path, keys, threads=1)
    assert found == links(tmp_path, keys, threads=3, model=replace(DEFAULT, slice_rows=3))
    partners = [(node, keys[other][0]) for node, other, *_ in found if keys[other][1]]
    partners += [(other, keys[node][0]) for node, other, *_ in found if keys[node][1]]
    assert len(partners) == len(set(partners))
    assert all(node < other and DEFAULT.review <= confidence < 1 for node, other, confidence, _ in found)
