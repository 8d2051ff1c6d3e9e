"""An OCFL storage root as a source: the newest version of every object, with all its content checked."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from tenuto.formats.ocfl import DIGESTS, INVENTORY, OBJECT_NAMES, ROOT_NAMES, Inventory, read_inventory
from tenuto.formats.package import OBJECT_FILE, PackagedRecording, read_recording
from tenuto.formats.text import percent_path
from tenuto.model.errors import BadInputError, NotFoundError
from tenuto.model.ids import SourceName
from tenuto.model.ports import Reporter
from tenuto.model.source import RejectedRow, SourceDescription, SourceRow
from tenuto.sources.packages.item import Making, Member, Package
from tenuto.sources.tree import Entry, open_entry, root_text, tree_version, unreadable, unusable, walk

_LARGEST_INVENTORY: Final = 256 * 2**20
_LARGEST_DOCUMENT: Final = 1 << 20

Files = Mapping[str, Entry]
"""An object's files by their path from its folder. One object's are in memory."""


class OcflSource:
    """The audio in the head versions of a storage root's objects, in the order of paths. No link is followed.

    All content that an inventory lists is checked, older versions' too; what is missing, damaged or not
    listed is a rejected row, and the rest is read all the same.
    """

    def __init__(self, name: SourceName, root: Path, *, priority: int = 100) -> None:
        if not root.is_dir() or not any(ROOT_NAMES.fullmatch(path.name) for path in root.iterdir()):
            raise NotFoundError("no OCFL storage root: it has no 0=ocfl_1.0 or 0=ocfl_1.1", where=str(root))
        self._priority = priority
        self._package = Package(name, os.fsencode(root.resolve()))

    def describe(self) -> SourceDescription:
        """`version` is a digest over every file's path, length and time of change."""
        return SourceDescription(
            self._package.source,
            "ocfl",
            self._priority,
            tree_version(self._package.root),
            settings={"root": root_text(self._package.root)},
            keys_are_recordings=False,
        )

    def rows(self, reporter: Reporter, *, start: int = 0) -> Iterator[SourceRow | RejectedRow]:  # noqa: ARG002  the port's signature
        for ordinal, make in enumerate(self._items()):
            if ordinal >= start:
                yield make(ordinal)

    def _items(self) -> Iterator[Making]:
        for folder, files in _objects(walk(self._package.root)):
            yield from _Object(self._package, folder, files).items()


def _objects(entries: Iterator[Entry]) -> Iterator[tuple[bytes, Files]]:
    """Each object's folder and files. Its declaration comes first: it begins with a digit, `0=`."""
    folder: bytes | None = None
    files: dict[str, Entry] = {}
    for entry in entries:
        if folder is not None and not entry.path.startswith(folder):
            yield folder, files
            folder, files = None, {}
        if folder is None and OBJECT_NAMES.fullmatch(entry.name):
            folder = entry.path.removesuffix(entry.name.encode())
        if folder is not None:
            files[entry.path[len(folder) :].decode("utf-8", "surrogateescape")] = entry
    if folder is not None:
        yield folder, files


class _Object:
    """One object of the storage root."""

    def __init__(self, package: Package, folder: bytes, files: Files) -> None:
        self.package, self.folder, self.files = package, percent_path(folder), files

    def items(self) -> Iterator[Making]:
        try:
            inventory, data = self._inventory()
        except (BadInputError, OSError) as error:
            what = unreadable(error) if isinstance(error, OSError) else str(error)
            yield self.package.reject(f"{self.folder}{INVENTORY}", f"the whole object can't be read: {what}")
            return
        if fault := self._sidecar_fault(inventory, data):
            yield self.package.reject(f"{self.folder}{INVENTORY}", fault)
        yield from _Contents(self, inventory).items()

    def _inventory(self) -> tuple[Inventory, bytes]:
        data = self.read(INVENTORY, _LARGEST_INVENTORY)
        return read_inventory(data), data

    def read(self, path: str, limit: int) -> bytes:
        """A whole file of the object. `BadInputError`, `OSError`."""
        entry = self.files.get(path)
        if entry is None or unusable(entry):
            raise BadInputError("missing, or no regular file", where=path)
        with open_entry(self.package.root, entry) as file:
            data = file.read(limit + 1)
        if len(data) > limit:
            raise BadInputError(f"more than {limit} bytes", where=path)
        return data

    def _sidecar_fault(self, inventory: Inventory, data: bytes) -> str:
        """The inventory's own digest stands in a file beside it."""
        name = inventory.digest_algorithm
        try:
            words = self.read(f"{INVENTORY}.{name}", 4096).split()
        except (BadInputError, OSError):
            return f"damaged: the file with its {name} is missing or unreadable"
        found = hashlib.new(name, data).hexdigest()
        if not words or words[0].decode("ascii", "replace").lower() != found:
            return f"damaged: its {name} is {found}, another one stands beside it"
        return ""


