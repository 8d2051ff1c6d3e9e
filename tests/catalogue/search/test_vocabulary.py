"""Corrections against a distance computed the plain way."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenuto.catalogue.search.vocabulary import LONGEST, Vocabulary, write_vocabulary

WORDS = st.text("abcé", min_size=3, max_size=LONGEST)


def vocabulary(folder: Path, words: Sequence[str]) -> Vocabulary:
    shard = folder / "shard.sqlite"
    shard.unlink(missing_ok=True)
    with sqlite3.connect(shard) as connection:
        connection.execute(
            "CREATE VIRTUAL TABLE search USING fts5(words, content='', detail=none, tokenize='ascii')"
        )
        connection.executemany("INSERT INTO search (words) VALUES (?)", ((word,) for word in words))
    connection.close()
    write_vocabulary(folder / "words.arrow", [shard])
    return Vocabulary(folder / "words.arrow")


def distance(a: str, b: str) -> int:
    """Optimal string alignment."""
    cells = {(i, 0): i for i in range(len(a) + 1)} | {(0, j): j for j in range(len(b) + 1)}
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            choices = [cells[i - 1, j] + 1, cells[i, j - 1] + 1, cells[i - 1, j - 1] + (a[i - 1] != b[j - 1])]
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                choices.append(cells[i - 2, j - 2] + 1)
            cells[i, j] = min(choices)
    return cells[len(a), len(b)]


@settings(max_examples=60, deadline=None)
@given(
    words=st.lists(WORDS, min_size=1, max_size=8, unique=True), typed=st.text("abcé", min_size=4, max_size=12)
)
def test_all_within_the_edits_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, words: list[str], typed: str
) -> None:
    known = vocabulary(tmp_path_factory.mktemp("words"), words)
    edits = 1 if len(typed) < 8 else 2
    wanted = set()
    for word in words:
        least = min(distance(typed, word[:j]) for j in range(len(word) + 1))
        if 0 < least <= edits:
            longest = max(j for j in range(len(word) + 1) if distance(typed, word[:j]) == least)
            wanted.add((least, word[:longest]))
    found = known.corrections(typed)
    assert len(found) == min(8, len({word for _, word in wanted}))
    assert {(distance(typed, word), word) for word in found} <= wanted
    assert [distance(typed, word) for word in found] == sorted(distance(typed, word) for word in found)
    least = min((least for least, _ in wanted), default=0)
    assert all(distance(typed, word) == least for word in known.corrections(typed, closest=True))
    assert known.knows(typed) == any(word.startswith(typed) for word in words)


def test_the_right_first_letter_and_the_frequent_come_first(tmp_path: Path) -> None:
    known = vocabulary(tmp_path, ["house", "house", "horse", "mouse", "mouse", "mouse", "rouse"])
    assert known.corrections("hopse") == ("house", "horse")
    assert known.corrections("bouse") == ("mouse", "house", "rouse")


@pytest.mark.parametrize("typed", ["", "hou", "12345"])
def test_short_words_and_numbers_are_taken_as_meant(tmp_path: Path, typed: str) -> None:
    assert vocabulary(tmp_path, ["house", "12346"]).corrections(typed) == ()


def test_long_words_are_known_by_their_beginning(tmp_path: Path) -> None:
    known = vocabulary(tmp_path, ["donaudampfschifffahrtsgesellschaft"])
    assert known.knows("donaudampfschifffahrtskapitän")
    assert known.corrections("donaudmapfschifffahrt") == ("donaudampfschi",)
