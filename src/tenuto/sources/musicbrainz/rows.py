"""From MusicBrainz's documents to source rows."""

import re
from collections.abc import Iterable
from typing import Final

from msgspec import UNSET, UnsetType

from tenuto.formats.text import clean
from tenuto.model.ids import SourceKey, SourceName
from tenuto.model.source import Entity, Identifier, Scheme, SourceRow
from tenuto.sources.identifiers import barcode, isrc
from tenuto.sources.musicbrainz import ws2

_YEAR: Final = re.compile(r"[12]\d{3}", re.ASCII)


class RowBuilder:
    """Makes rows of one source. Genres, which aren't core data, come only when asked for."""

    def __init__(self, source: SourceName, *, genres: bool) -> None:
        self._source, self._genres = source, genres

    def recording(self, ordinal: int, recording: ws2.Recording) -> SourceRow:
        """Of `recording.tar.xz`: recordings that are on no release."""
        self._leave_out_genres(recording)
        artist, artist_key = credit(recording.artist_credit)
        return SourceRow(
            self._source,
            ordinal,
            Entity.RECORDING,
            SourceKey(recording.id),
            ws2.encode(recording).decode(),
            title=clean(recording.title or ""),
            artist=artist,
            artist_key=artist_key,
            year=year(recording.first_release_date),
            duration_ms=recording.length or None,
            genre=genres(recording.genres),
            identifiers=(mbid(recording.id), *isrcs(recording.isrcs or ())),
        )

    def release(self, ordinal: int, release: ws2.Release) -> SourceRow:
        """The release alone: its tracks are rows of their own, and stand only there."""
        self._leave_out_genres(release)
        for medium in release.media or ():
            medium.pregap = medium.tracks = medium.data_tracks = UNSET
        artist, artist_key = credit(release.artist_credit)
        code = barcode(release.barcode or "")
        return SourceRow(
            self._source,
            ordinal,
            Entity.RELEASE,
            SourceKey(release.id),
            ws2.encode(release).decode(),
            title=clean(release.title or ""),
            artist=artist,
            artist_key=artist_key,
            year=year(release.date),
            genre=genres(release.genres),
            label=label(release.label_info),
            identifiers=(mbid(release.id), code) if code else (mbid(release.id),),
        )

    def artist(self, ordinal: int, artist: ws2.Artist) -> SourceRow:
        self._leave_out_genres(artist)
        name = clean(artist.name or "")
        return SourceRow(
            self._source,
            ordinal,
            Entity.ARTIST,
            SourceKey(artist.id),
            ws2.encode(artist).decode(),
            title=name,
            artist=name,
            artist_key=SourceKey(artist.id),
            genre=genres(artist.genres),
            identifiers=(mbid(artist.id),),
        )

    def track(self, ordinal: int, track: ws2.Track, on: "OnRelease", disc: int | None) -> SourceRow:
        """A recording's place on a release. Title and artist are the recording's, as in all its rows."""
        recording = track.recording
        self._leave_out_genres(recording)
        artist, artist_key = credit(recording.artist_credit or track.artist_credit)
        return SourceRow(
            self._source,
            ordinal,
            Entity.RECORDING,
            SourceKey(recording.id),
            ws2.encode(track).decode(),
            title=clean(recording.title or track.title or ""),
            artist=artist,
            artist_key=artist_key,
            release=on.title,
            release_key=on.key,
            release_artist=on.artist,
            disc_number=disc,
            track_number=track.position or None,
            year=on.year,
            duration_ms=recording.length or track.length or None,
            genre=genres(recording.genres),
            label=on.label,
            identifiers=(mbid(recording.id), *isrcs(recording.isrcs or ())),
        )

    def _leave_out_genres(self, document: ws2.Recording | ws2.Release | ws2.Artist) -> None:
        if not self._genres:
            document.genres = UNSET


class OnRelease:
    """What every track of a release says of it."""

    __slots__ = ("artist", "key", "label", "title", "year")

    def __init__(self, release: ws2.Release) -> None:
        self.key = SourceKey(release.id)
        self.title = clean(release.title or "")
        self.artist = credit(release.artist_credit)[0]
        self.year = year(release.date)
        self.label = label(release.label_info)


def credit(names: ws2.Credits) -> tuple[str, SourceKey | None]:
    """(the credit as printed, the MBID of the artist credited first)."""
    if not names:
        return "", None
    first = names[0].artist
    printed = "".join([f"{each.name or ''}{each.joinphrase or ''}" for each in names])
    return clean(printed), SourceKey(first.id) if first else None


def mbid(value: str) -> Identifier:
    return Identifier(Scheme.MBID, value)


def isrcs(codes: Iterable[str]) -> tuple[Identifier, ...]:
    return tuple([found for code in codes if (found := isrc(code))])


def year(date: str | UnsetType | None) -> int | None:
    """Of an ISO date, whole or cut after the year or the month."""
    return int(date[:4]) if date and _YEAR.match(date) else None


def genres(found: ws2.Genres) -> str:
    """The most voted first; those voted down are left out."""
    ordered = sorted((genre for genre in found or () if genre.count > 0), key=lambda g: (-g.count, g.name))
    return "; ".join([clean(genre.name) for genre in ordered])


def label(labels: list[ws2.LabelInfo] | UnsetType | None) -> str:
    """The name of the first that has one."""
    return next((clean(each.label.name) for each in labels or () if each.label and each.label.name), "")