class _Contents:
    """The content files of an object whose inventory could be read."""

    def __init__(self, holder: _Object, inventory: Inventory) -> None:
        self._object, self._inventory = holder, inventory
        self._stated = _stated(inventory)
        state = inventory.versions[inventory.head].state
        self._logical = {digest.lower(): min(paths) for digest, paths in state.items() if paths}
        """What a content file is called in the head version, by its digest."""

    def items(self) -> Iterator[Making]:
        """Every content file in the order of paths, then those that are missing."""
        files, told = self._object.files, self._told()
        for path, entry in files.items():
            if path in self._stated or self._is_content(path):
                yield from self._item(path, entry, told)
        for path in sorted(self._stated.keys() - files.keys()):
            where = self._object.folder + percent_path(path.encode("utf-8", "surrogateescape"))
            what = "its inventory lists it, but it is missing; restore it and harvest again"
            yield self._object.package.reject(where, what)

    def _item(self, path: str, entry: Entry, told: PackagedRecording | None) -> Iterator[Making]:
        package, where = self._object.package, percent_path(entry.path)
        stated = self._stated.get(path, {})
        fault = entry.fault or (unusable(entry) if entry.status.st_size else "")
        if not stated:
            fault = fault or "its inventory doesn't list it, so nothing proves that it is whole"
        if fault:
            yield package.reject(where, fault)
            return
        name = self._logical.get(stated[self._inventory.digest_algorithm])
        key = percent_path(f"{self._inventory.id}/{name or path}".encode("utf-8", "surrogateescape"))
        member = Member(entry, (name or path).rpartition("/")[2], key, stated)
        kind = package.audio_type(member) if name else None
        if kind is not None:
            of_it = told if told and any(file.path == name for file in told.files) else None
            yield package.audio(member, kind, (), of_it)
        elif damage := package.damage(member):
            yield package.reject(where, damage)

    def _told(self) -> PackagedRecording | None:
        """What an archive of our kind says of the recording. Damage of that file is named when it is met."""
        names = self._inventory.digest_algorithm
        named = (path for path, d in self._stated.items() if self._logical.get(d[names]) == OBJECT_FILE)
        try:
            path = next(named, None)
            return read_recording(self._object.read(path, _LARGEST_DOCUMENT)) if path else None
        except (BadInputError, OSError):
            return None

    def _is_content(self, path: str) -> bool:
        """Below a version's content folder."""
        version, _, rest = path.partition("/")
        inner = f"{self._inventory.content_directory}/"
        return version in self._inventory.versions and rest.startswith(inner)


def _stated(inventory: Inventory) -> dict[str, dict[str, str]]:
    """Digests by algorithm for every content path: the manifest's, and those of the fixity block."""
    blocks = {
        **{name: block for name, block in inventory.fixity.items() if name in {"md5", "sha1", *DIGESTS}},
        inventory.digest_algorithm: inventory.manifest,
    }
    found: dict[str, dict[str, str]] = {}
    for name, block in blocks.items():
        for digest, paths in block.items():
            for path in paths:
                found.setdefault(path, {})[name] = digest.lower()
    return {path: digests for path, digests in found.items() if inventory.digest_algorithm in digests}
