"""Names of audio files (names.md)."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tenuto.formats.names import MAX_NAME_BYTES, audio_path, slug
from tenuto.formats.paths import PathParts, check_paths
from tenuto.model.errors import BadInputError
from tenuto.model.ids import RecordingId

ID = RecordingId("035c4ea0-d73b-5bde-bd6f-c806b04f2ec3")


def _path(title: str, artist: str = "Artist", taken: frozenset[PathParts] = frozenset()) -> PathParts:
    return audio_path(
        (80, 100), artist=artist, title=title, recording=ID, extension="ogg", taken=taken.__contains__
    )


@given(st.text(), st.text())
@example("../../x", "..")
@example("a" * 500, "\ud800")
@example("con", "NUL")
def test_every_name_is_harmless(title: str, artist: str) -> None:
    """Clauses 1 and 2: ASCII, lower case, at most 120 bytes a component, inside the volume."""
    path = _path(title, artist)
    check_paths([path])
    assert re.fullmatch(
        r"80-100/[a-z0-9]+(-[a-z0-9]+)*_?/[a-z0-9]+(-[a-z0-9]+)*_?\.[0-9a-f]{8}\.ogg", "/".join(path)
    )
    assert all(len(part) <= MAX_NAME_BYTES for part in path)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Für Élise", "fur-elise"),
        ("Łódź", "lodz"),
        ("Smörgåsbord & Æther", "smorgasbord-and-aether"),
        ("STRAẞE straße", "strasse-strasse"),
        ("Don't Stop", "dont-stop"),
        ("İstanbul \u0131ş\u0131k", "istanbul-isik"),
        ("Щедрик", "shchedrik"),
        ("Ёлка й ў", "elka-i-u"),
        ("Ζορμπάς ΣΟΦΟΣ", "zormpas-sofos"),
        ("ﬁne ½ №5", "fine-1-2-no5"),
        ("東京 Live", "live"),
        ("../../x", "x"),
        ("CON", "con_"),
        ("com1", "com1_"),
        ("", "untitled"),
        ("  ", "untitled"),
    ],
)
def test_titles_are_spelt_in_ascii(title: str, expected: str) -> None:
    """Clause 3."""
    assert slug(title, "untitled") == expected


def test_what_cannot_be_spelt_keeps_a_digest() -> None:
    """Clause 4: different texts stay different, equal texts in other Unicode forms don't."""
    assert re.fullmatch("untitled-[0-9a-f]{8}", slug("東京", "untitled"))
    assert slug("東京", "untitled") != slug("大阪", "untitled")
    assert slug("가", "untitled") == slug("\u1100\u1161", "untitled")


def test_the_short_id_grows_until_the_name_is_free() -> None:
    """Clause 5."""
    first = _path("x")
    second = _path("x", taken=frozenset([first]))
    assert (first[-1], second[-1]) == ("x.035c4ea0.ogg", "x.035c4ea0d73b.ogg")
    with pytest.raises(BadInputError, match="already"):
        audio_path((0, 19), artist="a", title="x", recording=ID, extension="ogg", taken=lambda _: True)


@pytest.mark.parametrize("extension", ["", "../x", "OGG", "o.g", "ninechars"])
def test_extensions_are_plain(extension: str) -> None:
    with pytest.raises(BadInputError, match="extension"):
        audio_path((0, 19), artist="a", title="x", recording=ID, extension=extension, taken=lambda _: False)


def test_an_id_must_be_a_uuid() -> None:
    with pytest.raises(BadInputError, match="recording id"):
        audio_path(
            (0, 19),
            artist="a",
            title="x",
            recording=RecordingId("../"),
            extension="ogg",
            taken=lambda _: False,
        )
