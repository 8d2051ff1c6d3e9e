"""One file, one demux and decode: verdict, properties, loudness, essence, waveform, access copy."""

from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from tenuto.audio import ogg
from tenuto.audio.access import AccessCopy, AccessSpec, OpusWriter
from tenuto.audio.art import front_cover
from tenuto.audio.demux import Demuxed, Faults, captured_logs
from tenuto.audio.limits import DEFAULT_LIMITS, Header, Limits, read_header
from tenuto.audio.measure import Meter
from tenuto.model.audio import Characterisation, Integrity, Loudness
from tenuto.model.errors import BadInputError


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
        walked = ogg.walk(path)
        header = Header(walked.header_bytes) if walked else read_header(path)
    except OSError as error:
        raise BadInputError(
            f"can't be read: {error.strerror}", where=str(path), remedy="Check the disk and the permissions"
        ) from error
    with captured_logs() as logs, ExitStack() as stack:
        demuxed = Demuxed(path, faults, logs, limits)
        writer = None
        if access is not None and access_path is not None:
            writer = stack.enter_context(OpusWriter(access_path, access))
        meter = None
        if refused := limits.refuse(header):
            faults.add(refused)
        else:
            meter = _decode(demuxed, writer)
        for fault in walked.faults if walked else ():
            faults.add(fault)
        if meter is None:
            _explain_silence(faults, walked)
        copy = None
        if writer is not None and access is not None:
            whole = meter if demuxed.complete else None
            picture = (
                access.picture if access.picture is not None else front_cover(path, limits.picture_bytes)
            )
            copy = _finished(writer, whole, picture)
    return Characterised(_described(demuxed, meter, faults), copy)


def _decode(demuxed: Demuxed, writer: OpusWriter | None) -> Meter | None:
    """None when not one frame came out."""
    meter = None
    for frame in demuxed.frames():
        meter = meter or Meter(frame)
        for portion in meter.add(frame):
            if writer:
                writer.add(portion)
    for portion in meter.finish() if meter else ():
        if writer:
            writer.add(portion)
    return meter


def _finished(writer: OpusWriter, meter: Meter | None, picture: bytes | None) -> AccessCopy | None:
    if meter is None:
        writer.abandon()
        return None
    return writer.finish(Fraction(meter.samples, meter.rate), picture)


def _explain_silence(faults: Faults, walked: ogg.OggWalk | None) -> None:
    if walked and walked.negative_granule is not None:
        faults.add(
            f"the granule position {walked.negative_granule} is below zero: the start was cut off,"
            " and FFmpeg refuses such a stream"
        )
    if not faults.all():
        faults.add("no sample could be decoded")


def _described(demuxed: Demuxed, meter: Meter | None, faults: Faults) -> Characterisation:
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
        peaks=meter.waveform.finish() if meter else b"",
    )
