"""A bag (RFC 8493) as a source: every listed file is checked, and each damage is named."""

import os
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Final

from tenuto.formats.bagit import (
    ALGORITHMS,
    DECLARATION_FILE,
    PAYLOAD,
    BadLine,
    manifest_name,
    read_declaration,
    read_manifest,
)
from tenuto.formats.package import BAG_FILE, PackagedRecording, read_recording
from tenuto.formats.text import percent_path
from tenuto.model.errors import BadInputError, NotFoundError
from tenuto.model.ids import SourceName
from tenuto.model.ports import Reporter
from tenuto.model.source import RejectedRow, SourceDescription, SourceRow
from tenuto.sources.packages.item import Making, Member, Package
from tenuto.sources.packages.listing import Listing, open_listing
from tenuto.sources.rights_files import RightsFiles
from tenuto.sources.tree import Entry, root_text, tree_version, unusable, walk

_PAYLOAD: Final = PAYLOAD.encode() + b"/"
_LONGEST_DOCUMENT: Final = 1 << 20
_LONGEST_DECLARATION: Final = 4096


class BagSource:
    """The audio in a bag's payload, in the order of the paths' bytes. Links are never followed.

    What a manifest lists and isn't there, isn't as listed, or is there unlisted, is a rejected row; the
    other files are read all the same. Each row's location has the SHA-256 that was found.
    """

    def __init__(self, name: SourceName, root: Path, scratch: Path, *, priority: int = 100) -> None:
        if not (root / DECLARATION_FILE).is_file():
            raise NotFoundError(f"no bag: it has no {DECLARATION_FILE}", where=str(root))
        with (root / DECLARATION_FILE).open("rb") as file:
            self._encoding = read_declaration(file.read(_LONGEST_DECLARATION))
        self._root, self._scratch, self._priority = root.resolve(), scratch, priority
        self._manifests = sorted(p.name for p in root.iterdir() if p.is_file() and _is_checked(p.name))
        if not any(name.startswith("manifest-") for name in self._manifests):
            raise BadInputError(
                f"it has no payload manifest of {', '.join(ALGORITHMS)}",
                where=str(root),
                remedy="Have it made again with one of them",
            )
        self._package = Package(name, os.fsencode(self._root))

    def describe(self) -> SourceDescription:
        """`version` is a digest over every file's path, length and time of change."""
        settings: dict[str, str | list[str]] = {
            "root": root_text(self._package.root),
            "scratch": str(self._scratch),
        }
        return SourceDescription(
            self._package.source,
            "bagit",
            self._priority,
            tree_version(self._package.root),
            settings=settings,
            keys_are_recordings=False,
        )

    def rows(self, reporter: Reporter, *, start: int = 0) -> Iterator[SourceRow | RejectedRow]:
        with open_listing(self._scratch) as listing:
            for ordinal, make in enumerate(self._items(listing, reporter)):
                if ordinal >= start:
                    yield make(ordinal)

    def _items(self, listing: Listing, reporter: Reporter) -> Iterator[Making]:
        yield from chain.from_iterable(map(self._list, self._manifests, [listing] * len(self._manifests)))
        yield from self._hear(listing)
        rights = RightsFiles(self._package.root + b"/" + PAYLOAD.encode(), reporter)
        for entry in walk(self._package.root):
            yield from self._meet(entry, listing, rights)
        for path in listing.missing():
            what = "a manifest lists it, but it is missing; restore it and harvest again"
            yield self._package.reject(percent_path(path.encode("utf-8", "surrogateescape")), what)

    def _list(self, manifest: str, listing: Listing) -> Iterator[Making]:
        """Fills the listing; yields what can't be read."""
        name = manifest_name(manifest)
        assert name is not None  # by `_is_checked`
        with (self._root / manifest).open("rb") as file:
            for line in read_manifest(file, self._encoding):
                if isinstance(line, BadLine):
                    yield self._package.reject(manifest, f"line {line.number} is no digest and path")
                else:
                    listing.state(line.path, name.algorithm, line.digest)

    def _hear(self, listing: Listing) -> Iterator[Making]:
        """What an archive of our kind says of the recordings; a bag of anybody else has no such file."""
        path = self._root / BAG_FILE
        if not path.is_file() or path.is_symlink():
            return
        with path.open("rb") as file:
            for number, line in enumerate(iter(lambda: file.readline(_LONGEST_DOCUMENT), b""), 1):
                try:
                    document = read_recording(line)
                except BadInputError as error:
                    yield self._package.reject(BAG_FILE, f"line {number}: {error.what}")
                    continue
                for packed in document.files:
                    listing.tell(packed.path, line)

    def _meet(self, entry: Entry, listing: Listing, rights: RightsFiles) -> Iterator[Making]:
        where, in_payload = percent_path(entry.path), entry.path.startswith(_PAYLOAD)
        path = entry.path.decode("utf-8", "replace")
        stated = listing.find(path)
        fault = entry.fault or (unusable(entry) if in_payload and entry.status.st_size else "")
        if fault:
            yield self._package.reject(where, fault)
        elif stated:
            member = Member(entry, entry.name, where, stated)
            yield from self._listed(member, path, listing, rights)
        elif in_payload:
            yield self._package.reject(where, "no manifest lists it, so nothing proves that it is whole")

    def _listed(self, member: Member, path: str, listing: Listing, rights: RightsFiles) -> Iterator[Making]:
        entry = member.entry
        kind = self._package.audio_type(member) if entry.path.startswith(_PAYLOAD) else None
        if kind is not None:
            evidence = rights.evidence_for(entry.path.removeprefix(_PAYLOAD))
            told = _told(listing.document(path))
            yield self._package.audio(member, kind, (evidence,) if evidence else (), told)
        elif damage := self._package.damage(member):
            yield self._package.reject(member.key, damage)


def _told(document: bytes | None) -> PackagedRecording | None:
    return read_recording(document) if document else None


def _is_checked(file: str) -> bool:
    name = manifest_name(file)
    return name is not None and name.algorithm in ALGORITHMS
