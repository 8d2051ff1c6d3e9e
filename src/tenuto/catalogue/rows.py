"""Rows of the catalogue as model values."""

from typing import Any, Final
from uuid import UUID

import msgspec

from tenuto.catalogue.lookup import PartReader
from tenuto.catalogue.order import Order
from tenuto.catalogue.weights import CODES
from tenuto.formats.snapshot import Snapshot
from tenuto.model.catalogue import (
    ListensBasis,
    Popularity,
    RecordingDetail,
    RecordingSummary,
    SourceRowRef,
    TrackPlace,
)
from tenuto.model.ids import ArtistId, RecordingId, ReleaseId, SourceName
from tenuto.model.rights import Evidence, EvidenceKind
from tenuto.model.source import Access, Identifier, Listens, Location, Scheme

_BASES: Final = {basis.value: basis for basis in ListensBasis}
_SCHEMES: Final = {scheme.value: scheme for scheme in Scheme}
_KINDS: Final = {kind.value: kind for kind in EvidenceKind}
_ACCESSES: Final = {access.value: access for access in Access}
_decode = msgspec.json.Decoder().decode


def summary_of(row: tuple[Any, ...]) -> RecordingSummary:
    """From the first ten columns of `sql/page.sql`."""
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
    """From the columns of `sql/page.sql`."""
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


MOST_ROWS: Final = 100
"""Source rows that a detail lists; `source_rows` has them all."""


def detail_from_parts(parts: PartReader, order: Order, snapshot: Snapshot, number: int) -> RecordingDetail:
    """One recording from the core tables. Equals what `detail_of` makes of its row."""
    begun_rows = parts.begin("source_rows", "number", number, entity="recording")
    begun_recording = parts.begin("recordings", "number", number)
    begun_tracks = parts.begin("tracks", "recording", number)
    begun_identifiers = parts.begin("identifiers", "number", number, entity="recording")
    listens, rights, locations = (
        parts.begin(name, "recording", number) for name in ("listens", "rights", "locations")
    )
    (recording,) = begun_recording.result()
    artist = _artist(parts, recording["artist_number"])
    places = [_release_of(parts, track) for track in begun_tracks.result()]
    first = places[0] if places else None
    priorities = {source.name: source.priority for source in snapshot.sources}
    return RecordingDetail(
        _summary(order, recording, first),
        artist,
        recording["genre"] or (first[1] if first else ""),
        tuple(place for place, _ in places),
        tuple(Identifier(_SCHEMES[row["scheme"]], row["value"]) for row in begun_identifiers.result()),
        _counts(listens.result(), priorities, snapshot.periods),
        tuple(
            Evidence(_KINDS[row["kind"]], row["statement"], row["origin"], row["holder"])
            for row in rights.result()
        ),
        tuple(
            Location(
                *(row["uri"], _ACCESSES[row["access"]], row["length"], row["sha256"], row["media_type"]),
                *(row["sha1"], row["md5"]),
            )
            for row in locations.result()
        ),
        _source_rows(begun_rows.result(), priorities),
    )


_Row = dict[str, Any]


def _counts(
    rows: list[_Row], priorities: dict[SourceName, int], periods: dict[SourceName, str]
) -> tuple[tuple[SourceName, Listens], ...]:
    ordered = sorted(
        rows, key=lambda row: (priorities[row["source"]], row["source"], row["unit"], row["period"])
    )
    return tuple((row["source"], _count(row, periods.get(row["source"], ""))) for row in ordered)


def _count(row: _Row, period: str) -> Listens:
    return Listens(
        *(row["count"], row["unit"], row["period"] or period, "", row["listeners"], row["squares"])
    )


def _source_rows(rows: list[_Row], priorities: dict[SourceName, int]) -> tuple[SourceRowRef, ...]:
    """The first that describe, then the first that count; by source."""

    def place(row: _Row) -> tuple[int, str, int]:
        return priorities[row["source"]], row["source"], row["ordinal"]

    kept = sorted(rows, key=lambda row: (row["listens"], *place(row)))[:MOST_ROWS]
    return tuple(SourceRowRef(row["source"], row["ordinal"], row["key"]) for row in sorted(kept, key=place))


def _release_of(parts: PartReader, track: dict[str, Any]) -> tuple[TrackPlace, str]:
    """A track's place, and the genre of its release."""
    (release,) = parts.rows("releases", "number", track["release"])
    place = TrackPlace(
        *(ReleaseId(str(release["id"])), release["title"], release["artist"]),
        *(track["disc_number"], track["track_number"], release["year"]),
    )
    return place, release["genre"]


def _artist(parts: PartReader, number: int | None) -> ArtistId | None:
    if number is None:
        return None
    (artist,) = parts.rows("artists", "number", number)
    return ArtistId(str(artist["id"]))


def _summary(
    order: Order, recording: dict[str, Any], first: tuple[TrackPlace, str] | None
) -> RecordingSummary:
    number = recording["number"]
    popularity = Popularity(
        int(order.ranks[number]),
        float(order.listens[number]),
        CODES[order.basis[number]],
        int(order.popularity[number]),
    )
    return RecordingSummary(
        RecordingId(str(recording["id"])),
        recording["title"],
        recording["artist"],
        first[0].title if first else "",
        recording["year"] if recording["year"] is not None or first is None else first[0].year,
        recording["duration_ms"],
        popularity,
    )
