"""Opening and decoding a file that nobody trusts."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Final

import av
import av.logging
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container.input import InputContainer
from av.packet import Packet

from tenuto.audio.faults import Faults
from tenuto.audio.limits import Limits
from tenuto.model.ids import Sha256

FORMATS: Final = "aac,aiff,ape,asf,au,caf,dsf,flac,matroska,webm,mov,mp4,m4a,mp3,mpc,mpc8,ogg,tta,w64,wav,wv"
"""Formats that carry audio and refer to no other file (an `ffconcat` text would)."""

_DETECT: Final = "crccheck+bitstream+buffer"
_OUR_TOOLS: Final = frozenset({"libopus", "SWR", "ebur128", "abuffer", "abuffersink", "aresample", "opus"})
_ART: Final = frozenset({"png", "mjpeg", "bmp", "gif", "tiff", "webp", "image2"})
"""Decoders of embedded pictures: a broken cover is no fault of the audio."""
_HARMLESS: Final = re.compile(
    "Estimating duration from bitrate|Discarding ID3 tags|Could not update timestamps|Could not find codec"
    " parameters for stream|Consider increasing the value for the 'analyzeduration'|Incorrect BOM value"
    "|^bits_left=[0-9]|Error reading comment frame|Error reading frame .*, skipped|Could not parse cover art"
    "|^invalid pts -"
)
"""Of tags, art, declared durations, and bits of MP3 frames that encoders left unused: says nothing
against the audio."""

_Form = tuple[str, str, int]
"""Sample format, layout, rate."""


@contextmanager
def captured_logs() -> Iterator[list[tuple[int, str, str]]]:
    """What FFmpeg logs at WARNING or above in this thread, repeated lines too."""
    level, skip = av.logging.get_level(), av.logging.get_skip_repeated()
    av.logging.set_level(av.logging.WARNING)
    av.logging.set_skip_repeated(False)
    try:
        with av.logging.Capture(local=True) as logs:
            yield logs
    finally:
        av.logging.set_level(level)
        av.logging.set_skip_repeated(skip)


class Demuxed:
    """One audio stream of one file: packets in, frames out, with the essence digest on the way."""

    def __init__(
        self,
        path: Path,
        faults: Faults,
        logs: list[tuple[int, str, str]],
        limits: Limits,
        probe_bytes: int | None,
    ) -> None:
        self.container = ""
        self.codec = ""
        self.packet_bytes = 0
        self.complete = False
        """Decoded to the end, without reaching a limit."""
        self._path, self._faults, self._logs, self._limits = path, faults, logs, limits
        self._options = {
            "format_whitelist": FORMATS,
            "protocol_whitelist": "file",
            "err_detect": _DETECT,
        }
        if probe_bytes is not None:
            self._options["probesize"] = str(probe_bytes)
        self._seconds = 0.0
        self._byte: int | None = None
        self._essence = sha256()
        self._format: _Form | None = None

    def essence(self) -> Sha256:
        return Sha256(self._essence.hexdigest())

    def frames(self) -> Iterator[AudioFrame]:
        """All decoded frames, alike in format, layout and rate. Faults are recorded, not raised."""
        try:
            with av.open(
                str(self._path.absolute()),
                options=self._options,
                metadata_errors="replace",
            ) as container:
                self.container = container.format.name.split(",")[0]
                if not container.streams.audio:
                    self._fault("no audio stream")
                    return
                yield from self._decoded(container, container.streams.audio[0])
        except (av.FFmpegError, ValueError, UnicodeError) as error:
            self._drain()
            self._fault(_words(error))
        self._drain()

    def _decoded(self, container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
        context = stream.codec_context
        context.thread_count = 1
        context.options = {"err_detect": _DETECT}
        self.codec = context.codec.canonical_name
        for packet in container.demux(stream):
            self._byte = packet.pos if packet.size else self._byte
            for frame in self._decode(packet):
                found = (frame.format.name, frame.layout.name, frame.sample_rate)
                if refusal := self._refusal(frame, found):
                    self._fault(refusal)
                    return
                self._seconds += frame.samples / frame.sample_rate
                if found == self._format:
                    yield frame
                else:
                    yield from self._converted(frame, found)
            if self._logs:
                self._drain()
        self.complete = True

    def _fault(self, what: str) -> None:
        """At the packet in hand."""
        self._faults.add(what, second=self._seconds, byte=self._byte)

    def _drain(self) -> None:
        """Takes what FFmpeg has logged, and empties the list so that a hostile file can't fill memory."""
        for _, name, message in self._logs:
            if name not in _OUR_TOOLS | _ART and not _HARMLESS.search(message):
                self._fault(f"{name}: {message.strip()}")
        self._logs.clear()

    def _decode(self, packet: "Packet[AudioStream]") -> list[AudioFrame]:
        if packet.size > self._limits.packet_bytes:
            self._fault(f"a packet of {packet.size} bytes")
            return []
        if packet.size == 0 and packet.pts is not None:
            return []  # legal in Ogg, but the decoder would take it for the end
        if packet.size:
            self._essence.update(packet)
            self.packet_bytes += packet.size
        try:
            return [frame for frame in packet.decode() if frame.samples]
        except av.FFmpegError as error:
            self._drain()
            self._fault(_words(error))
            return []

    def _refusal(self, frame: AudioFrame, found: _Form) -> str:
        limits = self._limits
        if found != self._format:
            if len(frame.layout.channels) > limits.channels:
                return f"{len(frame.layout.channels)} channels, more than {limits.channels}"
            if not 0 < frame.sample_rate <= limits.sample_rate_hz:
                return f"a sample rate of {frame.sample_rate} Hz"
        if self._seconds > limits.seconds:
            return f"longer than {limits.seconds} s: decoding stopped"
        return ""

    def _converted(self, frame: AudioFrame, found: _Form) -> list[AudioFrame]:
        """To the form of the first frame."""
        if self._format is None:
            self._format = found
            return [frame]
        self._fault(f"changes from {self._format} to {found} on the way")
        frame.pts = None
        resampler = AudioResampler(*self._format)
        return [*resampler.resample(frame), *resampler.resample(None)]


def _words(error: Exception) -> str:
    return str(error.strerror) if isinstance(error, av.FFmpegError) and error.strerror else str(error)
