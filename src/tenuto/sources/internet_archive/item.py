"""The rows of one item of the Internet Archive, out of what its metadata API says. No network here."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

import msgspec

from tenuto.formats.paths import printable
from tenuto.formats.text import clean, percent_path
from tenuto.model.errors import BadInputError
from tenuto.model.ids import SourceKey, SourceName
from tenuto.model.rights import Evidence, EvidenceKind
from tenuto.model.source import (
    Access,
    Entity,
    Identifier,
    Listens,
    Location,
    RejectedRow,
    Scheme,
    SourceRow,
)
from tenuto.sources import loose
from tenuto.sources.identifiers import barcode
from tenuto.sources.kinds import MEDIA_TYPES, extension

IDENTIFIER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)
"""The documented form of an item's identifier."""

MOST_FILES: Final = 100_000
"""Of one item; ten times what the documents advise."""

_CLOSED: Final = {"inlibrary", "printdisabled", "samples_only", "stream_only"}
"""Collections whose items are lent, sampled or streamed, not downloaded."""

_EVIDENCE: Final = {
    "licenseurl": EvidenceKind.TABLE,
    "rights": EvidenceKind.FREE_TEXT,
    "possible-copyright-status": EvidenceKind.FREE_TEXT,
}
"""A licence's address speaks of this very item; the others are prose."""

_LONGEST_NAME: Final = 1024
_MBID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DIGESTS: Final = {"sha1": re.compile(r"[0-9a-f]{40}"), "md5": re.compile(r"[0-9a-f]{32}")}
_SUBJECTS: Final = 20
_LONGEST_RIGHTS: Final = 2000


@dataclass(frozen=True, slots=True)
class Asked:
    """An item that was asked for: by the operator, or because a search found it."""

    identifier: str
    downloads: int | None = None
    """Of the whole item, as the search states them."""


class _Document(msgspec.Struct):
    """An answer of the metadata API; what it holds besides isn't decoded."""

    metadata: msgspec.Raw = msgspec.Raw(b"")
    files: msgspec.Raw = msgspec.Raw(b"[]")
    is_dark: msgspec.Raw = msgspec.Raw(b"")


@dataclass(frozen=True, slots=True)
class _Item:
    """The item as a release, and what holds for each of its files, as a recording without a name."""

    release: SourceRow
    recording: SourceRow
    closed: bool


@dataclass(frozen=True, slots=True)
class ItemReader:
    """Makes rows of items for one source, all with ordinal 0. Originals lie below the address `downloads`."""

    source: SourceName
    downloads: str

    def rows(self, asked: Asked, data: bytes) -> Iterator[SourceRow | RejectedRow]:
        """The item as a release, then its original audio files in the document's order as recordings."""
        try:
            document = _document(asked, data)
            item = self._item(asked, loose.record(document.metadata))
            files = loose.objects(document.files, MOST_FILES)
        except BadInputError as error:
            yield self.reject(asked.identifier, str(error), data)
            return
        yield item.release
        for file in files:
            try:
                found = loose.record(file)
                if _is_original_audio(found):
                    yield self._recording(item, found)
            except BadInputError as error:
                yield self.reject(asked.identifier, str(error), bytes(file))

    def reject(self, where: str, what: str, raw: bytes = b"") -> RejectedRow:
        """`raw` is cut: a document that can't be read may be very long."""
        return RejectedRow(self.source, 0, printable(where), what, raw[:4096].decode("utf-8", "replace"))

    def _item(self, asked: Asked, metadata: dict[str, object]) -> _Item:
        title = loose.text(metadata.get("title")) or asked.identifier
        creator = loose.short(", ".join(loose.texts(metadata.get("creator"))))
        key = SourceKey(asked.identifier)
        release = SourceRow(
            self.source,
            0,
            Entity.RELEASE,
            key,
            loose.raw(metadata),
            title=title,
            artist=creator,
            year=loose.year(metadata.get("date")) or loose.year(metadata.get("year")),
            genre=_subjects(metadata),
            label=loose.text(metadata.get("publisher")),
            identifiers=_mbids(metadata, "urn:mb_release_id:") + _barcodes(metadata),
            evidence=_evidence(asked.identifier, metadata, creator),
        )
        recording = replace(
            release,
            entity=Entity.RECORDING,
            release=title,
            release_key=key,
            release_artist=creator,
            listens=_listens(asked, metadata),
        )
        return _Item(release, recording, _is_closed(metadata))

    def _recording(self, item: _Item, file: dict[str, object]) -> SourceRow:
        name, whole = str(file["name"]), item.recording
        _require_safe(name)
        return replace(
            whole,
            key=SourceKey(f"{whole.release_key}/{name}"),
            raw=loose.raw(file),
            title=loose.text(file.get("title")) or clean(name.rpartition("/")[2].rpartition(".")[0]),
            artist=loose.text(file.get("artist")) or loose.text(file.get("creator")) or whole.artist,
            release=loose.text(file.get("album")) or whole.release,
            disc_number=loose.place(file.get("disc")),
            track_number=loose.place(file.get("track")),
            duration_ms=loose.milliseconds(file.get("length")),
            genre=loose.text(file.get("genre")) or whole.genre,
            identifiers=_mbids(file, "urn:mb_recording_id:"),
            location=self._location(item, name, file),
        )

    def _location(self, item: _Item, name: str, file: dict[str, object]) -> Location | None:
        length = loose.whole(file.get("size"))
        if length == 0:
            raise BadInputError(f"{printable(name)} is empty")
        if item.closed or loose.text(file.get("private")).lower() == "true":
            return None
        uri = f"{self.downloads}/{item.release.key}/{percent_path(name.encode())}"
        kind = MEDIA_TYPES[extension(name)]
        sha1, md5 = (_digest(file, name) for name in ("sha1", "md5"))
        return Location(uri, Access.REMOTE, length, media_type=kind, sha1=sha1, md5=md5)


