"""Text as the words that the index holds, and a reader's query as the words to look for.

One folding for both: compatibility forms (NFKC) and case are folded (Unicode's casefold), diacritics go,
katakana reads as hiragana, apostrophes vanish (*don't* is *dont*), *&* is *and*, *R.E.M.* is *rem*.
docs/search.md has the rules with examples.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

MOST_WORDS: Final = 16
"""Of a query. More narrow nothing down; each costs a scan."""
LONGEST_WORD: Final = 32
"""Characters; a longer word is cut, in the index as in a query."""
MOST_CHARACTERS: Final = 1_000
"""Of one field or query; words beyond them are not found. Bounds the work on hostile text."""

_FOLDED_AT_ONCE: Final = 200_000
"""Characters, and one document."""

_LETTERS: Final = {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ŧ": "t", "\u0131": "i"}
_PAIRS: Final = {"æ": "ae", "œ": "oe", "þ": "th", "&": " and "}
"""Letters without a decomposition in Unicode that readers type as others."""
_DROPPED: Final = {"'", "`", "\u2018", "\u2019", "\u02bc", "\u02bb"}
_KATAKANA: Final = range(0x30A1, 0x30F7)
_TO_HIRAGANA: Final = -0x60

_BETWEEN: Final = "\n"
"""Stands between documents that are folded together; folding leaves it alone, and nothing across it."""

_UNSPACED: Final = r"\u3005-\u3007\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
_UNSPACED_RUN = re.compile(f"[{_UNSPACED}]+")
_RUNS = re.compile(f"[{_UNSPACED}]+|[^{_UNSPACED}]+")
_HAS_UNSPACED = re.compile(f"[{_UNSPACED}]")
_LONG = re.compile(f"(?<![^ \\n])([^ \\n]{{{LONGEST_WORD}}})[^ \\n]+")
_INITIALS = re.compile(r"(?<![^\W_])(?:[^\W\d_]\.)+[^\W\d_](?![^\W_])\.?")


class _Folding(dict[int, str]):
    """For `str.translate`: what each letter, after case, is in the index. Filled as letters come."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _folded(chr(code))
        return folded


def _folded(letter: str) -> str:
    category = unicodedata.category(letter)
    if letter == _BETWEEN:
        return letter
    if letter in _DROPPED or category == "Cf" or _is_diacritic(letter):
        return ""
    if ord(letter) in _KATAKANA:
        return chr(ord(letter) + _TO_HIRAGANA)
    other = _LETTERS.get(letter) or _PAIRS.get(letter)
    if other is not None:
        return other
    return letter if category[0] in "LMN" else " "


def _is_diacritic(letter: str) -> bool:
    """By the canonical combining class (UAX 44, table 15): overlays, the points of Hebrew and Arabic, and
    marks above and below. Voicing marks of kana (8), nuktas, viramas and vowel signs of Indic scripts stay.
    """
    place = unicodedata.combining(letter)
    return place == 1 or 10 <= place <= 35 or place >= 200


_FOLDING = _Folding()


def index_texts(documents: Iterable[Sequence[str]]) -> list[str]:
    """Of each document, the words under which it can be found by its fields, divided by spaces.

    They are in the order of the text, repeated as in it. Many documents take a third of the time together:
    folding has its price by the call.
    """
    texts = [
        " ".join(field[:MOST_CHARACTERS] for field in fields).replace(_BETWEEN, " ") for fields in documents
    ]
    for ascii_only in (True, False):
        places = [place for place, text in enumerate(texts) if text.isascii() is ascii_only]
        for together in _together(places, texts):
            words = _divided(_fold(_BETWEEN.join([texts[place] for place in together])))
            for place, text in zip(together, words.split(_BETWEEN), strict=True):
                texts[place] = text
    return texts


def _together(places: Iterable[int], texts: Sequence[str]) -> Iterator[list[int]]:
    """Places of texts that are folded at once: in bounded memory, for a letter may become eighteen."""
    held: list[int] = []
    characters = 0
    for place in places:
        held.append(place)
        characters += len(texts[place])
        if characters > _FOLDED_AT_ONCE:
            yield held
            held, characters = [], 0
    if held:
        yield held


def query_words(query: str) -> list[str]:
    """The words that a hit must have as prefixes, each once, but none that another of them begins with."""
    found: dict[str, None] = {}
    for run, unspaced in _runs(query):
        found.update(dict.fromkeys(_pieces(run)[: max(1, len(run) - 1)] if unspaced else (run,)))
    words = list(found)[:MOST_WORDS]
    return [word for word in words if not any(o != word and o.startswith(word) for o in words)]


def _divided(text: str) -> str:
    """Folded text with spaces between what isn't spaced in its script, and with long words cut."""
    if _HAS_UNSPACED.search(text):
        text = _UNSPACED_RUN.sub(lambda run: f" {' '.join(_pieces(run[0]))} ", text)
    return _LONG.sub(r"\1", text)


def _pieces(run: str) -> list[str]:
    """A script without spaces: every two letters that stand together, and the last one.

    So each place of the run begins a word: its letters find it, one or several, wherever they stand.
    """
    return [run[start : start + 2] for start in range(len(run))]


def _runs(query: str) -> list[tuple[str, bool]]:
    """Words by spaces and signs, divided further where the script changes; whether each is unspaced."""
    words = _fold(query[:MOST_CHARACTERS]).split()
    runs = [run for word in words for run in _RUNS.findall(word)]
    return [(run, True) if _HAS_UNSPACED.match(run) else (run[:LONGEST_WORD], False) for run in runs]


def _fold(text: str) -> str:
    if "." in text:
        text = _INITIALS.sub(lambda initials: initials[0].replace(".", "") + " ", text)
    if text.isascii():
        return text.lower().translate(_FOLDING)
    # Case after compatibility: some capitals (the Roman numeral U+2163) have none before.
    text = unicodedata.normalize("NFKD", text).casefold()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKD", text).translate(_FOLDING))
