"""The contract of `tenuto.model.ports.Source`, for every adapter.

Subclass `SourceContract` in a test module and give it a `source` fixture that makes a fresh adapter
over the same, unchanged collection each time it is called.
"""

import json
import math
import re
from collections.abc import Callable
from typing import Final

import rfc8785

from tenuto.formats.harvest import items_of
from tenuto.model.ids import SourceName
from tenuto.model.ports import Source
from tenuto.model.source import Entity, RejectedRow, Scheme, SourceRow

Opener = Callable[[], Source]

FORMS: Final = {
    Scheme.ISRC: re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}"),
    Scheme.MBID: re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    Scheme.BARCODE: re.compile(r"[0-9]{8}|[0-9]{12,13}"),
}
_RECORDINGS: Final = {Entity.RECORDING, Entity.LISTENS}
SPOKEN_OF: Final = {
    Scheme.ISRC: _RECORDINGS,
    Scheme.MBID: set(Entity),
    Scheme.BARCODE: {Entity.RELEASE},
}
"""What a row with such an identifier may speak of."""

_LENGTHS = {Scheme.ISRC: {12}, Scheme.MBID: {36}, Scheme.BARCODE: {8, 12, 13}}


class Silence:
    """A `Reporter` that shows nothing."""

    def phase(self, name: str, *, items: int | None = None, total_bytes: int | None = None) -> None: ...

    def advance(self, items: int = 1, *, done_bytes: int = 0) -> None: ...

    def fault(self, where: str, what: str) -> None: ...


def everything(source: Source, start: int = 0) -> list[SourceRow | RejectedRow]:
    """All rows and rejects from ordinal `start` on, in order."""
    return list(source.rows(Silence(), start=start))


class SourceContract:
    """What every source must hold to."""

    def test_it_holds_something(self, source: Opener) -> None:
        assert any(isinstance(item, SourceRow) for item in everything(source()))

    def test_equal_collections_have_equal_descriptions(self, source: Opener) -> None:
        description = source().describe()
        assert description == source().describe()
        assert description.version
        assert all(item.source == description.name for item in everything(source()))

    def test_settings_survive_json(self, source: Opener) -> None:
        settings = source().describe().settings
        assert json.loads(json.dumps(settings)) == settings

    def test_ordinals_count_rows_and_rejects_together(self, source: Opener) -> None:
        items = everything(source())
        assert [item.ordinal for item in items] == list(range(len(items)))

    def test_order_and_content_are_stable(self, source: Opener) -> None:
        assert everything(source()) == everything(source())
        adapter = source()
        assert everything(adapter) == everything(adapter)

    def test_rows_can_be_read_from_any_ordinal_on(self, source: Opener) -> None:
        """What a harvest that was cut short goes on with, in this process or in a new one."""
        items = everything(source())
        for start in sorted({0, 1, len(items) // 2, len(items) - 1, len(items), len(items) + 1}):
            assert everything(source(), start) == items[start:]
        adapter = source()
        assert [everything(adapter, start) for start in (len(items), 0)] == [[], items]

    def test_rows_stream(self, source: Opener) -> None:
        """The first row comes without the rest having been asked for."""
        first = next(iter(source().rows(Silence())))
        assert first.ordinal == 0

    def test_raw_is_canonical_json(self, source: Opener) -> None:
        for row in _rows(source):
            assert rfc8785.dumps(json.loads(row.raw)).decode() == row.raw

    def test_keys_and_locations_are_usable(self, source: Opener) -> None:
        for row in _rows(source):
            assert row.key
            if row.location is not None:
                scheme = row.location.uri.partition(":")[0]
                assert scheme in {"folder", "deb", "http", "https"}
                assert row.location.uri.isprintable()
                assert not row.location.uri.startswith("/")

    def test_text_is_one_clean_line(self, source: Opener) -> None:
        for row in _rows(source):
            for text in (row.title, row.artist, row.release, row.release_artist, row.genre, row.label):
                assert text == text.strip()
                assert not any(ord(char) < 32 for char in text)
                text.encode()

    def test_identifiers_have_their_schemes_form(self, source: Opener) -> None:
        for row in _rows(source):
            for identifier in row.identifiers:
                assert FORMS[identifier.scheme].fullmatch(identifier.value)
                assert identifier.scheme is not Scheme.BARCODE or _gs1_sum(identifier.value) % 10 == 0
                assert row.entity in SPOKEN_OF[identifier.scheme]

    def test_numbers_are_plausible(self, source: Opener) -> None:
        for row in _rows(source):
            for number in (row.duration_ms, row.disc_number, row.track_number, row.year):
                assert number is None or number >= 0
            if row.listens is not None:
                assert 0 <= row.listens.count < math.inf
            if row.features is not None:
                assert row.features.key is None or 0 <= row.features.key < 12
                assert row.features.tempo is None or 0 < row.features.tempo < math.inf

    def test_checksums_are_hexadecimal(self, source: Opener) -> None:
        for row in _rows(source):
            if row.location is not None:
                for digest, digits in (
                    (row.location.sha256, 64),
                    (row.location.sha1, 40),
                    (row.location.md5, 32),
                ):
                    assert digest is None or re.fullmatch(f"[0-9a-f]{{{digits}}}", digest)

    def test_columns_say_the_same_as_rows(self, source: Opener) -> None:
        """A source that has its rows in columns too (`tenuto.sources.harvest.Columnar`)."""
        blocks = getattr(source(), "blocks", None)
        if blocks is not None:
            items = [item for block in blocks(Silence()) for item in items_of(block)]
            assert items == everything(source())

    def test_rejects_say_where_and_what(self, source: Opener) -> None:
        for item in everything(source()):
            if isinstance(item, RejectedRow):
                assert item.where
                assert item.what

    def test_the_name_is_a_source_name(self, source: Opener) -> None:
        name = source().describe().name
        assert name == SourceName(name.lower())
        assert 0 < len(name) <= 63


def _gs1_sum(code: str) -> int:
    """GS1 General Specifications, section 7.9: weights 1 and 3 by turns, from the check digit on."""
    return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(code)))


def _rows(source: Opener) -> list[SourceRow]:
    return [item for item in everything(source()) if isinstance(item, SourceRow)]
