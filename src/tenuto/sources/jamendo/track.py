"""The source row of one track of Jamendo, out of what its API says. No network here."""

import re
from typing import Final

from tenuto.model.errors import BadInputError
from tenuto.model.ids import SourceKey, SourceName
from tenuto.model.rights import Evidence, EvidenceKind
from tenuto.model.source import Access, Entity, Listens, Location, SourceRow
from tenuto.sources import loose
from tenuto.sources.identifiers import isrc

_ADDRESS: Final = re.compile(r"https?://[!-~]+")


def track_row(source: SourceName, track: dict[str, object]) -> SourceRow:
    """One track, with ordinal 0. `BadInputError` where it has no id, or can't be kept as canonical JSON."""
    key = loose.text(track.get("id"))
    if not key.isdecimal():
        raise BadInputError("a track without an id")
    artist = loose.text(track.get("artist_name"))
    return SourceRow(
        source,
        0,
        Entity.RECORDING,
        SourceKey(key),
        loose.raw(track),
        title=loose.text(track.get("name")),
        artist=artist,
        artist_key=_key(track, "artist_id"),
        release=loose.text(track.get("album_name")),
        release_key=_key(track, "album_id"),
        track_number=loose.place(track.get("position")),
        year=loose.year(track.get("releasedate")),
        duration_ms=loose.milliseconds(track.get("duration")),
        genre=_genre(track),
        identifiers=tuple(filter(None, [isrc(loose.text(track.get("isrc")))])),
        listens=_listens(track),
        evidence=_evidence(track, artist),
        location=_location(track),
    )


def _key(track: dict[str, object], name: str) -> SourceKey | None:
    """Singles have an album id of 0, or none."""
    found = loose.text(track.get(name))
    return SourceKey(found) if found.strip("0") else None


def _inside(track: dict[str, object], *names: str) -> object:
    value: object = track
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _genre(track: dict[str, object]) -> str:
    """Genres before other tags; instruments are no genres."""
    named = (_inside(track, "musicinfo", "tags", kind) for kind in ("genres", "vartags"))
    return loose.short("; ".join(dict.fromkeys(tag for tags in named for tag in loose.texts(tags))))


def _listens(track: dict[str, object]) -> Listens | None:
    count = loose.whole(_inside(track, "stats", "rate_listened_total"))
    return None if count is None else Listens(float(count))


def _evidence(track: dict[str, object], holder: str) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(EvidenceKind.TABLE, statement, "tracks: license_ccurl", holder)
        for statement in loose.texts(track.get("license_ccurl"))
    )


def _location(track: dict[str, object]) -> Location | None:
    """None unless the artist allows downloads, in so many words."""
    address = track.get("audiodownload")
    allowed = track.get("audiodownload_allowed") is True
    if not allowed or not isinstance(address, str) or not _ADDRESS.fullmatch(address):
        return None
    return Location(address, Access.REMOTE, media_type="audio/flac")
