"""Files that lie, break, or want more than they should get: a verdict, never an exception."""

import struct
import tracemalloc
from pathlib import Path
from typing import Any, BinaryIO, cast

import mutagen
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenuto.audio import Limits, characterise
from tenuto.audio.containers import flac, iff, mp4
from tenuto.audio.faults import Faults
from tenuto.model.audio import Characterisation, Integrity
from tenuto.model.errors import BadInputError
from tests.audio.tones import ogg_pages, tone, with_granule


def of(path: Path) -> Characterisation:
    return characterise(path).characterisation


def unplayable(found: Characterisation) -> str:
    assert found.integrity is Integrity.UNPLAYABLE
    assert found.duration_ms == 0
    return " ".join(map(str, found.faults))


def test_a_list_of_other_files_opens_none_of_them(tmp_path: Path) -> None:
    """An ffconcat text would have FFmpeg read any file on this machine."""
    tone(tmp_path / "secret.wav")
    path = tmp_path / "a.flac"
    path.write_text("ffconcat version 1.0\nfile secret.wav\n")
    assert unplayable(of(path))


@pytest.mark.parametrize(
    "content", [b"", b"OggS", b"fLaC", b"ID3", b"\0" * 5000, b"RIFF\xff\xff\xff\xffWAVE"]
)
def test_next_to_nothing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.ogg"
    path.write_bytes(content)
    assert unplayable(of(path))


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"gone\.ogg: can't be read"):
        of(tmp_path / "gone.ogg")


@pytest.mark.parametrize("extension", ["flac", "ogg", "opus"])
def test_a_cut_file_is_damaged(tmp_path: Path, extension: str) -> None:
    """Truncated Ogg decodes in silence: only its pages tell."""
    path = tone(tmp_path / f"a.{extension}", seconds=5)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    found = of(path)
    assert found.integrity is Integrity.DAMAGED
    assert found.faults


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    place=st.floats(0.3, 0.95), mask=st.integers(1, 255), extension=st.sampled_from(["ogg", "opus", "flac"])
)
def test_one_flipped_byte_is_found(tmp_path: Path, place: float, mask: int, extension: str) -> None:
    """Ogg pages and FLAC frames have checksums."""
    sound = tmp_path / f"sound.{extension}"
    if not sound.exists():
        tone(sound)
    data = bytearray(sound.read_bytes())
    data[int(len(data) * place)] ^= mask
    path = tmp_path / f"a.{extension}"
    path.write_bytes(data)
    assert of(path).integrity is not Integrity.SOUND


def test_a_missing_page_is_damage(tmp_path: Path) -> None:
    path = tone(tmp_path / "a.ogg", seconds=10)
    pages = ogg_pages(path.read_bytes())
    path.write_bytes(b"".join(pages[:-2] + pages[-1:]))
    found = of(path)
    assert found.integrity is Integrity.DAMAGED
    assert any("is due" in fault.what for fault in found.faults)


def test_a_start_that_was_cut_off_is_explained(tmp_path: Path) -> None:
    """As in Debian's hyperrogue-music: hr-savino-caribbean, -ivory and -ocean."""
    path = tone(tmp_path / "a.ogg")
    pages = ogg_pages(path.read_bytes())
    pages[2] = with_granule(pages[2], -104)
    path.write_bytes(b"".join(pages))
    found = of(path)
    if found.integrity is Integrity.UNPLAYABLE:
        assert any("granule position -104 is below zero" in fault.what for fault in found.faults)
    else:
        assert found.integrity is Integrity.SOUND, "legal in Vorbis, so no fault where FFmpeg can play it"


def wav_header(channels: int, rate: int) -> bytes:
    block = channels * 2
    form = struct.pack("<HHIIHH", 1, channels, rate, rate * block & 0xFFFFFFFF, block & 0xFFFF, 16)
    data = bytes(20_000)
    return (
        b"RIFF"
        + struct.pack("<I", 36 + len(data))
        + b"WAVEfmt \x10\0\0\0"
        + form
        + b"data"
        + (struct.pack("<I", 0x7FFFFFFF) + data)
    )


