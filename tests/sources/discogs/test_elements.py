"""Cutting a dump into elements: every fault costs its own element, and memory is bounded."""

import gzip
import tracemalloc
from collections.abc import Iterator
from itertools import chain, repeat
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenuto.model.errors import ConfigurationError
from tenuto.sources.discogs.elements import ARTISTS, RELEASES, Faulty, elements
from tests.sources.discogs.samples import artist, document, release


def _cut(data: bytes, size: int) -> Iterator[bytes]:
    return (data[place : place + size] for place in range(0, len(data), size))


def _ids(data: bytes, size: int = 1000, limit: int = 10**6) -> list[str]:
    """Ids of sound elements, and what is said of the others."""
    found = elements(_cut(data, size), RELEASES, limit=limit)
    return [each.get("id", "") if isinstance(each, Element) else each.what for each in found]


@given(st.integers(1, 700))
def test_where_the_chunks_end_makes_no_difference(size: int) -> None:
    data = document("releases", release(1), release(2, "Ünïcode & <more>"), release(3))
    assert _ids(data, size) == ["1", "2", "3"]


@pytest.mark.parametrize(
    "broken",
    [
        release(2).replace("Techno", "Tech\x07no"),
        release(2).replace("Techno", "Tech\0no"),
        release(2).encode().replace(b"Techno", b"Tech\xff\xfeno"),
        release(2).replace("<styles>", "<stiles>"),
        release(2).replace("Techno", "&billion;"),
        release(2).replace("Techno", "&#0;"),
    ],
    ids=["control", "nul", "utf-8", "tags", "entity", "reference"],
)
def test_a_broken_element_costs_itself_only(broken: str | bytes) -> None:
    first, fault, third = _ids(document("releases", release(1), broken, release(3)))
    assert (first, third) == ("1", "3")
    assert fault.startswith("not XML")


@given(st.integers(0, len(release(3)) - 1), st.integers(0, 255))
def test_any_wrong_byte_costs_its_own_element_only(place: int, byte: int) -> None:
    damaged = bytearray(release(3).encode())
    damaged[place] = byte
    data = document("releases", release(1), release(2), bytes(damaged), release(4), release(5))
    found = elements(_cut(data, 300), RELEASES)
    ids = [each.get("id") for each in found if isinstance(each, Element)]
    assert [each for each in ids if each in {"1", "2", "4", "5"}] == ["1", "2", "4", "5"]
    assert len(ids) <= 5


def test_the_raw_of_a_fault_can_be_written_down() -> None:
    data = document("releases", release(2).encode().replace(b"Techno", b"\0\xff"))
    (fault,) = elements([data], RELEASES)
    assert isinstance(fault, Faulty)
    assert "\0" not in fault.raw
    fault.raw.encode()


def test_an_element_without_its_end_leaves_the_next_one_whole() -> None:
    lost = release(1).removesuffix("</release>")
    assert _ids(document("releases", lost, release(2))) == [
        "an element without its beginning or its end",
        "2",
    ]


def test_what_stands_between_elements_is_said() -> None:
    assert _ids(document("releases", release(1), "stray", release(2)))[1].startswith("an element without")


def test_an_element_beyond_the_limit_is_never_held() -> None:
    """A release of 100 MB."""
    head, tail = b'<releases><release id="1"><notes>', b"</notes></release>" + release(2).encode()
    tracemalloc.start()
    found = list(elements(chain([head], repeat(b"x" * 2**18, 400), [tail, b"</releases>"]), RELEASES))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40 * 2**20
    assert isinstance(found[0], Faulty)
    assert "longer than" in found[0].what
    assert [each.get("id") for each in found[1:] if isinstance(each, Element)] == ["2"]
    assert len(found) == 2


def test_an_endless_element_before_a_new_one_costs_itself_only() -> None:
    lost = b'<release id="1"><notes>' + b"x" * 3000
    assert _ids(document("releases", lost, release(2), release(3)), 500, 2500) == [
        "an element longer than 2500 bytes",
        "2",
        "3",
    ]


@pytest.mark.parametrize("missing", [3, 15, 40, 700])
def test_a_cut_document_gives_all_that_is_whole(missing: int) -> None:
    *whole, fault = _ids(document("releases", release(1), release(2), release(3))[:-missing])
    assert whole == ["1", "2", "3"] if missing < 13 else ["1", "2"]
    assert "cut" in fault


def test_deep_nesting_is_no_danger() -> None:
    deep = b'<release id="1">' + b"<a>" * 10**5 + b"</a>" * 10**5 + b"</release>"
    assert _ids(document("releases", deep, release(2))) == ["1", "2"]


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"<html>not found</html>",
        b'<!DOCTYPE lolz [<!ENTITY lol "lol">]><releases>',
        b"<artists>",
        gzip.compress(b"<releases>"),
    ],
)
def test_other_documents_are_refused(head: bytes) -> None:
    with pytest.raises(ConfigurationError, match="begins with <releases>"):
        list(elements([head, release(1).encode()], RELEASES))


def test_a_declaration_and_a_byte_order_mark_are_no_fault() -> None:
    head = b"\xef\xbb\xbf<?xml version='1.0' encoding='UTF-8'?>\n"
    assert _ids(head + document("releases", release(1))) == ["1"]


def test_artists_are_cut_too() -> None:
    data = document("artists", artist(27, "Cari Lekebusch"), artist(28, "Pan"))
    names = [each.findtext("name") for each in elements([data], ARTISTS) if isinstance(each, Element)]
    assert names == ["Cari Lekebusch", "Pan"]


def test_an_empty_dump_holds_nothing() -> None:
    assert _ids(document("releases")) == []
