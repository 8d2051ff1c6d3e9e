"""Text as collections hold it: made safe for one line, repaired where the damage is certain, put into JSON.

Nothing here guesses. What a rule below doesn't cover stays as it was; the original stays in the row's `raw`.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, cast
from urllib.parse import quote_from_bytes, unquote_to_bytes

import msgspec
import rfc8785

_JOINERS: Final = {"\u200c", "\u200d"}
"""Format characters that spell words in some scripts; every other one (bidi overrides, BOM …) only hides."""

_MARKS_IN_A_ROW: Final = 30
"""Combining marks; UAX #15 (Stream-Safe Text Format). Normalising takes time quadratic in their number."""

_SJIS_LEADS: Final = range(0x81, 0x99)
"""Lead bytes of kana, punctuation and JIS level 1 kanji. Latin letters with accents are all above."""


def clean(text: str) -> str:
    """One line, NFC, no control or invisible format character, single spaces, lone surrogates as U+FFFD."""
    if not text:
        return text
    if len(text) > _MARKS_IN_A_ROW and not text.isascii():
        text = _stream_safe(text)
    plain = text.isprintable() and (text.isascii() or unicodedata.is_normalized("NFC", text))
    if plain and "  " not in text and text == text.strip():
        return text
    kept = "".join(_visible(char) for char in text)
    return " ".join(unicodedata.normalize("NFC", kept).split())


def _stream_safe(text: str) -> str:
    """Without the combining marks that no script needs: those after the 30th in a row."""
    kept, marks = [], 0
    for char in text:
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks <= _MARKS_IN_A_ROW:
            kept.append(char)
    return "".join(kept)


def _visible(char: str) -> str:
    category = unicodedata.category(char)
    if category[0] == "Z" or char in "\t\n\r\v\f":
        return " "
    if category == "Cs":
        return "\ufffd"
    return "" if category in {"Cc", "Cf"} and char not in _JOINERS else char


def decode(data: bytes) -> str:
    """UTF-8 where the bytes are; else Shift-JIS where certain; else Windows-1252; else with U+FFFD.

    Shift-JIS is certain when the bytes decode strictly, every two-byte character is kana, punctuation or
    JIS level 1 kanji, none is half-width katakana, and there is a kana or two such characters in a row.
    Text in a Latin encoding fails that: its accented letters are half-width katakana or level 2 kanji.
    """
    for attempt in (_utf8, _shift_jis, _windows_1252):
        text = attempt(data)
        if text is not None:
            return text
    return data.decode("utf-8", "replace")


def repair(text: str) -> str:
    """Shift-JIS that was read as Latin-1, as ID3 readers do. C1 controls show it: no title has any."""
    if not re.search("[\x80-\x9f]", text):
        return text
    try:
        data = text.encode("latin-1")
    except UnicodeEncodeError:
        return text
    return _shift_jis(data) or text


def _utf8(data: bytes) -> str | None:
    return _strictly(data, "utf-8")


def _windows_1252(data: bytes) -> str | None:
    return _strictly(data, "cp1252")


def _strictly(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _shift_jis(data: bytes) -> str | None:
    text = _strictly(data, "cp932")
    if text is None:
        return None
    japanese = [char for char in text if ord(char) > 0x7F]
    if not all(char.encode("cp932")[0] in _SJIS_LEADS for char in japanese):
        return None
    certain = re.search("[\u3041-\u30ff]", text) or re.search("[^\x00-\x7f]{2}", text)
    return text if certain else None


def percent_path(path: bytes) -> str:
    """A relative path as URI text (RFC 3986): `/` and unreserved characters as they are, else `%XX`."""
    return quote_from_bytes(path, safe="/")


def path_of(percent: str) -> bytes:
    """The path that `percent_path` wrote."""
    return unquote_to_bytes(percent)


def canonical(record: Mapping[str, object]) -> str:
    """`record` as canonical JSON (RFC 8785).

    Raises `UnicodeEncodeError` on lone surrogates and `rfc8785.CanonicalizationError` on what I-JSON
    can't hold (integers beyond 2**53, NaN).
    """
    if all(map(_is_plain, record.values())):
        return _encode({name: record[name] for name in _in_order(tuple(record))}).decode()
    return rfc8785.dumps(dict(record)).decode()  # type: ignore[arg-type]  # checked by dumps itself


def _is_plain(value: object) -> bool:
    kind = type(value)
    return value is None or kind is str or kind is bool or (kind is int and abs(cast("int", value)) < 2**53)


_encode: Final = msgspec.json.Encoder().encode
"""The quick way for strings, integers, booleans and nulls in an object whose names are in order: msgspec
writes them just as RFC 8785, section 3.2.2, asks."""


@lru_cache(maxsize=32)
def _in_order(names: tuple[str, ...]) -> tuple[str, ...]:
    """Remembered, but for few: the rows of a table have the same names, and hostile ones have long ones."""
    return tuple(utf16_order(list(names)))


def utf16_order(names: list[str]) -> list[str]:
    """Object names in RFC 8785's order: by UTF-16 code units."""
    return sorted(names, key=lambda name: name.encode("utf-16-be", "surrogatepass"))


canonical_plain: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""The quick way for strings, integers, booleans and nulls in an object whose names are in order: Python
writes them just as RFC 8785, section 3.2.2, asks. Lone surrogates pass: encode the result to find them."""
