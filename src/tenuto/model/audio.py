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
class Fault:
    """What is wrong with a file, and where it shows."""

    what: str
    severity: Integrity
    """`DAMAGED`: some of the audio is lost or in doubt. `UNPLAYABLE`: all of it is."""
    second: float | None
    """Of the audio: what comes before was sound. None where the fault has no place."""
    byte: int | None
    """Of the file."""

    def __str__(self) -> str:
        places = [f"at {self.second:.3f} s" if self.second is not None else ""]
        places += [f"byte {self.byte:,}" if self.byte is not None else ""]
        place = ", ".join(filter(None, places))
        return f"{self.what} ({place})" if place else self.what


@dataclass(frozen=True, slots=True)
class Loudness:
    """EBU R128 / ITU-R BS.1770-4. None where the signal is too short or too quiet to measure."""

    integrated_lufs: float | None
    range_lu: float | None
    true_peak_dbtp: float | None


@dataclass(frozen=True, slots=True)
class Signal:
    """Facts about the samples, for whoever judges a transfer or a rip."""

    silence_begin_ms: int
    """Before the first sample of -60 dBFS or more; the whole duration where there is none."""
    silence_end_ms: int
    """After the last one."""
    clipped_runs: int
    """Runs of three samples or more at full scale in one channel."""
    dc_offset: tuple[float, ...]
    """Mean of each channel's samples; full scale is 1."""
    correlation: float | None
    """Of two channels: 1 is mono, -1 mono with one channel inverted. None for other numbers and silence."""
    cutoff_hz: int | None
    """Where the spectrum ends steeply below its end: advisory, for "lossless" audio that was lossy once."""


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
    faults: tuple[Fault, ...]
    """In the order in which they were found, at most 20."""
    loudness: Loudness
    essence: Sha256
    """SHA-256 over the compressed audio packets, without container and tags."""
    pcm_md5: str | None
    """Of lossless audio: MD5 over the decoded samples, as FLAC has it. None where their bits aren't known."""
    signal: Signal | None
    """None where nothing was decoded."""
    fingerprint: str | None
    """Chromaprint's of the first two minutes, as AcoustID takes it. None where there is none."""
    peaks: bytes
    """Waveform for the player: one unsigned byte (|sample| maximum, 255 = full scale) per bucket,
    at most 800 buckets of equal duration."""
    spectrogram: bytes
    """PNG: time to the right, frequency upwards to half the sample rate. Empty where there is none."""
