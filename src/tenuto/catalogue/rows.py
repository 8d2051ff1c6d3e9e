"""Rows of the serving database as model values."""

from typing import Any, Final
from uuid import UUID

import msgspec

from tenuto.model.catalogue import (
    ListensBasis,
    Popularity,
    RecordingDetail,
    RecordingSummary,
    SourceRowRef,
    TrackPlace,
)
from tenuto.model.ids import RecordingId
from tenuto.model.rights import Evidence, EvidenceKind
from tenuto.model.source import Access, Identifier, Listens, Location, Scheme

SUMMARY_COLUMNS: Final = "rank, id, title, artist, release, year, duration_ms, listens, basis, popularity"
DETAIL_COLUMNS: Final = f"{SUMMARY_COLUMNS}, detail"

_BASES: Final = {basis.value: basis for basis in ListensBasis}
_SCHEMES: Final = {scheme.value: scheme for scheme in Scheme}
_KINDS: Final = {kind.value: kind for kind in EvidenceKind}
_ACCESSES: Final = {access.value: access for access in Access}
_decode = msgspec.json.Decoder().decode


def summary_of(row: tuple[Any, ...]) -> RecordingSummary:
    """From SUMMARY_COLUMNS."""
    rank, identity, title, artist, release, year, duration_ms, listens, basis, popularity = row
    return RecordingSummary(
        RecordingId(str(UUID(bytes=identity))),
        title,
        artist,
        release,
        year,
        duration_ms,
        Popularity(rank, listens, _BASES[basis], popularity),
    )


def detail_of(row: tuple[Any, ...]) -> RecordingDetail:
    """From DETAIL_COLUMNS."""
    artist_id, genre, tracks, identifiers, listens, rights, locations, source_rows = _decode(row[10])
    return RecordingDetail(
        summary_of(row[:10]),
        artist_id,
        genre,
        tuple([TrackPlace(*track) for track in tracks]),
        tuple([Identifier(_SCHEMES[scheme], value) for scheme, value in identifiers]),
        tuple([(source, Listens(*count)) for source, *count in listens]),
        tuple([Evidence(_KINDS[kind], *rest) for kind, *rest in rights]),
        tuple([Location(uri, _ACCESSES[access], *rest) for uri, access, *rest in locations]),
        tuple([SourceRowRef(*each) for each in source_rows]),
    )
