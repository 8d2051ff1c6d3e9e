"""Access copies: the same bytes every time, whole, with tags and art inside."""

import base64
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from mutagen.flac import FLAC, Picture
from mutagen.oggopus import OggOpus

from tenuto.audio import AccessSpec, Limits, TagSet, characterise
from tenuto.audio.access import OpusWriter
from tenuto.audio.consumers import Block
from tenuto.model.audio import Integrity
from tenuto.model.errors import BadInputError
from tests.audio.tones import tone

TAGS = TagSet("Träume", "Jemand", album="Nacht", date="2024", license="https://example.org/by/4.0/")
open_opus: Any = OggOpus
open_flac: Any = FLAC
new_picture: Any = Picture
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40


def copied(path: Path, spec: AccessSpec, *, to: Path, limits: Limits | None = None) -> Path:
    access = characterise(path, spec, to, limits or Limits()).access
    assert access is not None
    assert access.path == to
    return to


@pytest.mark.parametrize(
    ("rate", "channels"), [(44_100, 2), (22_050, 1), (96_000, 2), (48_000, 6), (8000, 1)]
)
def test_a_copy_lasts_as_long_as_its_source(tmp_path: Path, rate: int, channels: int) -> None:
    source = tone(tmp_path / "a.flac", rate=rate, channels=channels, seconds=2.345)
    copy = characterise(copied(source, AccessSpec(TAGS), to=tmp_path / "a.opus")).characterisation
    assert (copy.codec, copy.integrity, copy.faults) == ("opus", Integrity.SOUND, ())
    assert copy.duration_ms == pytest.approx(2345, abs=1)
    assert copy.channels == min(channels, 2)


def test_tags_and_art_are_inside(tmp_path: Path) -> None:
    path = copied(tone(tmp_path / "a.ogg"), AccessSpec(TAGS, picture=PNG), to=tmp_path / "a.opus")
    file = open_opus(path)
    assert file["title"] == ["Träume"]
    assert file["license"] == ["https://example.org/by/4.0/"]
    assert "genre" not in file
    picture = new_picture(base64.b64decode(file["metadata_block_picture"][0]))
    assert (picture.data, picture.mime, picture.type) == (PNG, "image/png", 3)
    assert characterise(path).characterisation.integrity is Integrity.SOUND


def test_the_source_s_own_cover_is_taken(tmp_path: Path) -> None:
    source = tone(tmp_path / "a.flac")
    file, picture = open_flac(source), new_picture()
    picture.type, picture.mime, picture.data = 3, "image/png", PNG
    file.add_picture(picture)
    file.save()
    for limits, there in [(Limits(), True), (Limits(picture_bytes=100), False)]:
        path = copied(source, AccessSpec(TAGS), to=tmp_path / "a.opus", limits=limits)
        assert ("metadata_block_picture" in open_opus(path)) is there


def test_tags_hold_no_control_characters(tmp_path: Path) -> None:
    tags = TagSet("a\0b\x1b[31m\n\u202e../c", "\ud800x", album=" ")
    path = copied(tone(tmp_path / "a.ogg"), AccessSpec(tags), to=tmp_path / "a.opus")
    file = open_opus(path)
    assert file["title"] == ["a b [31m ../c"]
    assert "album" not in file


def test_the_bit_rate_is_kept(tmp_path: Path) -> None:
    source = tone(tmp_path / "a.flac", seconds=5)
    small = copied(source, AccessSpec(TAGS, bit_rate=32_000), to=tmp_path / "s.opus").stat().st_size
    large = copied(source, AccessSpec(TAGS, bit_rate=160_000), to=tmp_path / "l.opus").stat().st_size
    assert small * 2 < large


COPY = """
import sys
from pathlib import Path
from tenuto.audio import AccessSpec, TagSet, characterise
characterise(Path(sys.argv[1]), AccessSpec(TagSet("T", "A")), Path(sys.argv[2]))
"""


def test_the_bytes_are_the_same_in_any_process_and_folder(tmp_path: Path) -> None:
    """architecture.md, invariant 3."""
    digests = set()
    for number in range(2):
        folder = tmp_path / f"folder {number}" / ("x" * 40 * number)
        folder.mkdir(parents=True)
        source = tone(folder / "a.ogg")
        command = [sys.executable, "-c", COPY, str(source), str(folder / f"{number}.opus")]
        subprocess.run(command, check=True)
        digests.add(sha256((folder / f"{number}.opus").read_bytes()).hexdigest())
    here = copied(tone(tmp_path / "a.ogg"), AccessSpec(TagSet("T", "A")), to=tmp_path / "here.opus")
    digests.add(sha256(here.read_bytes()).hexdigest())
    assert len(digests) == 1
    other = copied(tmp_path / "a.ogg", AccessSpec(TagSet("U", "A")), to=tmp_path / "other.opus")
    assert other.read_bytes()[14:18] != here.read_bytes()[14:18], "another stream has another serial number"


@pytest.mark.parametrize("content", [b"", b"fLaC"])
def test_no_copy_of_nothing(tmp_path: Path, content: bytes) -> None:
    source = tmp_path / "a.flac"
    source.write_bytes(content)
    found = characterise(source, AccessSpec(TAGS), tmp_path / "a.opus")
    assert found.access is None
    assert found.characterisation.integrity is Integrity.UNPLAYABLE
    assert not (tmp_path / "a.opus").exists()


def test_no_copy_of_a_part(tmp_path: Path) -> None:
    """Where a limit stopped the decoder, a copy would pretend to be whole."""
    source = tone(tmp_path / "a.flac", seconds=5)
    found = characterise(source, AccessSpec(TAGS), tmp_path / "a.opus", Limits(seconds=1))
    assert found.access is None
    assert not (tmp_path / "a.opus").exists()


def test_a_copy_of_another_length_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add = OpusWriter.add

    def forgetful(self: OpusWriter, block: Block) -> None:
        add(self, Block(block.samples[:, : len(block) * 4 // 5], block.layout, block.rate, block.begin))

    monkeypatch.setattr(OpusWriter, "add", forgetful)
    with pytest.raises(BadInputError, match="lasts"):
        characterise(tone(tmp_path / "a.flac"), AccessSpec(TAGS), tmp_path / "a.opus")
    assert not (tmp_path / "a.opus").exists()