@pytest.mark.parametrize(("channels", "rate"), [(384, 48_000), (2, 2_000_000_000), (65_535, 44_100)])
def test_absurd_headers(tmp_path: Path, channels: int, rate: int) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(wav_header(channels, rate))
    assert unplayable(of(path))


def test_declared_durations_are_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(wav_header(1, 8000))
    assert of(path).duration_ms == 1250


def test_a_gigabyte_of_tags_is_not_read(tmp_path: Path) -> None:
    path = tone(tmp_path / "a.mp3")
    sound = path.read_bytes()
    with path.open("wb") as file:
        file.write(b"ID3\x04\0\0" + bytes([(100_000_000 >> shift) & 0x7F for shift in (21, 14, 7, 0)]))
        file.seek(100_000_010)
        file.write(sound)
    tracemalloc.start()
    try:
        assert "bytes of tags and art" in unplayable(of(path))
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("content", [b"ADTS or anything", b"\xff\xf1"], ids=["text", "AAC"])
def test_a_gigabyte_of_tags_before_what_is_not_walked(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.aac"
    with path.open("wb") as file:
        file.write(b"ID3\x04\0\0" + bytes([(100_000_000 >> shift) & 0x7F for shift in (21, 14, 7, 0)]))
        file.seek(100_000_010)
        file.write(content * 100)
    assert "bytes of tags and art" in unplayable(of(path))


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"", b"ID3\x04\0\0\0\0\0\0"),
        (b"fLaC", b"\x01\0\0\0"),
        (b"RIFF\0\0\0\0WAVE", b"junk\0\0\0\0"),
        (b"\0\0\0\x08ftyp", b"\0\0\0\x08free"),
    ],
    ids=["ID3", "FLAC", "RIFF", "MP4"],
)
def test_millions_of_empty_pieces_cost_little(tmp_path: Path, head: bytes, piece: bytes) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(head + piece * 2_000_000)
    looked_at: list[int] = []
    with path.open("rb") as file:
        counted = cast("BinaryIO", _Counted(file, looked_at))
        for each in (flac.walk, iff.walk, mp4.walk):
            file.seek(0)
            each(counted, Faults(path))
    assert len(looked_at) < 1_000_000


class _Counted:
    """A file that notes each read."""

    def __init__(self, file: BinaryIO, noted: list[int]) -> None:
        self._file, self._noted = file, noted

    def read(self, length: int = -1) -> bytes:
        self._noted.append(length)
        return self._file.read(length)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


@pytest.mark.parametrize("extension", ["flac", "ogg", "opus"])
def test_a_hundred_thousand_tags_are_not_handed_to_ffmpeg(tmp_path: Path, extension: str) -> None:
    """They would cost it over a minute of processor time."""
    path = tone(tmp_path / f"a.{extension}")
    tags: Any = mutagen.File(path)
    tags.tags.extend((f"TAG{number}", "x") for number in range(100_000))
    tags.save()
    assert "tags before the audio" in unplayable(of(path))


def test_endless_audio_is_stopped(tmp_path: Path) -> None:
    path = tone(tmp_path / "a.flac", seconds=10, rate=8000, channels=1)
    found = characterise(path, limits=Limits(seconds=2)).characterisation
    assert found.integrity is Integrity.DAMAGED
    assert [fault.what for fault in found.faults] == ["longer than 2 s: decoding stopped"]
    assert found.faults[0].second is not None
    assert 2 <= found.faults[0].second < 3
    assert found.duration_ms < 3000


def test_faults_name_no_path(tmp_path: Path) -> None:
    """characterisation.md, clause 7."""
    path = tmp_path / "a.ogg"
    path.write_bytes(b"OggS" * 3000)
    assert str(tmp_path) not in unplayable(of(path))
    assert len(of(path).faults) <= 20
