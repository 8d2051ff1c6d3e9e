"""What one decode of a file teaches us."""

from dataclasses import dataclass
from enum import StrEnum

from tenuto.model.ids import Sha256


class Integrity(StrEnum):
    """The verdict on a file."""

    SOUND = "sound"
    DAMAGED = "damaged"
    """Decodes, with faults on the way."""
    UNPLAYABLE = "unplayable"
    """Nothing, or nothing useful, could be decoded."""


@dataclass(frozen=True, slots=True)
class Loudness:
    """EBU R128 / ITU-R BS.1770-4. None where the signal is too short or too quiet to measure."""

    integrated_lufs: float | None
    range_lu: float | None
    true_peak_dbtp: float | None


@dataclass(frozen=True, slots=True)
class Characterisation:
    """One file, decoded to its end once."""

    container: str
    codec: str
    sample_rate_hz: int
    channels: int
    duration_ms: int
    """Of the decoded samples; never what a header declares."""
    bit_rate: int
    """Bits per second of the compressed audio packets."""
    integrity: Integrity
    faults: tuple[str, ...]
    """Human-readable, in order of appearance, at most 20."""
    loudness: Loudness
    essence: Sha256
    """SHA-256 over the compressed audio packets, without container and tags."""
    peaks: bytes
    """Waveform for the player: one unsigned byte (|sample| maximum, 255 = full scale) per bucket,
    at most 800 buckets of equal duration."""
