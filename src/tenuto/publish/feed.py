"""`editions/feed.atom`: what is new, edition by edition (RFC 4287; edition.md, clauses 11-13)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final
from uuid import uuid5
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from tenuto.formats.edition import read_edition
from tenuto.fsync import atomic_write_bytes
from tenuto.model.edition import EditionSummary
from tenuto.model.ids import NAMESPACE

FEED: Final = "feed.atom"
ENTRIES: Final = 30
"""The newest editions; older ones are still reached through `parent` in each `edition.json`."""

_ATOM: Final = "http://www.w3.org/2005/Atom"
_MOST_MAGNETS: Final = 100


def write_feed(editions: Path, archive: str) -> None:
    """Of the editions in the folder, up to the newest `ENTRIES`. Links are relative to the feed."""
    folders = sorted(editions.glob("e[0-9]*/"), key=lambda folder: (len(folder.name), folder.name))
    found = [read_edition((folder / "edition.json").read_bytes()) for folder in folders[-ENTRIES - 1 :]]
    atomic_write_bytes(editions / FEED, feed(archive, found))


def feed(archive: str, editions: Sequence[EditionSummary]) -> bytes:
    """`editions` ascending; the oldest only serves for comparison where there are more than `ENTRIES`."""
    root = Element("feed", xmlns=_ATOM)
    _text(root, "id", _urn(archive))
    _text(root, "title", f"Editions of {archive}")
    _text(root, "updated", _midnight(editions[-1]))
    _text(SubElement(root, "author"), "name", archive)
    SubElement(root, "link", rel="self", href=FEED)
    known = {edition.id: edition for edition in editions}
    for edition in reversed(editions[-ENTRIES:]):
        parent = known.get(edition.parent) if edition.parent else None
        _entry(root, archive, edition, parent)
    indent(root)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _entry(root: Element, archive: str, edition: EditionSummary, parent: EditionSummary | None) -> None:
    before = {volume.name for volume in parent.volumes} if parent else set()
    now = {volume.name for volume in edition.volumes}
    new = [volume for volume in edition.volumes if volume.name not in before]
    entry = SubElement(root, "entry")
    _text(entry, "id", _urn(f"{archive}/{edition.id}"))
    _text(entry, "title", f"Edition {edition.id}")
    _text(entry, "updated", _midnight(edition))
    SubElement(entry, "link", rel="alternate", type="application/json", href=f"{edition.id}/edition.json")
    for volume in new[:_MOST_MAGNETS]:
        SubElement(entry, "link", rel="enclosure", type="application/x-bittorrent", title=volume.name,
                   href=f"{edition.id}/volumes/{volume.name}.torrent")  # fmt: skip
    _text(
        entry,
        "summary",
        f"{edition.recordings:,} recordings, {edition.bytes:,} bytes in {len(now):,} volumes: "
        f"{len(new):,} new or revised, {len(before - now):,} gone.",
    )


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text


def _urn(text: str) -> str:
    return uuid5(NAMESPACE, f"feed {text}").urn


def _midnight(edition: EditionSummary) -> str:
    return f"{edition.published}T00:00:00Z"
