"""One file, one demux and decode: verdict, properties, what consumers learn, access copy."""

from contextlib import ExitStack
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Final

from av.audio.frame import AudioFrame

from tenuto.audio import containers, fingerprint
from tenuto.audio.access import AccessCopy, AccessSpec, OpusWriter
from tenuto.audio.art import front_cover
from tenuto.audio.consumers import Blocks, Consumer
from tenuto.audio.containers.walk import Walk
from tenuto.audio.demux import Demuxed, captured_logs
from tenuto.audio.faults import Faults
from tenuto.audio.fingerprint import Fingerprint
from tenuto.audio.limits import DEFAULT_LIMITS, Limits
from tenuto.audio.loudness import LoudnessMeter
from tenuto.audio.pcm import PcmDigest
from tenuto.audio.peak import TruePeak
from tenuto.audio.signal import SignalFacts
from tenuto.audio.spectrogram import Spectrogram
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
        demuxed = Demuxed(path, faults, logs, limits, walked.probe_bytes)
        writer = None
        if access is not None and access_path is not None:
            writer = stack.enter_context(OpusWriter(access_path, access))
        lessons: _Lessons | None = None
        if refused := limits.refuse(walked.header):
            faults.add(refused, severity=Integrity.UNPLAYABLE, second=0, byte=0)
        else:
            lessons = _learn(demuxed, walked, writer)
        if lessons is None:
            _explain_silence(faults, walked)
        elif demuxed.complete:
            _compare(lessons, walked, faults)
        copy = None
        if writer is not None and access is not None:
            copy = _finished(writer, lessons if demuxed.complete else None, _picture(path, access, limits))
    return Characterised(_described(demuxed, lessons, faults), copy)


class _Lessons:
    """All who learn from the decoded audio, each frame of it handed to them once."""

    def __init__(self, first: AudioFrame, bits: int | None, writer: OpusWriter | None) -> None:
        rate, layout = first.sample_rate, first.layout
        channels = len(layout.channels)
        self.loudness, self.peak = LoudnessMeter(rate, layout.name), TruePeak(rate, channels)
        self.waveform, self.spectrogram = Waveform(), Spectrogram()
        self.signal = SignalFacts(rate, channels)
        self.fingerprint = Fingerprint(rate, channels) if fingerprint.available() else None
        self.pcm_md5: str | None = None
        self._digest = PcmDigest(bits) if bits else None
        consumers: tuple[Consumer | None, ...] = (
            *(self.loudness, self.peak, self.waveform, self.spectrogram, self.signal),
            *(self.fingerprint, writer),
        )
        self.blocks = Blocks(first, [consumer for consumer in consumers if consumer is not None])

    def add(self, frame: AudioFrame) -> None:
        if self._digest:
            self._digest.add(frame)
        self.blocks.add(frame)

    def finish(self) -> None:
        """After the last frame."""
        self.blocks.flush()
        self.pcm_md5 = self._digest.finish() if self._digest else None


def _learn(demuxed: Demuxed, walked: Walk, writer: OpusWriter | None) -> _Lessons | None:
    """To the end of the file, or to a limit; None where not one frame comes out."""
    lessons = None
    for frame in demuxed.frames():
        lessons = lessons or _Lessons(frame, walked.bits or _PCM_BITS.get(demuxed.codec), writer)
        lessons.add(frame)
    if lessons:
        lessons.finish()
    return lessons


def _compare(lessons: _Lessons, walked: Walk, faults: Faults) -> None:
    """With what the encoder noted of its samples."""
    due, found = walked.samples, lessons.blocks.samples
    if due is not None and due != found:
        faults.add(f"{found} samples of the {due} that the file declares", second=found / lessons.blocks.rate)
    if None not in {walked.pcm_md5, lessons.pcm_md5} and lessons.pcm_md5 != walked.pcm_md5:
        faults.add("the decoded samples don't match the file's own MD5")


def _picture(path: Path, access: AccessSpec, limits: Limits) -> bytes | None:
    return access.picture if access.picture is not None else front_cover(path, limits.picture_bytes)


def _finished(writer: OpusWriter, lessons: _Lessons | None, picture: bytes | None) -> AccessCopy | None:
    if lessons is None:
        writer.abandon()
        return None
    return writer.finish(Fraction(lessons.blocks.samples, lessons.blocks.rate), picture)


def _explain_silence(faults: Faults, walked: Walk) -> None:
    if walked.explanation:
        faults.add(walked.explanation, severity=Integrity.UNPLAYABLE)
    if not faults:
        faults.add("no sample could be decoded", severity=Integrity.UNPLAYABLE)


def _described(demuxed: Demuxed, lessons: _Lessons | None, faults: Faults) -> Characterisation:
    found = faults.all()
    described = Characterisation(
        container=demuxed.container,
        codec=demuxed.codec,
        sample_rate_hz=0,
        channels=0,
        duration_ms=0,
        bit_rate=0,
        integrity=Integrity.UNPLAYABLE,
        faults=found,
        loudness=Loudness(None, None, None),
        essence=demuxed.essence(),
        pcm_md5=None,
        signal=None,
        fingerprint=None,
        peaks=b"",
        spectrogram=b"",
    )
    if lessons is None:
        return described
    samples, rate = lessons.blocks.samples, lessons.blocks.rate
    return replace(
        described,
        sample_rate_hz=rate,
        channels=lessons.blocks.channels,
        duration_ms=samples * 1000 // rate,
        bit_rate=demuxed.packet_bytes * 8 * rate // samples,
        integrity=Integrity.DAMAGED if found else Integrity.SOUND,
        loudness=Loudness(*lessons.loudness.finish(), lessons.peak.finish()),
        pcm_md5=lessons.pcm_md5,
        signal=lessons.signal.finish(),
        fingerprint=lessons.fingerprint.finish() if lessons.fingerprint else None,
        peaks=lessons.waveform.finish(),
        spectrogram=lessons.spectrogram.finish(),
    )
