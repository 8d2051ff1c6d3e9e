"""`/recording/<id>`: everything that is known of one recording."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tenuto.model.audio import Characterisation, Loudness, Signal
from tenuto.model.catalogue import RecordingDetail, TrackPlace
from tenuto.model.errors import NotFoundError
from tenuto.model.ids import RecordingId
from tenuto.model.objects import Holding, ObjectDigests
from tenuto.model.ports import ArchiveView
from tenuto.model.rights import Cleared, Refusal
from tenuto.model.source import Identifier
from tenuto.web.documents.common import Frame, Rights, catalogue, frame, rights
from tenuto.web.problems import not_found

_MOST_SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class Digests:
    """Hexadecimal. `essence` names the audio packets without container and tags."""

    sha256: str
    blake3: str
    pieces_root: str
    essence: str


@dataclass(frozen=True, slots=True)
class Sound:
    """Technical properties from one decode. `bit_rate` in bits per second."""

    container: str
    codec: str
    sample_rate_hz: int
    channels: int
    bit_rate: int
    duration_ms: int
    integrity: str
    faults: tuple[str, ...]
    loudness: Loudness
    signal: Signal | None
    spectrogram: str
    """Where its picture is; empty where there is none."""


@dataclass(frozen=True, slots=True)
class Held:
    """The held file."""

    tier: str
    media_type: str
    length: int
    source_uri: str
    digests: Digests
    sound: Sound


@dataclass(frozen=True, slots=True)
class Player:
    """Where the audio plays, and its waveform: at most 800 peaks, 0-255."""

    audio: str
    media_type: str
    peaks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """One source's count of listens."""

    source: str
    count: float
    unit: str
    window: str


@dataclass(frozen=True, slots=True)
class WhereFrom:
    """A location of the audio; None where the source doesn't say."""

    uri: str
    access: str
    length: int | None
    sha256: str | None
    media_type: str | None


@dataclass(frozen=True, slots=True)
class SameAudio:
    """Another recording whose audio is the same, or may be; as in `tenuto.model.duplicates.Pair`."""

    id: str
    title: str
    artist: str
    tie: str
    error: float
    offset_s: float
    overlap_s: float


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a source, with one key, that the recording came from."""

    source: str
    key: str
    rows: int


@dataclass(frozen=True, slots=True)
class Place:
    """In the newest edition. `offset` in bytes from the start of the torrent's payload."""

    edition: str
    volume: str
    path: str
    file_index: int
    offset: int
    length: int
    tier: str
    magnet: str
    magnet_twin: str | None
    torrent: str
    torrent_twin: str | None


@dataclass(frozen=True, slots=True)
class RecordingDocument:
    """`tenuto/recording/1`. `player` is None unless the recording is cleared and held."""

    schema: str
    frame: Frame
    id: str
    rank: int
    title: str
    artist: str
    release: str
    year: int | None
    genre: str
    duration_ms: int | None
    listens: float
    basis: str
    popularity: int
    tracks: tuple[TrackPlace, ...]
    rights: Rights
    held: Held | None
    player: Player | None
    place: Place | None
    identifiers: tuple[Identifier, ...]
    counts: tuple[Count, ...]
    locations: tuple[WhereFrom, ...]
    source_rows: tuple[Rows, ...]
    same_audio: tuple[SameAudio, ...]


def recording(view: ArchiveView, identifier: str) -> RecordingDocument:
    """The document of a surviving id (`surviving` finds it)."""
    detail = catalogue(view).show(identifier)
    summary, popularity = detail.summary, detail.summary.popularity
    decision, held = view.decision(detail), view.holding(detail.summary.id)
    return RecordingDocument(
        "tenuto/recording/1",
        frame(view),
        summary.id,
        popularity.rank,
        summary.title,
        summary.artist,
        summary.release,
        summary.year,
        detail.genre,
        summary.duration_ms,
        popularity.listens,
        popularity.basis.value,
        popularity.popularity,
        detail.tracks,
        rights(decision),
        _held(*held) if held else None,
        _player(view, decision, held),
        _place(view, summary.id),
        detail.identifiers,
        tuple(Count(source, found.count, found.unit, found.window) for source, found in detail.listens),
        *_origins(detail),
        tuple(_same_audio(view, summary.id)),
    )


def surviving(view: ArchiveView, identifier: str) -> tuple[RecordingId, bool]:
    """The recording's id, and whether the identifier leads there for ever (an id, perhaps merged)
    or as long as the catalogue says so (an ISRC or MBID). 404 for what nobody knows."""
    reader = catalogue(view)
    try:
        return reader.resolve(RecordingId(identifier)), True
    except NotFoundError:
        pass
    try:
        return reader.show(identifier).summary.id, False
    except NotFoundError as error:
        raise not_found("No recording of this archive has this id, ISRC or MBID.") from error


def _held(holding: Holding, digests: ObjectDigests, sound: Characterisation) -> Held:
    return Held(
        holding.tier.value,
        holding.media_type,
        digests.length,
        holding.source_uri,
        Digests(digests.sha256, digests.blake3, digests.pieces_root.hex(), sound.essence),
        Sound(
            sound.container,
            sound.codec,
            sound.sample_rate_hz,
            sound.channels,
            sound.bit_rate,
            sound.duration_ms,
            sound.integrity.value,
            tuple(map(str, sound.faults)),
            sound.loudness,
            sound.signal,
            f"/recording/{holding.recording}/spectrogram.png" if sound.spectrogram else "",
        ),
    )


def _player(
    view: ArchiveView,
    decision: Cleared[RecordingId] | Refusal,
    held: tuple[Holding, ObjectDigests, Characterisation] | None,
) -> Player | None:
    if isinstance(decision, Refusal) or held is None or view.playable(decision) is None:
        return None
    holding, _, sound = held
    return Player(f"/recording/{decision.subject}/audio", holding.media_type, tuple(sound.peaks))


def _place(view: ArchiveView, identifier: RecordingId) -> Place | None:
    place = view.place(identifier)
    if place is None:
        return None
    edition = next(edition for edition in view.editions() if edition.id == place.edition)
    volume = next(volume for volume in edition.volumes if volume.name == place.volume)
    torrent = f"/editions/{place.edition}/{place.volume}"
    return Place(
        place.edition,
        place.volume,
        place.path,
        place.file_index,
        place.offset,
        place.length,
        place.tier.value,
        volume.magnet,
        volume.magnet_twin,
        f"{torrent}.torrent",
        f"{torrent}.v1.torrent" if volume.infohash_twin else None,
    )


def _same_audio(view: ArchiveView, identifier: RecordingId) -> Iterator[SameAudio]:
    """The first few; what was joined since, or is gone, is left out."""
    reader = catalogue(view)
    for pair in view.same_audio(identifier)[:_MOST_SHOWN]:
        try:
            other = reader.show(pair.other).summary
        except NotFoundError:
            continue
        if other.id != identifier:
            measured = (pair.error, pair.offset_s, pair.overlap_s)
            yield SameAudio(other.id, other.title, other.artist, pair.tie.value, *measured)


def _origins(detail: RecordingDetail) -> tuple[tuple[WhereFrom, ...], tuple[Rows, ...]]:
    locations = tuple(
        WhereFrom(known.uri, known.access.value, known.length, known.sha256, known.media_type)
        for known in detail.locations
    )
    return locations, tuple(Rows(*key, rows) for key, rows in detail.rows_by_key().items())