def _document(asked: Asked, data: bytes) -> _Document:
    """`BadInputError` says why the item can't be used."""
    if not IDENTIFIER.fullmatch(asked.identifier):
        raise BadInputError("not an identifier of an item")
    try:
        found = msgspec.json.decode(data, type=_Document)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise BadInputError(f"the answer isn't a JSON object ({error})") from error
    if not bytes(found.metadata):
        dark = bytes(found.is_dark) == b"true"
        raise BadInputError("the item is dark" if dark else "there is no such item, or no longer")
    return found


def _is_closed(metadata: dict[str, object]) -> bool:
    restricted = loose.text(metadata.get("access-restricted-item")).lower() == "true"
    return restricted or not _CLOSED.isdisjoint(loose.texts(metadata.get("collection")))


def _is_original_audio(file: dict[str, object]) -> bool:
    name = file.get("name")
    return (
        isinstance(name, str)
        and extension(name) in MEDIA_TYPES
        and loose.text(file.get("source")) == "original"
    )


def _require_safe(name: str) -> None:
    """A name is a relative path of the item's own: it leads nowhere else, and can be shown."""
    parts = name.split("/")
    unsafe = any(part in {"", ".", ".."} for part in parts) or any(ord(c) < 32 or ord(c) == 127 for c in name)
    if unsafe or len(name.encode()) > _LONGEST_NAME:
        raise BadInputError(f"{printable(name)!r} isn't a usable file name")


def _subjects(metadata: dict[str, object]) -> str:
    """The archive separates several by semicolons, or lists them."""
    parts = (part for each in loose.texts(metadata.get("subject")) for part in each.split(";"))
    subjects = dict.fromkeys(subject for part in parts if (subject := clean(part)))
    return loose.short("; ".join(islice(subjects, _SUBJECTS)))


def _listens(asked: Asked, metadata: dict[str, object]) -> Listens | None:
    """Of the item: nobody counts its files apart, so the unit says so (decision 0096)."""
    downloads = asked.downloads if asked.downloads is not None else loose.whole(metadata.get("downloads"))
    return None if downloads is None else Listens(float(downloads), "item downloads")


def _evidence(identifier: str, metadata: dict[str, object], holder: str) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(kind, statement, f"{identifier}: {name}", holder)
        for name, kind in _EVIDENCE.items()
        for statement in _statements(loose.texts(metadata.get(name)))
    )


def _statements(found: tuple[str, ...]) -> tuple[str, ...]:
    """As found, or not at all: cut, a statement could lose the very words that take a permission away."""
    length = sum(map(len, found))
    return found if length <= _LONGEST_RIGHTS else (f"statements of {length:,} characters, not read",)


def _digest(file: dict[str, object], name: str) -> str | None:
    value = loose.text(file.get(name)).lower()
    return value if _DIGESTS[name].fullmatch(value) else None


def _stated(found: dict[str, object], urn: str) -> list[str]:
    """What the archive states as `external-identifier` below `urn`, once each."""
    stated = loose.texts(found.get("external-identifier"))
    return list(dict.fromkeys(each.removeprefix(urn) for each in stated if each.startswith(urn)))


def _mbids(found: dict[str, object], urn: str) -> tuple[Identifier, ...]:
    return tuple(Identifier(Scheme.MBID, each) for each in _stated(found, urn) if _MBID.fullmatch(each))


def _barcodes(metadata: dict[str, object]) -> tuple[Identifier, ...]:
    return tuple(filter(None, map(barcode, _stated(metadata, "urn:upc:"))))
