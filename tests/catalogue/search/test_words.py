"""Texts and queries are folded alike."""
# ruff: noqa: RUF001  texts of many scripts, whose letters look alike

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tenuto.catalogue.search import words
from tenuto.catalogue.search.words import (
    LONGEST_WORD,
    MOST_CHARACTERS,
    MOST_WORDS,
    index_texts,
    query_words,
)

LETTERS = st.characters(
    codec="utf-8", categories=["Ll", "Lu", "Lm", "Nd", "Zs", "Po", "Mn"], exclude_characters="."
) | st.sampled_from("東京夜のカタガギーäßøæ&' ")
TEXTS = st.text() | st.text("A.b \n\u0301の夜ä", max_size=50) | st.text("xの", min_size=30)


def index_words(*fields: str) -> list[str]:
    return index_texts([fields])[0].split()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("AC/DC – Back", ["ac", "dc", "back"]),
        ("Björk Jóga", ["bjork", "joga"]),
        ("Bjo\u0308rk", ["bjork"]),
        ("Motörhead MØ Łódź Ældre", ["motorhead", "mo", "lodz", "aeldre"]),
        ("Straße STRASSE Straẞe", ["strasse"] * 3),
        ("ΣΊΣΥΦΟΣ Σίσυφος", ["σισυφοσ"] * 2),
        ("МОСКВА Ёлка", ["москва", "елка"]),
        ("ＦＵＬＬ Ⅳ ﬁn", ["full", "iv", "fin"]),
        ("ｶﾞｷﾞ ガギ がぎ", ["がぎ", "ぎ"] * 3),
        ("夜の電車99", ["夜の", "の電", "電車", "車", "99"]),
        ("한국어", ["한국어"]),
        ("हिन्दी", ["हिन्दी"]),
        ("שָׁלוֹם مُحَمَّد", ["שלום", "محمد"]),
        ("Don't don’t Dont", ["dont"] * 3),
        ("R.E.M. J.S.Bach vol.1 É.T.", ["rem", "js", "bach", "vol", "1", "et"]),
        ("Simon & Garfunkel", ["simon", "and", "garfunkel"]),
        ("co\u00adop zero\u200bwidth", ["coop", "zerowidth"]),
        ("!!! \0 \ue000 ☃", []),
    ],
)
def test_index_words(text: str, found: list[str]) -> None:
    assert index_words(text) == found


def test_fields_do_not_run_together() -> None:
    assert index_words("one", "two") == ["one", "two"]


@example([["x" * 40], ["second", "song"]])
@example([["a"], ["y" * 40]])
@given(st.lists(st.lists(TEXTS, max_size=3), max_size=6))
def test_documents_folded_together_are_as_folded_alone(documents: list[list[str]]) -> None:
    alone = [text for each in documents for text in index_texts([each])]
    assert index_texts(documents) == alone


def test_long_documents_are_folded_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []

    def noted(text: str) -> str:
        sizes.append(len(text))
        return text

    monkeypatch.setattr(words, "_divided", noted)
    found = index_texts([("ä" * MOST_CHARACTERS,) * 3] * 1000)
    assert len(found) == 1000
    assert max(sizes) < 220_000


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("the THE The", ["the"]),
        ("l love lo", ["love"]),
        ("夜", ["夜"]),
        ("夜の電", ["夜の", "の電"]),
        ("x" * 100, ["x" * LONGEST_WORD]),
    ],
)
def test_query_words_are_as_few_as_say_the_same(query: str, found: list[str]) -> None:
    assert query_words(query) == found


def test_long_queries_are_cut() -> None:
    assert len(query_words(" ".join(f"{n}x" for n in range(10, 99)))) == MOST_WORDS


@given(st.text(LETTERS, max_size=40), st.integers(0, 40))
def test_whatever_is_typed_of_a_text_finds_it(text: str, cut: int) -> None:
    text = unicodedata.normalize("NFC", text)
    indexed = index_words(text)
    for word in query_words(text[:cut]):
        assert any(known.startswith(word) for known in indexed)


@given(st.text(max_size=60))
def test_words_are_never_signs(text: str) -> None:
    for word in index_words(text):
        assert word
        assert all(unicodedata.category(letter)[0] in "LMN" for letter in word)
