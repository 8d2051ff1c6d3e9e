"""Text rules: safe on one line, repaired only where certain, canonical in JSON."""

import json
import unicodedata

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from tenuto.formats import text

ANY = st.text(max_size=40)
VALID = st.text(st.characters(codec="utf-8"), max_size=30)


@given(ANY)
def test_clean_text_is_one_visible_line(value: str) -> None:
    cleaned = text.clean(value)
    assert cleaned == text.clean(cleaned)
    assert not any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in cleaned)
    assert "  " not in cleaned
    assert cleaned == cleaned.strip()
    cleaned.encode()


@pytest.mark.parametrize(
    ("found", "clean"),
    [
        ("A\x00B\x1b[31m", "AB[31m"),
        ("  two \t\n words ", "two words"),
        ("abc\u202egpj.", "abcgpj."),
        ("e\u0301", "é"),
        ("../../etc/passwd", "../../etc/passwd"),
        ("\udc82", "\ufffd"),
    ],
)
def test_hostile_text_is_disarmed_not_dropped(found: str, clean: str) -> None:
    assert text.clean(found) == clean


@given(VALID)
def test_utf8_is_never_repaired(value: str) -> None:
    assert text.decode(value.encode()) == value


@pytest.mark.parametrize(
    ("data", "meant"),
    [
        (b"Sonic Foundry ACID 3 \x82\xc5\x8d\xec\x90\xac", "Sonic Foundry ACID 3 で作成"),
        ("音楽".encode("cp932"), "音楽"),
        ("Sépia".encode("cp1252"), "Sépia"),
        ("Björk Guðmundsdóttir".encode("cp1252"), "Björk Guðmundsdóttir"),
        ("don\u2019t".encode("cp1252"), "don\u2019t"),
        ("Motörhead \u2013 Ace".encode("cp1252"), "Motörhead \u2013 Ace"),
        (b"a\x81\xff", "a\ufffd\ufffd"),
    ],
)
def test_bytes_that_are_not_utf8(data: bytes, meant: str) -> None:
    assert text.decode(data) == meant


def test_shift_jis_read_as_latin_1_is_repaired() -> None:
    assert text.repair("で作成".encode("cp932").decode("latin-1")) == "で作成"


@given(st.text(st.characters(min_codepoint=0xA0, max_codepoint=0xFF), max_size=20))
def test_latin_text_is_left_alone(value: str) -> None:
    assert text.repair(value) == value


@given(st.binary(max_size=40))
def test_any_file_name_survives_percent_encoding(path: bytes) -> None:
    encoded = text.percent_path(path)
    assert encoded.isascii()
    assert text.path_of(encoded) == path


SCALARS = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | VALID
VALUES = SCALARS | st.lists(SCALARS, max_size=3)


@given(st.dictionaries(VALID, VALUES, max_size=5))
def test_canonical_json_is_rfc_8785(record: dict[str, object]) -> None:
    written = text.canonical(record)
    assert written.encode() == rfc8785.dumps(record)  # type: ignore[arg-type]  # the reference takes its own type
    assert json.loads(written) == record


def test_lone_surrogates_are_refused() -> None:
    with pytest.raises(UnicodeEncodeError):
        text.canonical({"a": "\udc82"})


def test_a_mountain_of_accents_is_cut() -> None:
    """Normalising it took more than a minute; UAX #15 allows 30 marks in a row."""
    assert len(text.clean("a" + "\u0301\u0323" * 200_000)) <= 31
    assert text.clean("e\u0301" * 40) == "é" * 40
