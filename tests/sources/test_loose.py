"""Values of any shape: rows or one kind of error come of them, never another exception."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenuto.model.errors import BadInputError
from tenuto.model.ids import SourceName
from tenuto.model.source import RejectedRow, SourceRow
from tenuto.sources import loose
from tenuto.sources.internet_archive.item import Asked, ItemReader
from tenuto.sources.jamendo.track import track_row
from tests.sources.test_jamendo import track

NAME = SourceName("any")
READER = ItemReader(NAME, "https://archive.example/download")

_scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
_documents = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
)
_FILE = (
    "name",
    "source",
    "size",
    "title",
    "artist",
    "album",
    "track",
    "length",
    "sha1",
    "external-identifier",
)
_ITEM = (
    "title",
    "creator",
    "date",
    "subject",
    "licenseurl",
    "rights",
    "collection",
    "publisher",
    "downloads",
)


def _some(names: tuple[str, ...], values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(names), values, max_size=len(names))


_files = st.lists(
    _some(_FILE, _documents).map(lambda file: {"name": "a.ogg", "source": "original"} | file) | _documents,
    max_size=4,
)


def assert_usable(row: SourceRow) -> None:
    assert row.key
    assert row.raw
    for text in (row.title, row.artist, row.release, row.release_artist, row.genre, row.label):
        assert text == text.strip()
        assert len(text) <= 1000
        assert not any(ord(char) < 32 for char in text)
    for number in (row.year, row.track_number, row.disc_number, row.duration_ms):
        assert number is None or 0 < number < 2**40
    assert row.location is None or row.location.uri.isascii()


@settings(max_examples=60, deadline=None)
@given(_some(_ITEM, _documents) | _documents, _files | _documents)
def test_any_item_gives_rows_or_rejects(metadata: Any, files: Any) -> None:
    """internet-archive.md, clause 11."""
    document = json.dumps({"metadata": metadata, "files": files}).encode()
    for row in READER.rows(Asked("any"), document):
        if isinstance(row, RejectedRow):
            assert row.what
        else:
            assert_usable(row)


@settings(max_examples=60, deadline=None)
@given(_some(tuple(track(1)), _documents))
def test_any_track_gives_a_row_or_a_reject(fields: dict[str, Any]) -> None:
    """jamendo.md, clause 6."""
    try:
        row = track_row(NAME, loose.record(json.dumps(track(1) | fields).encode()))
    except BadInputError:
        return
    assert_usable(row)
    assert json.loads(row.raw, parse_int=float) == json.loads(json.dumps(track(1) | fields), parse_int=float)


@given(st.binary(max_size=50))
def test_bytes_that_are_no_document(data: bytes) -> None:
    (row, *_) = READER.rows(Asked("any"), data)
    assert isinstance(row, RejectedRow)


@pytest.mark.parametrize(
    ("value", "milliseconds"),
    [
        ("243.17", 243_170),
        (243, 243_000),
        ("4:03", 243_000),
        ("04:03.5", 243_500),
        ("1:04:03", 3_843_000),
        ("0", None),
        ("-5", None),
        ("4:3:2:1", None),
        ("soon", None),
        (None, None),
        (float("inf"), None),
    ],
)
def test_lengths_are_seconds_or_a_clock(value: object, milliseconds: int | None) -> None:
    """internet-archive.md, clause 4."""
    assert loose.milliseconds(value) == milliseconds


def test_numbers_and_places() -> None:
    assert [loose.place(text) for text in ("3", "3/12", "3 / 12", "0", "A1", "", 7, [2])] == (
        [3, 3, 3, None, None, None, 7, 2]
    )
    assert [loose.year(text) for text in ("2004-06-12", 1999, "19991", "c. 1920", None)] == (
        [2004, 1999, None, None, None]
    )
    assert [loose.whole(text) for text in ("12", 12, "1e3", "-1", True, 10**5000)] == (
        [12, 12, None, None, None, None]
    )


def test_a_list_is_counted_before_it_is_read() -> None:
    assert len(loose.objects(b'[{"a":1},{}]', 2)) == 2
    with pytest.raises(BadInputError, match="more than 1 objects"):
        loose.objects(b"[{},{}]", 1)
    with pytest.raises(BadInputError, match="not a list of objects"):
        loose.objects(msgspec.Raw(b"[1]"), 1)
