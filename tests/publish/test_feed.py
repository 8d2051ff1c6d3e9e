"""The feed of editions (edition.md, clauses 11 to 13)."""

from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

from tenuto.formats.edition import read_edition
from tenuto.model.ids import EditionId
from tenuto.publish.feed import ENTRIES, FEED, feed, write_feed

from .archive import EDITION, cleared, example_items, publish_example

ATOM = "{http://www.w3.org/2005/Atom}"


def _entries(data: bytes) -> list[Element]:
    root = fromstring(data)
    for name in ("id", "title", "updated"):
        assert root.findtext(f"{ATOM}{name}")
    return root.findall(f"{ATOM}entry")


def test_each_edition_is_an_entry_that_says_what_is_new(tmp_path: Path) -> None:
    first = publish_example(tmp_path)[0]
    second = publish_example(
        tmp_path,
        items=lambda store: [*example_items(store)[:4], cleared(6, store.add(b"new"), popularity=0)],
        edition=EditionId("e0002"),
        former=EDITION,
    )[0]
    write_feed(tmp_path / "editions", "demo")
    newest, oldest = _entries((tmp_path / "editions" / FEED).read_bytes())
    assert newest.findtext(f"{ATOM}title") == "Edition e0002"
    assert newest.findtext(f"{ATOM}updated") == "2026-01-01T00:00:00Z"
    assert "1 new or revised, 1 gone" in str(newest.findtext(f"{ATOM}summary"))
    links = {link.get("rel"): str(link.get("href")) for link in newest.findall(f"{ATOM}link")}
    assert links["enclosure"] == f"e0002/volumes/{second.volumes[-1].name}.torrent"
    assert all((tmp_path / "editions" / href).is_file() for href in links.values())
    assert f"{len(first.volumes)} new or revised, 0 gone" in str(oldest.findtext(f"{ATOM}summary"))
    assert len({entry.findtext(f"{ATOM}id") for entry in (newest, oldest)}) == 2


def test_it_is_bounded_and_the_same_on_any_machine(tmp_path: Path) -> None:
    folder = publish_example(tmp_path)[1]
    summary = read_edition((folder / "edition.json").read_bytes())
    data = feed("a <archive> & more", [summary] * (ENTRIES + 1))
    assert len(_entries(data)) == ENTRIES
    assert data == feed("a <archive> & more", [summary] * (ENTRIES + 1))
