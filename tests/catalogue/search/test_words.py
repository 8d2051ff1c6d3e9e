"""Texts and queries are folded alike."""
# ruff: noqa: RUF001  texts of many scripts, whose letters look alike

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenuto.catalogue.search.words import LONGEST_WORD, MOST_WORDS, index_texts, index_words, query_words

LETTERS = st.characters(
    codec="utf-8", categories=["Ll", "Lu", "Lm", "Nd", "Zs", "Po", "Mn"], exclude_characters="."
) | st.sampled_from("東京夜のカタガギーäßøæ&' ")


@pytest.mark.parametrize(
    ("text", "words"),
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
def test_index_words(text: str, words: list[str]) -> None:
    assert index_words(text) == words


def test_fields_do_not_run_together() -> None:
    assert index_words("one", "two") == ["one", "two"]


@given(st.lists(st.lists(st.text() | st.text("A.b \n\u0301の夜ä", max_size=50), max_size=3), max_size=6))
def test_documents_folded_together_are_as_folded_alone(documents: list[list[str]]) -> None:
    assert index_texts(documents) == [text for each in documents for text in index_texts([each])]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("the THE The", ["the"]),
        ("l love lo", ["love"]),
        ("夜", ["夜"]),
        ("夜の電", ["夜の", "の電"]),
        ("x" * 100, ["x" * LONGEST_WORD]),
    ],
)
def test_query_words_are_as_few_as_say_the_same(query: str, words: list[str]) -> None:
    assert query_words(query) == words


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
