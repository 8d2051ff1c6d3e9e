"""docs/sources/discogs.md: what fields mean."""

from xml.etree.ElementTree import fromstring

import pytest

from tenuto.sources.discogs import fields
from tests.sources.discogs.samples import artists, release


@pytest.mark.parametrize(
    ("credited", "printed"),
    [
        ((), ""),
        ((("267132", "Care Company (2)"),), "Care Company"),
        ((("15525", "Karl Axel Bissler", "K.A.B."),), "K.A.B."),
        ((("5", "Heiko Laux", "", "&"), ("4", "Johannes Heil")), "Heiko Laux & Johannes Heil"),
        ((("10702", "Nerio's Dubwork", "", "Meets"), ("2", "Kathy Lee")), "Nerio's Dubwork Meets Kathy Lee"),
        ((("1", "A", "", ","), ("2", "B", "", ""), ("3", "C", "", ",")), "A, B, C"),
        ((("39765", "Emerson, Lake & Palmer"),), "Emerson, Lake & Palmer"),
        ((("9", "Apollo 440 (1999)"),), "Apollo 440"),
    ],
)
def test_credits_are_as_printed(credited: tuple[tuple[str, ...], ...], printed: str) -> None:
    element = fromstring(release(1, by=artists(*credited)))
    assert fields.credit(fields.grouped(element, "artists", "artist")) == printed


@pytest.mark.parametrize(
    ("printed", "value"),
    [("7:00", 420_000), ("1:02:03", 3_723_000), ("72:15", 4_335_000), ("", None), ("0:00", None),
     ("5'30", None), ("3:61", None), ("?", None)],
)  # fmt: skip
def test_durations(printed: str, value: int | None) -> None:
    assert fields.duration_ms(printed) == value


@pytest.mark.parametrize(
    ("released", "value"),
    [("1999-07-13", 1999), ("2001", 2001), ("1977-00-00", 1977), ("", None), ("?", None)],
)
def test_years(released: str, value: int | None) -> None:
    assert fields.year(released) == value


@pytest.mark.parametrize(
    ("positions", "places"),
    [
        (["1", "02", "3"], [(None, 1), (None, 2), (None, 3)]),
        (["1-1", "2-05", "CD2-6", "2.07"], [(1, 1), (2, 5), (2, 6), (2, 7)]),
        (["A1", "A2", "B1", "C1", "D1"], [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2)]),
        (["A1", "A2", "B3", "B4"], [(1, 1), (1, 2), (1, 3), (1, 4)]),
        (["A", "B"], [(1, 1), (1, 2)]),
        (["A", "AA"], [(1, 1), (1, 2)]),
        (["Video 1", "DVD-1.1", "11.a", "٣"], [(None, None)] * 4),
    ],
)
def test_places(positions: list[str], places: list[tuple[int | None, int | None]]) -> None:
    of = fields.Places().of
    assert [of(position) for position in positions] == places


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("074646362822", "074646362822"),
        ("0 74646 36282 2", "074646362822"),
        ("5 012394 144777", "5012394144777"),
        ("96385074", "96385074"),
        ("074646362823", None),
        ("none", None),
        ("GEMA", None),
        ("٠٧٤٦٤٦٣٦٢٨٢٢", None),
    ],
)
def test_barcodes_are_checked(value: str, code: str | None) -> None:
    found = fields.barcodes(fromstring(release(1, identifiers=(("Barcode", value, "Text"),))))
    assert [each.value for each in found] == ([code] if code else [])
