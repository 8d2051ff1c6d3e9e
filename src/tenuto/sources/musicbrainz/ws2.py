"""The members that are read of MusicBrainz's JSON documents (web service version 2, as dumped).

Everything here is core data (CC0-1.0), but for `genres`. What isn't named is neither decoded nor kept: so no
tag, rating or annotation (CC BY-NC-SA 3.0) gets into a row, however deep it is nested. Members stand in the
order of their names, so that an encoded document is canonical JSON (RFC 8785). A member that the dump leaves
out stays left out; one that is null stays null.
"""

import re
from typing import Annotated, Final

from msgspec import UNSET, Meta, Raw, Struct, UnsetType
from msgspec.json import Decoder, Encoder

MBID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
Mbid = Annotated[str, Meta(pattern=f"^{MBID.pattern}$", max_length=36)]
Count = Annotated[int, Meta(ge=0, le=2**31 - 1)]
"""Milliseconds, positions, votes: all fit the dump's own 32 bits."""

Text = str | UnsetType | None
Number = Count | UnsetType | None
Flag = bool | UnsetType | None


class _Document(Struct, rename="kebab", gc=False):
    """Names in kebab case."""


class ArtistName(_Document, kw_only=True):
    disambiguation: Text = UNSET
    id: Mbid
    name: Text = UNSET
    sort_name: Text = UNSET


class Credit(_Document, kw_only=True):
    artist: ArtistName | UnsetType | None = UNSET
    joinphrase: Text = UNSET
    name: Text = UNSET


Credits = list[Credit] | UnsetType | None


class Genre(_Document, kw_only=True):
    """Not core data."""

    count: Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)] = 0
    name: str


Genres = list[Genre] | UnsetType | None


class Recording(_Document, kw_only=True):
    artist_credit: Credits = UNSET
    disambiguation: Text = UNSET
    first_release_date: Text = UNSET
    genres: Genres = UNSET
    id: Mbid
    isrcs: list[str] | UnsetType | None = UNSET
    length: Number = UNSET
    title: Text = UNSET
    video: Flag = UNSET


class Track(_Document, kw_only=True):
    artist_credit: Credits = UNSET
    id: Mbid | UnsetType = UNSET
    length: Number = UNSET
    number: Text = UNSET
    position: Number = UNSET
    recording: Recording
    title: Text = UNSET


class Medium(_Document, kw_only=True):
    """Its tracks are left as they are: each is read, or rejected, by itself."""

    data_tracks: list[Raw] | UnsetType | None = UNSET
    format: Text = UNSET
    id: Text = UNSET
    position: Number = UNSET
    pregap: Raw | UnsetType = UNSET
    title: Text = UNSET
    track_count: Number = UNSET
    tracks: list[Raw] | UnsetType | None = UNSET


class Area(_Document, kw_only=True):
    id: Mbid | UnsetType = UNSET
    iso_3166_1_codes: list[str] | UnsetType | None = UNSET
    name: Text = UNSET


class ReleaseEvent(_Document, kw_only=True):
    area: Area | UnsetType | None = UNSET
    date: Text = UNSET


class LabelName(_Document, kw_only=True):
    id: Mbid
    name: Text = UNSET


class LabelInfo(_Document, kw_only=True):
    catalog_number: Text = UNSET
    label: LabelName | UnsetType | None = UNSET


class ReleaseGroup(_Document, kw_only=True):
    first_release_date: Text = UNSET
    id: Mbid
    primary_type: Text = UNSET
    secondary_types: list[str] | UnsetType | None = UNSET
    title: Text = UNSET


class TextRepresentation(_Document, kw_only=True):
    language: Text = UNSET
    script: Text = UNSET


class Release(_Document, kw_only=True):
    artist_credit: Credits = UNSET
    asin: Text = UNSET
    barcode: Text = UNSET
    country: Text = UNSET
    date: Text = UNSET
    disambiguation: Text = UNSET
    genres: Genres = UNSET
    id: Mbid
    label_info: list[LabelInfo] | UnsetType | None = UNSET
    media: list[Medium] | UnsetType | None = UNSET
    packaging: Text = UNSET
    quality: Text = UNSET
    release_events: list[ReleaseEvent] | UnsetType | None = UNSET
    release_group: ReleaseGroup | UnsetType | None = UNSET
    status: Text = UNSET
    text_representation: TextRepresentation | UnsetType | None = UNSET
    title: Text = UNSET


class LifeSpan(_Document, kw_only=True):
    begin: Text = UNSET
    end: Text = UNSET
    ended: Flag = UNSET


class Alias(_Document, kw_only=True):
    locale: Text = UNSET
    name: Text = UNSET
    primary: Flag = UNSET
    sort_name: Text = UNSET
    type: Text = UNSET


class Artist(_Document, kw_only=True):
    aliases: list[Alias] | UnsetType | None = UNSET
    area: Area | UnsetType | None = UNSET
    country: Text = UNSET
    disambiguation: Text = UNSET
    gender: Text = UNSET
    genres: Genres = UNSET
    id: Mbid
    ipis: list[str] | UnsetType | None = UNSET
    isnis: list[str] | UnsetType | None = UNSET
    life_span: LifeSpan | UnsetType | None = UNSET
    name: Text = UNSET
    sort_name: Text = UNSET
    type: Text = UNSET


decode_recording: Final = Decoder(Recording).decode
decode_release: Final = Decoder(Release).decode
decode_track: Final = Decoder(Track).decode
decode_artist: Final = Decoder(Artist).decode
encode: Final = Encoder().encode


def tracks_of(medium: Medium) -> list[Raw]:
    """A hidden track before the first, then the tracks, then those of data."""
    pregap = [medium.pregap] if medium.pregap else []
    return [*pregap, *(medium.tracks or ()), *(medium.data_tracks or ())]
