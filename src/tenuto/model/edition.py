"""Editions: what is published."""

from dataclasses import dataclass

from tenuto.model.audio import Characterisation
from tenuto.model.catalogue import RecordingSummary
from tenuto.model.ids import EditionId, RecordingId, Sha256, SnapshotId
from tenuto.model.objects import Holding, ObjectDigests
from tenuto.model.plan import Tier
from tenuto.model.source import Identifier


@dataclass(frozen=True, slots=True)
class Publishable:
    """All that a volume says of one recording. Publishing takes only `Cleared[Publishable]`."""

    recording: RecordingSummary
    identifiers: tuple[Identifier, ...]
    holding: Holding
    digests: ObjectDigests
    characterisation: Characterisation


@dataclass(frozen=True, slots=True)
class VolumeEntry:
    """One file of a volume, in torrent order. `recording` is None for the volume's own papers."""

    path: str
    """Relative to the volume's folder, `/` between components."""
    object: Sha256
    length: int
    recording: RecordingId | None


@dataclass(frozen=True, slots=True)
class VolumeSummary:
    """One torrent and its v1-only twin."""

    name: str
    """Also the torrent's name and the folder's."""
    band: tuple[int, int]
    """Lowest and highest popularity, both inclusive."""
    recordings: int
    files: int
    bytes: int
    infohash_v1: str
    """SHA-1 of the hybrid's info dictionary, 40 hexadecimal digits."""
    infohash_v2: str
    """SHA-256 of the hybrid's info dictionary, 64 hexadecimal digits (BEP 52)."""
    infohash_twin: str
    """SHA-1 of the v1-only twin's info dictionary."""
    magnet: str
    magnet_twin: str


@dataclass(frozen=True, slots=True)
class EditionSummary:
    """One publication."""

    id: EditionId
    snapshot: SnapshotId
    volumes: tuple[VolumeSummary, ...]
    recordings: int
    bytes: int
    synthetic_listens: bool
    refused: dict[str, int]
    """Held but dark, by reason."""


@dataclass(frozen=True, slots=True)
class PublishedPlace:
    """Where in an edition a recording stands."""

    edition: EditionId
    volume: str
    path: str
    file_index: int
    offset: int
    """Bytes from the start of the torrent's payload, padding included."""
    length: int
    tier: Tier
    object: Sha256
    pieces_root: str
