"""One file, one demux and decode: verdict, properties, loudness, essence, waveform, access copy."""

from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

from av.audio.frame import AudioFrame

from tenuto.audio import containers, fingerprint
from tenuto.audio.access import AccessCopy, AccessSpec, OpusWriter
from tenuto.audio.art import front_cover
from tenuto.audio.consumers import Consumer
from tenuto.audio.containers.walk import Walk
from tenuto.audio.demux import Demuxed, captured_logs
from tenuto.audio.faults import Faults
from tenuto.audio.limits import DEFAULT_LIMITS, Limits
from tenuto.audio.measure import Meter
from tenuto.audio.pcm import PcmDigest
from tenuto.audio.signal import SignalFacts
from tenuto.audio.waveform import Waveform
from tenuto.model.audio import Characterisation, Integrity, Loudness
from tenuto.model.errors import BadInputError

_PCM_BITS: Final = {f"pcm_s{bits}{order}": bits for bits in (16, 24, 32) for order in ("le", "be")}
"""Codecs that state the bits of their samples by their names."""


@dataclass(frozen=True, slots=True)
class Characterised:
    """`access` is None where none was asked for, or where the file couldn't be decoded to its end."""

    characterisation: Characterisation
    access: AccessCopy | None


def characterise(
    path: Path,
    access: AccessSpec | None = None,
    access_path: Path | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Characterised:
    """Decodes `path` to its end, once; writes the access copy to `access_path` on the way if asked.

    A file that can't be played is no exception but a verdict. Raises `BadInputError` when the file
    can't be read at all, or when the access copy came out wrong.
    """
    faults = Faults(path)
    try:
        walked = containers.walk(path, faults)
    except OSError as error:
        raise BadInputError(
            f"can't be read: {error.strerror}", where=str(path), remedy="Check the disk and the permissions"
        ) from error
    with captured_logs() as logs, ExitStack() as stack:
        demuxed = Demuxed(path, faults, logs, limits)
        writer = None
        if access is not None and access_path is not None:
            writer = stack.enter_context(OpusWriter(access_path, access))
        decoded = _Decoded(demuxed, walked)
        if refused := limits.refuse(walked.header):
            faults.add(refused, severity=Integrity.UNPLAYABLE, second=0, byte=0)
        else:
            decoded.run(writer)
        meter = decoded.meter
        if meter is None:
            _explain_silence(faults, walked)
        elif demuxed.complete:
            decoded.compare(faults)
        copy = None
        if writer is not None and access is not None:
            whole = meter if demuxed.complete else None
            picture = (
                access.picture if access.picture is not None else front_cover(path, limits.picture_bytes)
            )
            copy = _finished(writer, whole, picture)
    return Characterised(_described(demuxed, decoded, faults), copy)


class _Decoded:
    """What comes out of the decoder, once, for all who want it."""

    def __init__(self, demuxed: Demuxed, walked: Walk) -> None:
        self._demuxed, self._walked = demuxed, walked
        self.meter: Meter | None = None
        """None as long as not one frame came out."""
        self.samples = 0
        """A channel."""
        self.waveform = Waveform()
        self.signal: SignalFacts | None = None
        self.fingerprint: fingerprint.Fingerprint | None = None
        self._digest: PcmDigest | None = None

    def run(self, writer: OpusWriter | None) -> None:
        """To the end of the file, or to a limit."""
        for frame in self._demuxed.frames():
            if self.meter is None:
                self.meter = self._begin(frame)
            self.samples += frame.samples
            if self._digest:
                self._digest.add(frame)
            for portion in self.meter.add(frame):
                if writer:
                    writer.add(portion)
        for portion in self.meter.finish() if self.meter else ():
            if writer:
                writer.add(portion)

    def _begin(self, frame: AudioFrame) -> Meter:
        """All that needs to know the samples' form."""
        rate, channels = frame.sample_rate, len(frame.layout.channels)
        bits = self._walked.bits or _PCM_BITS.get(self._demuxed.codec)
        self._digest = PcmDigest(bits) if bits else None
        self.signal = SignalFacts(rate, channels)
        consumers: list[Consumer] = [self.waveform, self.signal]
        if fingerprint.available():
            self.fingerprint = fingerprint.Fingerprint(rate, channels)
            consumers.append(self.fingerprint)
        return Meter(frame, consumers)

    def pcm_md5(self) -> str | None:
        return self._digest.finish() if self._digest else None

    def compare(self, faults: Faults) -> None:
        """With what the encoder noted of its samples."""
        due, found = self._walked.samples, self.pcm_md5()
        if due is not None and due != self.samples:
            rate = self.meter.rate if self.meter else 1
            faults.add(
                f"{self.samples} samples of the {due} that the file declares", second=self.samples / rate
            )
        if self._walked.pcm_md5 is not None and found is not None and found != self._walked.pcm_md5:
            faults.add("the decoded samples don't match the file's own MD5")


def _finished(writer: OpusWriter, meter: Meter | None, picture: bytes | None) -> AccessCopy | None:
    if meter is None:
        writer.abandon()
        return None
    return writer.finish(Fraction(meter.samples, meter.rate), picture)


def _explain_silence(faults: Faults, walked: Walk) -> None:
    if walked.explanation:
        faults.add(walked.explanation, severity=Integrity.UNPLAYABLE)
    if not faults:
        faults.add("no sample could be decoded", severity=Integrity.UNPLAYABLE)


def _described(demuxed: Demuxed, decoded: _Decoded, faults: Faults) -> Characterisation:
    meter = decoded.meter
    samples, rate = (meter.samples, meter.rate) if meter else (0, 1)
    found = faults.all()
    integrity = Integrity.DAMAGED if found else Integrity.SOUND
    return Characterisation(
        container=demuxed.container,
        codec=demuxed.codec,
        sample_rate_hz=rate if meter else 0,
        channels=meter.channels if meter else 0,
        duration_ms=samples * 1000 // rate,
        bit_rate=demuxed.packet_bytes * 8 * rate // samples if samples else 0,
        integrity=integrity if samples else Integrity.UNPLAYABLE,
        faults=found,
        loudness=meter.loudness() if meter else Loudness(None, None, None),
        essence=demuxed.essence(),
        pcm_md5=decoded.pcm_md5(),
        signal=decoded.signal.finish() if decoded.signal else None,
        fingerprint=decoded.fingerprint.finish() if decoded.fingerprint else None,
        peaks=decoded.waveform.finish(),
    )
