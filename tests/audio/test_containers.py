"""What a file's own lengths and checksums say, with the place; and no alarm on what is merely unusual."""

import struct
import tempfile
from itertools import pairwise
from pathlib import Path

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenuto.audio import characterise
from tenuto.audio.containers import walk
from tenuto.audio.containers.crc16 import crc16
from tenuto.audio.containers.ogg import opus_samples
from tenuto.audio.faults import Faults
from tenuto.model.audio import Characterisation, Fault, Integrity
from tests.audio.tones import tone


def of(path: Path) -> Characterisation:
    return characterise(path).characterisation


def faults_of(path: Path) -> tuple[Fault, ...]:
    """By the structure alone."""
    faults = Faults(path)
    walk(path, faults)
    return faults.all()


def only(path: Path) -> Fault:
    (fault,) = faults_of(path)
    return fault


def plain_crc16(data: bytes) -> int:
    """Bit by bit, as the polynomial is defined."""
    register = 0
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ (0xA001 if register & 1 else 0)
    return register


@given(
    st.binary(max_size=300) | st.integers(0, 20_000).map(lambda length: bytes(range(251)) * (length // 251))
)
@settings(max_examples=60)
def test_crc16_in_lanes_is_crc16(data: bytes) -> None:
    assert crc16(memoryview(data)) == plain_crc16(data)


def test_crc16_goes_on_from_block_to_block() -> None:
    data = bytes(2048 * 1024 * 2 + 77)[:-3] + b"end"
    assert crc16(memoryview(data)) == plain_crc16(b"end"), "zeros in front change nothing"
    assert plain_crc16(b"123456789") == 0xBB3D, "the check value of CRC-16/ARC"


class TestFlac:
    """RFC 9639."""

    @pytest.mark.parametrize("channels", [1, 2, 6])
    def test_the_digest_of_the_samples_is_the_one_that_the_encoder_wrote(
        self, tmp_path: Path, channels: int
    ) -> None:
        path = tone(tmp_path / "a.flac", channels=channels)
        assert of(path).pcm_md5 == path.read_bytes()[26:42].hex()

    def test_24_bits(self, tmp_path: Path) -> None:
        path = tmp_path / "a.flac"
        with av.open(str(tone(tmp_path / "a.wav"))) as source, av.open(str(path), "w") as output:
            stream = output.add_stream("flac", rate=48_000, options={"bits_per_raw_sample": "24"})
            stream.codec_context.format = av.AudioFormat("s32")
            stream.codec_context.layout = "stereo"
            resampler = av.AudioResampler("s32", "stereo", 48_000, 4096)
            for frame in source.decode(audio=0):
                for ready in resampler.resample(frame):
                    output.mux(stream.encode(ready))
            output.mux(stream.encode(None))
        found = of(path)
        assert int.from_bytes(path.read_bytes()[20:22], "big") >> 4 & 0x1F == 23, "24 bits, by STREAMINFO"
        assert (found.integrity, found.faults) == (Integrity.SOUND, ())
        assert found.pcm_md5 == path.read_bytes()[26:42].hex()

    def test_samples_that_differ_from_what_was_encoded(self, tmp_path: Path) -> None:
        path = tone(tmp_path / "a.flac")
        data = bytearray(path.read_bytes())
        data[30] ^= 1
        path.write_bytes(data)
        found = of(path)
        assert found.integrity is Integrity.DAMAGED
        assert [fault.what for fault in found.faults] == [
            "the decoded samples don't match the file's own MD5"
        ]

    def test_an_encoder_that_wrote_no_digest(self, tmp_path: Path) -> None:
        path = tone(tmp_path / "a.flac")
        data = bytearray(path.read_bytes())
        data[26:42] = bytes(16)
        path.write_bytes(data)
        found = of(path)
        assert found.integrity is Integrity.SOUND
        assert found.pcm_md5 is not None

    def test_a_wrong_frame_checksum_has_a_place(self, tmp_path: Path) -> None:
        path = tone(tmp_path / "a.flac", seconds=5)
        data = bytearray(path.read_bytes())
        data[len(data) * 2 // 5] ^= 1
        path.write_bytes(data)
        first = of(path).faults[0]
        assert first.second == pytest.approx(2.0, abs=0.6), "FFmpeg's parser looks a few frames ahead"
        assert first.byte == pytest.approx(len(data) * 2 // 5, abs=20_000)

    def test_fewer_samples_than_declared(self, tmp_path: Path) -> None:
        path = tone(tmp_path / "a.flac", seconds=5)
        data = path.read_bytes()
        path.write_bytes(data[: len(data) // 2])
        assert any("of the 240000 that the file declares" in fault.what for fault in of(path).faults)

    def test_an_id3_tag_in_front(self, tmp_path: Path) -> None:
        path = tone(tmp_path / "a.flac")
        path.write_bytes(b"ID3\x04\0\0\0\0\0\x0a" + bytes(10) + path.read_bytes())
        assert faults_of(path) == ()
        assert walk(path, Faults(path)).pcm_md5 is not None


class TestMpeg:
    """ISO/IEC 11172-3, and LAME's tag."""

    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        return tone(tmp_path / "a.mp3", seconds=5)

    def pieces(self, path: Path) -> list[bytes]:
        """What stands before the music, then its frames."""
        with av.open(str(path)) as container:
            places = [packet.pos for packet in container.demux(audio=0) if packet.size and packet.pos]
        data, bounds = path.read_bytes(), [0, *places, path.stat().st_size]
        return [data[low:high] for low, high in pairwise(bounds)]

    def test_a_changed_bit_anywhere_in_the_music(self, path: Path) -> None:
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 4
        path.write_bytes(data)
        assert "doesn't match the encoder's checksum" in only(path).what

    def test_a_missing_frame(self, path: Path) -> None:
        pieces = self.pieces(path)
        path.write_bytes(b"".join(pieces[:100] + pieces[101:]))
        assert "where the encoder counted 210 frames" in faults_of(path)[0].what

    def test_bytes_between_frames(self, path: Path) -> None:
        pieces = self.pieces(path)
        path.write_bytes(b"".join([*pieces[:100], b"garbage", *pieces[100:]]))
        first = faults_of(path)[0]
        assert first.what == "MPEG frame 100: 7 bytes before it belong to no frame"
        assert (first.second, first.byte) == (2.4, len(b"".join(pieces[:100])))

    def test_a_cut_file(self, path: Path) -> None:
        data = path.read_bytes()
        path.write_bytes(data[:40_000])
        first = faults_of(path)[0]
        assert "cut off" in first.what
        assert first.byte is not None
        assert 40_000 - 384 < first.byte <= 40_000

    @pytest.mark.parametrize(
        "tail",
        [
            b"TAG" + bytes(125),
            b"APETAGEX" + struct.pack("<IIII", 2000, 32, 0, 0) + bytes(8),
            b"LYRICSBEGIN" + b"IND0000200" + b"000021LYRICS200",
            b"LYRICSBEGIN" + b"IND0000200" + b"000021LYRICS200" + b"TAG" + bytes(125),
            bytes(1000),
        ],
        ids=["ID3v1", "APEv2", "Lyrics3", "Lyrics3 and ID3v1", "zeros"],
    )
    def test_what_may_follow_the_audio(self, path: Path, tail: bytes) -> None:
        path.write_bytes(path.read_bytes() + tail)
        assert faults_of(path) == ()

    def test_what_may_not(self, path: Path) -> None:
        size = path.stat().st_size
        path.write_bytes(path.read_bytes() + b"not a tag")
        fault = only(path)
        assert "the last 9 bytes belong to no frame" in fault.what
        assert fault.byte == size

    def test_without_notes_of_the_encoder_the_frames_still_count(self, path: Path) -> None:
        frames = self.pieces(path)[1:]
        path.write_bytes(b"".join(frames))
        assert faults_of(path) == ()
        path.write_bytes(b"".join(frames)[:-50])
        assert "cut off" in only(path).what

    @given(st.binary(max_size=3000))
    @settings(max_examples=200)
    def test_any_bytes(self, data: bytes) -> None:
        with tempfile.NamedTemporaryFile(suffix=".mp3") as file:
            file.write(data)
            file.flush()
            faults_of(Path(file.name))


class TestRiff:
    """RIFF, RF64 and AIFF."""

    def test_a_cut_file(self, tmp_path: Path) -> None:
        path = tone(tmp_path / "a.wav", seconds=5)
        path.write_bytes(path.read_bytes()[:480_044])
        fault = only(path)
        assert "480000 bytes of the 960000" in fault.what or "'data' is cut off" in fault.what
        assert fault.second == pytest.approx(2.5, abs=0.001)

    def test_a_length_that_nobody_knew(self, tmp_path: Path) -> None:
        """As programs write it that can't go back, because their output is a pipe."""
        path = tone(tmp_path / "a.wav")
        data = path.read_bytes()
        at = data.index(b"data")
        path.write_bytes(data[: at + 4] + b"\xff\xff\xff\xff" + data[at + 8 :])
        assert faults_of(path) == ()

    @pytest.mark.parametrize("missing", [0, 1000])
    def test_rf64(self, tmp_path: Path, missing: int) -> None:
        data = tone(tmp_path / "a.wav").read_bytes()
        at = data.index(b"data")
        length = len(data) - at - 8
        sizes = b"ds64" + struct.pack("<IQQQI", 28, len(data) + 28, length, length // 4, 0)
        body = data[12:at] + b"data\xff\xff\xff\xff" + data[at + 8 :]
        path = tmp_path / "b.wav"
        path.write_bytes((b"RF64\xff\xff\xff\xffWAVE" + sizes + body)[: None if not missing else -missing])
        assert [fault.byte for fault in faults_of(path)] == ([path.stat().st_size] if missing else [])

    def test_aiff(self, tmp_path: Path) -> None:
        path = tmp_path / "a.aiff"
        with av.open(str(tone(tmp_path / "a.wav"))) as source, av.open(str(path), "w") as output:
            stream = output.add_stream("pcm_s16be", rate=48_000)
            stream.codec_context.layout = "stereo"
            for frame in source.decode(audio=0):
                output.mux(stream.encode(frame))
        assert faults_of(path) == ()
        assert of(path).pcm_md5 == of(tmp_path / "a.wav").pcm_md5, "the same samples in another container"
        path.write_bytes(path.read_bytes()[:-192_000])
        assert only(path).second == pytest.approx(2.0, abs=0.01)


class TestMp4:
    """ISO/IEC 14496-12."""

    def test_a_cut_end_loses_what_leads_to_the_audio(self, tmp_path: Path) -> None:
        path = tone(tmp_path / "a.m4a")
        data = path.read_bytes()
        path.write_bytes(data[: len(data) // 2])
        found = of(path)
        assert found.integrity is Integrity.UNPLAYABLE
        assert any("'moov' is missing" in fault.what for fault in found.faults)

    def test_a_cut_end_where_the_tables_stand_in_front(self, tmp_path: Path) -> None:
        path = tmp_path / "b.m4a"
        with av.open(str(tone(tmp_path / "a.m4a", seconds=10))) as source:
            options = {"movflags": "+faststart"}
            with av.open(str(path), "w", format="ipod", options=options) as output:
                stream = output.add_stream_from_template(source.streams.audio[0])
                for packet in source.demux(source.streams.audio[0]):
                    if packet.size:
                        packet.stream = stream
                        output.mux(packet)
        assert faults_of(path) == ()
        data = path.read_bytes()
        path.write_bytes(data[: len(data) * 6 // 10])
        fault = faults_of(path)[0]
        assert "reach beyond the end of the file" in fault.what
        assert fault.second is not None
        assert 4 < fault.second < 7

    @given(st.binary(max_size=200))
    @settings(max_examples=200)
    def test_any_boxes(self, data: bytes) -> None:
        with tempfile.NamedTemporaryFile(suffix=".m4a") as file:
            file.write(b"\0\0\0\x08ftyp" + struct.pack(">I", len(data) + 8) + b"moov" + data)
            file.flush()
            faults_of(Path(file.name))


def test_opus_lasts_what_its_pages_say(tmp_path: Path) -> None:
    path = tone(tmp_path / "a.opus", seconds=2)
    faults = Faults(path)
    assert opus_samples(path, faults) == pytest.approx(96_000, abs=960)
    assert not faults
