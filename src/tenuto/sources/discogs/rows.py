"""From Discogs' elements to source rows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element

from tenuto.formats.text import canonical_plain, clean
from tenuto.model.errors import BadInputError
from tenuto.model.ids import SourceKey, SourceName
from tenuto.model.source import Entity, Identifier, SourceRow
from tenuto.sources.discogs import fields

_ARTIST: Final = ("anv", "id", "join", "name")
_IDENTIFIER: Final = ("description", "type", "value")
_LABEL: Final = ("catno", "id", "name")
_PART: Final = ("duration", "position", "title")

FirstYear = Callable[[str], int | None]
"""The year of a master release, by its id."""


def number(element: Element) -> str:
    """The element's id: an attribute of releases and masters, a child of artists. `BadInputError`."""
    found = element.get("id") or element.findtext("id") or ""
    if not (found.isascii() and found.isdecimal() and len(found) < 13):
        raise BadInputError(f"its id is {found[:40]!r}, not a number")
    return found


def artist_row(source: SourceName, artist: Element, ordinal: int) -> SourceRow:
    """One artist. `BadInputError` without an id."""
    key = fields.artist_key(number(artist))
    name = fields.without_number(fields.text(artist, "name"))
    raw = _raw(id=artist.findtext("id"), name=artist.findtext("name"))
    return SourceRow(source, ordinal, Entity.ARTIST, key, raw, title=name, artist=name, artist_key=key)


def release_rows(
    source: SourceName, release: Element, ordinal: int, first_year: FirstYear
) -> Iterator[SourceRow]:
    """The release with `ordinal`, then its tracks. `BadInputError` without an id."""
    whole = _release_row(source, release, ordinal)
    yield whole
    years = [each for each in (whole.year, first_year(release.findtext("master_id") or "")) if each]
    year, codes = min(years, default=None), fields.isrcs(release)
    for place, track in enumerate(_tracks(release), ordinal + 1):
        identifiers = codes.get(fields.fold_position(track.position), ())
        yield _track_row(whole, track, place, year, identifiers)


def release_size(release: Element) -> int:
    """How many rows, or rejects, `release_rows` makes of it."""
    try:
        number(release)
    except BadInputError:
        return 1
    return 1 + sum(1 for _ in _leaves(release))


def _release_row(source: SourceName, release: Element, ordinal: int) -> SourceRow:
    artists = fields.grouped(release, "artists", "artist")
    return SourceRow(
        source,
        ordinal,
        Entity.RELEASE,
        SourceKey(f"release/{number(release)}"),
        _release_raw(release),
        title=fields.text(release, "title"),
        artist=fields.credit(artists),
        artist_key=fields.first_artist(artists),
        year=fields.year(release.findtext("released") or ""),
        genre=_genre(release),
        label=_label(release),
        identifiers=fields.barcodes(release),
    )


def _track_row(
    release: SourceRow,
    track: "_Track",
    ordinal: int,
    year: int | None,
    identifiers: tuple[Identifier, ...],
) -> SourceRow:
    return SourceRow(
        release.source,
        ordinal,
        Entity.RECORDING,
        SourceKey(f"{release.key}/{track.position or f'#{track.place}'}"),
        track.raw,
        title=track.title,
        artist=fields.credit(track.artists) or release.artist,
        artist_key=fields.first_artist(track.artists) or release.artist_key,
        release=release.title,
        release_key=release.key,
        release_artist=release.artist,
        disc_number=track.disc,
        track_number=track.number,
        year=year,
        duration_ms=track.duration_ms,
        genre=release.genre,
        label=release.label,
        identifiers=identifiers,
    )


@dataclass(frozen=True, slots=True)
class _Track:
    position: str
    """As printed; empty where there is none, or where it is another track's too."""
    place: int
    """From 1, over all tracks."""
    title: str
    artists: list[Element]
    disc: int | None
    number: int | None
    duration_ms: int | None
    raw: str


def _tracks(release: Element) -> Iterator[_Track]:
    """What was recorded: no headings, and of an index its parts."""
    places, seen = fields.Places(), set[str]()
    for place, (index, element) in enumerate(_leaves(release), 1):
        position = fields.text(element, "position")
        if position in seen:
            position = ""
        seen.add(position)
        title = fields.text(element, "title")
        artists = fields.grouped(element, "artists", "artist")
        if index is not None:
            title = f"{fields.text(index, 'title')}: {title}"
            artists = artists or fields.grouped(index, "artists", "artist")
        disc, number_there = places.of(position)
        duration = fields.duration_ms(fields.text(element, "duration"))
        yield _Track(
            position, place, title, artists, disc, number_there, duration, _track_raw(element, index)
        )


def _leaves(release: Element) -> Iterator[tuple[Element | None, Element]]:
    """(index, track). A position is what tells a track from a heading or an index."""
    for track in fields.grouped(release, "tracklist", "track"):
        parts = fields.grouped(track, "sub_tracks", "track")
        if track.findtext("position") or (track.findtext("duration") and not parts):
            yield None, track
        else:
            for part in parts:
                yield track, part


def _genre(release: Element) -> str:
    found = fields.grouped(release, "genres", "genre") + fields.grouped(release, "styles", "style")
    return "; ".join(dict.fromkeys(clean(each.text) for each in found if each.text))


def _label(release: Element) -> str:
    names = (clean(each.get("name", "")) for each in fields.grouped(release, "labels", "label"))
    return "; ".join(dict.fromkeys(fields.without_number(name) for name in names if name))


def _release_raw(release: Element) -> str:
    return _raw(
        artists=_credits(release),
        country=release.findtext("country"),
        genres=[each.text for each in fields.grouped(release, "genres", "genre")],
        id=release.get("id"),
        identifiers=_attributes(fields.grouped(release, "identifiers", "identifier"), _IDENTIFIER),
        labels=_attributes(fields.grouped(release, "labels", "label"), _LABEL),
        master_id=release.findtext("master_id"),
        released=release.findtext("released"),
        status=release.get("status"),
        styles=[each.text for each in fields.grouped(release, "styles", "style")],
        title=release.findtext("title"),
    )


def _track_raw(track: Element, index: Element | None) -> str:
    return _raw(
        artists=_credits(track),
        duration=track.findtext("duration"),
        index=None if index is None else index.findtext("title"),
        position=track.findtext("position"),
        sub_tracks=_children(fields.grouped(track, "sub_tracks", "track"), _PART),
        title=track.findtext("title"),
    )


def _credits(element: Element) -> list[dict[str, str]]:
    return _children(fields.grouped(element, "artists", "artist"), _ARTIST)


def _children(elements: list[Element], names: tuple[str, ...]) -> list[dict[str, str]]:
    return [{name: found for name in names if (found := each.findtext(name))} for each in elements]


def _attributes(elements: list[Element], names: tuple[str, ...]) -> list[dict[str, str]]:
    return [{name: found for name in names if (found := each.get(name))} for each in elements]


def _raw(**members: object) -> str:
    """Canonical JSON of what isn't empty: names come in their order, and XML holds no lone surrogates."""
    return canonical_plain({name: value for name, value in members.items() if value})
