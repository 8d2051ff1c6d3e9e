"""Access copies: Opus (RFC 6716) in Ogg (RFC 7845), with tags and art inside, the same bytes every time."""

import base64
from dataclasses import dataclass, fields
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.codec.context import Flags
from av.packet import Packet
from mutagen import MutagenError
from mutagen.flac import Picture
from mutagen.oggopus import OggOpus

from tenuto.audio.consumers import Block
from tenuto.audio.containers import ogg
from tenuto.audio.faults import Faults
from tenuto.audio.quality import Comparison, Quality
from tenuto.model.errors import BadInputError

OPUS_RATE: Final = 48_000
_FRAME: Final = 960
"""20 ms."""
_COMPLEXITY: Final = "5"
"""ViSQOL 4.325 against 4.330 at 10, in three quarters of the time."""
_FAR_DB: Final = 5.0
"""Copies of real music at 48 kbit/s are about 1.2 dB from their source, at 96 half of that."""
_LOUDER_LU: Final = 2.0
"""Either way. Copies of real music keep to 0.4, those of short noises to 1.4."""
_TOLERANCE: Final = 0.05
"""Seconds by which a copy's duration may differ from its source's."""


@dataclass(frozen=True, slots=True)
class TagSet:
    """What a listener's player shows. Empty values are left out; names are those of Vorbis comments."""

    title: str
    artist: str
    album: str = ""
    date: str = ""
    tracknumber: str = ""
    discnumber: str = ""
    genre: str = ""
    license: str = ""
    """A URL where there is one (as Creative Commons asks), else an SPDX expression."""
    tenuto_recording: str = ""

    def comments(self) -> dict[str, str]:
        """By comment name, without control characters and lone surrogates."""
        values = {field.name.upper(): _clean(getattr(self, field.name)) for field in fields(self)}
        return {name: value for name, value in values.items() if value}


@dataclass(frozen=True, slots=True)
class AccessSpec:
    """How to encode. `picture` is JPEG or PNG; None takes the source's own front cover."""

    tags: TagSet
    bit_rate: int = 96_000
    """Bits per second, variable rate."""
    picture: bytes | None = None


@dataclass(frozen=True, slots=True)
class AccessCopy:
    """A finished copy; not yet durable, not yet hashed."""

    path: Path
    duration_ms: int
    quality: Quality | None
    """None where there was less than half a second to hear."""
    media_type: str = "audio/ogg; codecs=opus"
    extension: str = "opus"


class OpusWriter:
    """A consumer that writes the copy. Leaves no file behind when it fails."""

    def __init__(self, path: Path, spec: AccessSpec) -> None:
        self._path, self._spec = path, spec
        options = {"fflags": "+bitexact", "serial_offset": str(_serial(spec))}
        self._output = av.open(str(path.absolute()), "w", format="ogg", options=options)
        self._resampler: AudioResampler | None = None
        self._fed = 0
        self._comparison = Comparison()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._output.close()
        if kind is not None:
            self._path.unlink(missing_ok=True)

    def add(self, block: Block) -> None:
        """The next samples."""
        if self._resampler is None:
            layout = "mono" if len(block.samples) == 1 else "stereo"
            self._resampler = AudioResampler("flt", layout, OPUS_RATE, _FRAME)
            stream = self._output.add_stream(
                "libopus", rate=OPUS_RATE, options={"compression_level": _COMPLEXITY, "application": "audio"}
            )
            context = stream.codec_context
            assert isinstance(context, AudioCodecContext)
            context.layout, context.bit_rate = layout, self._spec.bit_rate
            context.flags |= Flags.bitexact
            context.thread_count = 1
        self._encode(self._resampler.resample(block.frame))

    def abandon(self) -> None:
        """Nothing is to be left of it."""
        self._output.close()
        self._path.unlink(missing_ok=True)

    def finish(self, seconds: Fraction, picture: bytes | None) -> AccessCopy:
        """Writes the end, the tags and the art, and proves that the copy is whole.

        `seconds` is the source's decoded duration. Raises `BadInputError` for a bad copy.
        """
        if self._resampler is None:
            raise BadInputError("nothing to encode", where=self._path.name)
        self._encode(self._resampler.resample(None))
        self._mux(self._output.streams.audio[0].encode(None))
        self._output.close()
        _write_tags(self._path, self._spec.tags, picture)
        return AccessCopy(
            self._path, _checked_duration(self._path, seconds), _checked_quality(self._path, self._comparison)
        )

    def _encode(self, frames: list[AudioFrame]) -> None:
        stream = self._output.streams.audio[0]
        for frame in frames:
            frame.pts, frame.time_base = self._fed, Fraction(1, OPUS_RATE)
            self._fed += frame.samples
            self._comparison.source(frame)
            self._mux(stream.encode(frame))

    def _mux(self, packets: "list[Packet[AudioStream]]") -> None:
        head = self._output.streams.audio[0].codec_context.extradata
        for packet in packets:
            self._comparison.copy(packet, head)
            self._output.mux(packet)


