"""A characterisation as canonical JSON (RFC 8785), and back. See docs/formats/characterisation.md."""

from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64
from dataclasses import asdict
from typing import Annotated, Final, Literal

import msgspec
import rfc8785

from tenuto.model.audio import Characterisation, Fault, Integrity, Loudness, Signal
from tenuto.model.errors import BadInputError
from tenuto.model.ids import Sha256

VERSION: Final = 3
MAX_FAULTS: Final = 20
MAX_BUCKETS: Final = 800
MAX_CHANNELS: Final = 64
MAX_PICTURE_BYTES: Final = 30_000


_Count = Annotated[int, msgspec.Meta(ge=0)]
_Md5 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
_Fingerprint = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_-]+$", max_length=16_384)]
_Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class _Loudness(msgspec.Struct, forbid_unknown_fields=True):
    integrated_lufs: float | None
    range_lu: float | None
    true_peak_dbtp: float | None


class _Signal(msgspec.Struct, forbid_unknown_fields=True):
    silence_begin_ms: _Count
    silence_end_ms: _Count
    clipped_runs: _Count
    dc_offset: Annotated[list[float], msgspec.Meta(max_length=MAX_CHANNELS)]
    correlation: float | None
    cutoff_hz: _Count | None


class _Fault(msgspec.Struct, forbid_unknown_fields=True):
    what: str
    severity: Literal["damaged", "unplayable"]
    second: float | None
    byte: _Count | None


class _Document(msgspec.Struct, forbid_unknown_fields=True):
    version: Literal[3]
    container: str
    codec: str
    sample_rate_hz: _Count
    channels: _Count
    duration_ms: _Count
    bit_rate: _Count
    integrity: Integrity
    faults: Annotated[list[_Fault], msgspec.Meta(max_length=MAX_FAULTS)]
    loudness: _Loudness
    essence: _Sha256
    pcm_md5: _Md5 | None
    signal: _Signal | None
    fingerprint: _Fingerprint | None
    peaks: Annotated[str, msgspec.Meta(max_length=-(-MAX_BUCKETS // 3) * 4)]
    spectrogram: Annotated[str, msgspec.Meta(max_length=MAX_PICTURE_BYTES // 3 * 4)]


def encode(characterisation: Characterisation) -> bytes:
    """Canonical bytes: equal characterisations give equal bytes."""
    fields = asdict(characterisation)
    fields["version"] = VERSION
    fields["integrity"] = characterisation.integrity.value
    fields["faults"] = [
        asdict(fault) | {"severity": fault.severity.value} for fault in characterisation.faults
    ]
    for name in ("peaks", "spectrogram"):
        fields[name] = b2a_base64(fields[name], newline=False).decode("ascii")
    return rfc8785.dumps(fields)


def decode(data: bytes) -> Characterisation:
    """Raises `BadInputError` with the path to the fault."""
    try:
        document = msgspec.json.decode(data, type=_Document)
        peaks, spectrogram = (
            a2b_base64(text, strict_mode=True) for text in (document.peaks, document.spectrogram)
        )
    except (msgspec.MsgspecError, Base64Error, ValueError) as error:
        raise BadInputError(
            f"not a characterisation: {error}", remedy="Characterise the file again"
        ) from error
    loudness, signal = document.loudness, document.signal
    return Characterisation(
        container=document.container,
        codec=document.codec,
        sample_rate_hz=document.sample_rate_hz,
        channels=document.channels,
        duration_ms=document.duration_ms,
        bit_rate=document.bit_rate,
        integrity=document.integrity,
        faults=tuple(
            Fault(each.what, Integrity(each.severity), each.second, each.byte) for each in document.faults
        ),
        loudness=Loudness(loudness.integrated_lufs, loudness.range_lu, loudness.true_peak_dbtp),
        essence=Sha256(document.essence),
        pcm_md5=document.pcm_md5,
        signal=None
        if signal is None
        else Signal(
            *(signal.silence_begin_ms, signal.silence_end_ms, signal.clipped_runs),
            *(tuple(signal.dc_offset), signal.correlation, signal.cutoff_hz),
        ),
        fingerprint=document.fingerprint,
        peaks=peaks,
        spectrogram=spectrogram,
    )
