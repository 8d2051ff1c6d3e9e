"""What to hold at which quality."""

from dataclasses import dataclass
from enum import StrEnum

from tenuto.model.ids import PlanId, RecordingId, SnapshotId


class Tier(StrEnum):
    """The quality at which a recording is held."""

    ORIGINAL = "original"
    """Bit for bit as the source has it."""
    ACCESS = "access"
    """An Opus access copy at the planned bit rate."""
    METADATA = "metadata"
    """Nothing held: the catalogue row only."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The planned tier of one recording. `bytes` is the expected size at that tier."""

    recording: RecordingId
    rank: int
    tier: Tier
    bytes: int
    listens: float


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """With `bytes` on disk, recordings that draw `listens` of all listens are held."""

    bytes: int
    recordings: int
    listens: float


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """What a plan comes to. Coverage is `listens_covered / listens_total`."""

    id: PlanId
    snapshot: SnapshotId
    budget_bytes: int
    bytes: int
    by_tier: dict[Tier, int]
    """Recordings by tier; their sum is the snapshot's number of recordings."""
    bytes_by_tier: dict[Tier, int]
    listens_covered: float
    listens_total: float
    synthetic: bool
    """True when the listens are drawn from a law instead of counted."""
