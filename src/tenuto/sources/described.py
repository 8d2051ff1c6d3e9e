"""From a file's tags to the fields of its source row: one set of rules for folders and packages."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from tenuto.model.rights import Evidence, EvidenceKind
from tenuto.model.source import Identifier, Scheme
from tenuto.sources.tags import TOO_LONG, Tags

_URL: Final = re.compile(r"https?://[^\s<>\"')\]]+", re.IGNORECASE)
_LICENCE_URL: Final = re.compile(
    r"https?://(?:www\.)?(?:creativecommons\.org|rightsstatements\.org|artlibre\.org|gnu\.org)/[^\s<>\"')\]]+",
    re.IGNORECASE,
)
_RESERVED: Final = re.compile(r"all rights reserved", re.IGNORECASE)
_ISRC: Final = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
_MBID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_YEAR: Final = re.compile(r"(1[0-9]{3}|20[0-9]{2})(?![0-9])")
_NUMBER: Final = re.compile(r"[0-9]{1,4}")

_NAMESAKE_LETTERS: Final = 4
"""A title this similar to the file's name (letters in a row) is the file's."""


@dataclass(frozen=True, slots=True)
class Described:
    """The fields of a source row that tags can tell."""

    title: str
    artist: str
    release: str
    release_artist: str
    disc_number: int | None
    track_number: int | None
    year: int | None
    genre: str
    label: str
    identifiers: tuple[Identifier, ...]
    evidence: tuple[Evidence, ...]


def describe(tags: Tags, stem: str) -> Described:
    """`stem` is the file's name without its extension; it is the title where tags have none."""
    titles = tags.values.get("title", [])
    chosen = title_index(titles, stem)
    return Described(
        title=titles[chosen] if titles else stem,
        artist=tags.joined("artist"),
        release=tags.first("album"),
        release_artist=_release_artist(tags, titles),
        disc_number=_number(tags.first("discnumber")),
        track_number=_track_number(tags.values.get("tracknumber", []), titles, chosen),
        year=_year(tags.first("date")),
        genre=tags.joined("genre"),
        label=tags.joined("label"),
        identifiers=_identifiers(tags),
        evidence=_evidence(tags),
    )


def title_index(titles: list[str], stem: str) -> int:
    """Which of several titles is this file's: the one that its name resembles, else the last.

    Encoders that carry tags over from file to file append one title each time, but not always in order
    (hyperrogue-music's `hr3-desert.ogg` ends with another file's title).
    """
    if len(titles) < 2:
        return 0
    runs = [_common_run(_letters(title), _letters(stem)) for title in titles]
    longest = max(runs)
    if longest < _NAMESAKE_LETTERS or runs.count(longest) > 1:
        return len(titles) - 1
    return runs.index(longest)


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())[:200]


def _common_run(one: str, other: str) -> int:
    return SequenceMatcher(None, one, other, autojunk=False).find_longest_match().size


def _track_number(numbers: list[str], titles: list[str], chosen: int) -> int | None:
    """Where titles have piled up, numbers have too: only the number at the same place is this file's."""
    if len(titles) > 1:
        return _number(numbers[chosen]) if chosen < len(numbers) else None
    return _number(numbers[0]) if numbers else None


def _release_artist(tags: Tags, titles: list[str]) -> str:
    """Where titles have piled up, a bare number as album artist is a track number gone astray."""
    name = tags.joined("albumartist")
    return "" if len(titles) > 1 and name.isdigit() else name


def _number(text: str) -> int | None:
    match = _NUMBER.match(text)
    return int(match[0]) or None if match else None


def _year(text: str) -> int | None:
    match = _YEAR.search(text)
    return int(match[1]) if match else None


def _identifiers(tags: Tags) -> tuple[Identifier, ...]:
    isrcs = (re.sub(r"[\s-]", "", value).upper() for value in tags.values.get("isrc", ()))
    mbids = (value.lower() for value in tags.values.get("musicbrainz_trackid", ()))
    found = [Identifier(Scheme.ISRC, value) for value in isrcs if _ISRC.fullmatch(value)]
    found += [Identifier(Scheme.MBID, value) for value in mbids if _MBID.fullmatch(value)]
    return tuple(dict.fromkeys(found))


def _evidence(tags: Tags) -> tuple[Evidence, ...]:
    """Licence tags as they are; copyright tags only where they name a licence or reserve all rights."""
    holder = next((value for value in tags.values.get("copyright", ()) if not _URL.search(value)), "")
    found = []
    for value in tags.values.get("license", ()):
        url = _URL.search(value)
        found.append(Evidence(EvidenceKind.TAG, _tidy(url[0]) if url else value, "tag license", holder))
    for value in tags.values.get("copyright", ()):
        if url := _LICENCE_URL.search(value):
            found.append(Evidence(EvidenceKind.TAG, _tidy(url[0]), "tag copyright", value))
        elif value == TOO_LONG:
            found.append(Evidence(EvidenceKind.TAG, TOO_LONG, "tag copyright", ""))
        elif _RESERVED.search(value):
            found.append(Evidence(EvidenceKind.TAG, "All rights reserved", "tag copyright", value))
    return tuple(dict.fromkeys(found))


def _tidy(url: str) -> str:
    return url.rstrip(".,;")