def _clean(value: str) -> str:
    value = "".join(char if char.isprintable() else " " for char in value)
    return " ".join(value.encode("utf-8", "replace").decode().split())[:1000]


def _serial(spec: AccessSpec) -> int:
    """The Ogg stream's number, from what the copy is of: random ones would change the bytes."""
    text = "\n".join(f"{name}={value}" for name, value in sorted(spec.tags.comments().items()))
    return int.from_bytes(sha256(text.encode()).digest()[:4], "big") % (2**31 - 1)


def _write_tags(path: Path, tags: TagSet, picture: bytes | None) -> None:
    file = OggOpus(path)  # type: ignore[no-untyped-call]  # mutagen has no types
    file.clear()  # type: ignore[no-untyped-call]  # mutagen has no types
    for name, value in tags.comments().items():
        file[name] = [value]
    if picture and (media_type := picture_type(picture)):
        block = Picture()  # type: ignore[no-untyped-call]  # mutagen has no types
        block.type, block.mime, block.data = 3, media_type, picture
        written = block.write()  # type: ignore[no-untyped-call]  # mutagen has no types
        file["METADATA_BLOCK_PICTURE"] = [base64.b64encode(written).decode("ascii")]
    try:
        file.save(path, padding=lambda _: 0)
    except MutagenError as error:
        # mutagen wraps the system's errors; a full disk must show as what it is.
        raise (error.__context__ if isinstance(error.__context__, OSError) else error) from None


def picture_type(data: bytes) -> str:
    """`image/jpeg`, `image/png`, or "" for anything else."""
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    return "image/png" if data.startswith(b"\x89PNG\r\n\x1a\n") else ""


def _checked_duration(path: Path, seconds: Fraction) -> int:
    """Milliseconds by the copy's own pages: granule position of the end less the pre-skip (RFC 7845)."""
    faults = Faults(path)
    copied = Fraction(ogg.opus_samples(path, faults), OPUS_RATE)
    if faults:
        raise BadInputError(f"a faulty access copy: {faults.all()[0]}", where=path.name)
    if abs(copied - seconds) > _TOLERANCE:
        raise BadInputError(
            f"the access copy lasts {float(copied):.3f} s, its source {float(seconds):.3f} s", where=path.name
        )
    return int(copied * 1000)


def _checked_quality(path: Path, comparison: Comparison) -> Quality | None:
    found = comparison.finish()
    if found is not None and (found.distance_db > _FAR_DB or abs(found.loudness_lu) > _LOUDER_LU):
        raise BadInputError(
            f"the access copy is {found.distance_db} dB in spectrum and {found.loudness_lu} LU in loudness "
            "from its source",
            where=path.name,
            remedy="Keep the original instead, or a higher bit rate",
        )
    return found
