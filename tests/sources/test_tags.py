"""Tags of every format in one vocabulary, and no file that can stop the reader."""

import io
from pathlib import Path
from typing import Any

import mutagen.id3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenuto.model.rights import Policy, Refusal
from tenuto.model.source import Identifier, Scheme
from tenuto.rights import clear
from tenuto.sources.described import Described, describe, title_index
from tenuto.sources.tags import READ_LIMIT, TOO_LONG, VALUE_LIMIT, Tags, read_tags
from tests.sources.fixtures import set_tags, write_tone

id3: Any = mutagen.id3  # mutagen has no types
MBID = "6c3dac12-0000-429c-b689-0bf05d778b54"
LICENCE = "https://creativecommons.org/licenses/by/4.0/"


def _read(path: Path) -> Tags:
    with path.open("rb") as file:
        return read_tags(file, path.name)


def _described(path: Path) -> Described:
    return describe(_read(path), path.stem)


def test_id3(tmp_path: Path) -> None:
    path = write_tone(tmp_path / "a.mp3")
    frames = id3.ID3()
    for frame in (
        id3.TIT2(encoding=3, text=["One"]),
        id3.TPE1(encoding=3, text=["A", "B"]),
        id3.TALB(encoding=3, text=["Album"]),
        id3.TRCK(encoding=3, text=["3/9"]),
        id3.TPOS(encoding=3, text=["2/2"]),
        id3.TDRC(encoding=3, text=["2004-05-06"]),
        id3.TSRC(encoding=3, text=["DEAB12345678"]),
        id3.TCOP(encoding=3, text=["2004 A. All rights reserved."]),
        id3.TXXX(encoding=3, desc="LICENSE", text=["CC-BY-4.0"]),
        id3.WCOP(url=LICENCE),
        id3.UFID(owner="http://musicbrainz.org", data=MBID.encode()),
        id3.APIC(encoding=3, mime="image/png", type=3, desc="", data=bytes(10_000)),
    ):
        frames.add(frame)
    frames.save(path)
    tags, told = _read(path), _described(path)
    assert (told.title, told.artist, told.release) == ("One", "A; B", "Album")
    assert (told.track_number, told.disc_number, told.year) == (3, 2, 2004)
    assert told.identifiers == (Identifier(Scheme.ISRC, "DEAB12345678"), Identifier(Scheme.MBID, MBID))
    assert {each.statement for each in told.evidence} == {LICENCE, "CC-BY-4.0", "All rights reserved"}
    assert tags.pictures == 1
    assert not any("APIC" in name for name, _ in tags.found)
    assert tags.duration_ms == pytest.approx(500, abs=60)


def test_shift_jis_in_id3s_latin_1(tmp_path: Path) -> None:
    path = write_tone(tmp_path / "a.mp3")
    frames = id3.ID3()
    frames.add(id3.TIT2(encoding=0, text=["で作成".encode("cp932").decode("latin-1")]))
    frames.save(path)
    assert _described(path).title == "で作成"


def test_values_are_cut(tmp_path: Path) -> None:
    path = write_tone(tmp_path / "a.flac", tags={"title": "x" * 100_000})
    assert len(_read(path).found[-1][1]) <= VALUE_LIMIT


@pytest.mark.parametrize(
    ("titles", "stem", "chosen"),
    [
        ([], "a", 0),
        (["One"], "two", 0),
        (["Living Caves", "Crossroads"], "hr3-caves", 0),
        (["Caves", "Living Caves"], "caves", 1),
        (["Uno", "Due"], "track01", 1),
        (["Icy Lands", "Land of Mirrors"], "hr3-icyland", 0),
    ],
)
def test_the_title_that_the_file_is_named_after(titles: list[str], stem: str, chosen: int) -> None:
    assert title_index(titles, stem) == chosen


def test_the_read_limit_is_generous() -> None:
    assert READ_LIMIT > 16 * 2**20  # one picture of the largest size that FLAC allows


@pytest.fixture(scope="module", params=[".ogg", ".flac", ".mp3", ".wav"])
def sound(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, bytes]:
    path = tmp_path_factory.mktemp("sound") / f"a{request.param}"
    return path.name, write_tone(path, seconds=0.1, tags={"title": "One", "comment": "z" * 200}).read_bytes()


@settings(max_examples=60, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_damage_stops_the_reader(sound: tuple[str, bytes], data: st.DataObject) -> None:
    name, whole = sound
    damaged = bytearray(whole)
    for place in data.draw(st.lists(st.integers(0, min(len(whole), 600) - 1), max_size=20)):
        damaged[place] = data.draw(st.integers(0, 255))
    del damaged[data.draw(st.integers(1, len(whole))) :]
    tags = read_tags(io.BytesIO(bytes(damaged)), name)
    told = describe(tags, "stem")
    assert told.title
    assert tags.duration_ms is None or tags.duration_ms > 0


@settings(max_examples=200)
@given(data=st.binary(max_size=300), name=st.sampled_from(["a.mp3", "a.ogg", "a.m4a", "a.ape", "a"]))
def test_no_bytes_stop_the_reader(data: bytes, name: str) -> None:
    read_tags(io.BytesIO(data), name)


def test_an_endless_rights_statement_counts_as_unknown(tmp_path: Path) -> None:
    """What it says at its end may refuse, so its beginning must not clear."""
    path = write_tone(tmp_path / "a.flac")
    long = "CC-BY-4.0 " + "and so on " * VALUE_LIMIT + "all rights reserved"
    set_tags(path, license=[long], copyright=[long])
    found = _described(path).evidence
    assert {each.statement for each in found} == {TOO_LONG}
    verdict = clear("a", found, Policy(allow_noncommercial=True, allow_no_derivatives=True))
    assert isinstance(verdict, Refusal)


def test_a_hundred_thousand_artists_are_cut_but_no_licence_is(tmp_path: Path) -> None:
    """The last of many licences may be the one that refuses."""
    path = write_tone(tmp_path / "a.flac")
    licences = [f"CC-BY-4.0 {number}" for number in range(200)]
    set_tags(
        path, artist=[f"A{number}" for number in range(100_000)], license=[*licences, "all rights reserved"]
    )
    tags = _read(path)
    assert len(tags.joined("artist")) < 1000
    assert tags.values["license"] == [*licences, "all rights reserved"]
