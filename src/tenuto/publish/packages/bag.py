"""Writes a bag (RFC 8493): payload by artist, a SHA-256 manifest, and a tag file that says what it is."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final

from tenuto.formats.bagit import (
    DECLARATION,
    DECLARATION_FILE,
    INFO_FILE,
    PAYLOAD,
    write_info,
    write_manifest_line,
)
from tenuto.formats.package import BAG_FILE, PackagedFile, write_recording
from tenuto.fsync import make_folders, publish
from tenuto.model.errors import SpaceError, TenutoError
from tenuto.model.ports import Reporter
from tenuto.publish.packages.copy import Objects
from tenuto.publish.packages.item import PackageItem, Packed, packaged_file
from tenuto.publish.packages.label import NOTE, Label
from tenuto.publish.packages.place import Place

MANIFEST: Final = "manifest-sha256.txt"
_TAG_FILES: Final = (DECLARATION_FILE, INFO_FILE, MANIFEST, BAG_FILE)


def write_bag(
    items: Iterable[PackageItem], place: Place, objects: Objects, label: Label, reporter: Reporter
) -> Packed:
    """`items` in the order of ids. What an earlier run has put there stays; a damaged object is a fault."""
    packed = Packed()
    manifest_path, documents_path = place.scratch / MANIFEST, place.scratch / BAG_FILE
    with manifest_path.open("wb") as manifest, documents_path.open("wb") as documents:
        for item in items:
            files = _pack(item, place.package, objects, reporter)
            _note(item, files, manifest, documents)
            packed.count(item, files)
            reporter.advance(done_bytes=sum(file.length for file in files))
    for path in (manifest_path, documents_path):
        publish(path, place.package / path.name)
    place.write(DECLARATION_FILE, DECLARATION)
    place.write(INFO_FILE, write_info(_info(label, packed)))
    lines = (write_manifest_line(name, _digest(place.package / name)) for name in _TAG_FILES)
    place.write("tagmanifest-sha256.txt", b"".join(lines))
    return packed


def _pack(item: PackageItem, folder: Path, objects: Objects, reporter: Reporter) -> list[PackagedFile]:
    """The item's objects that could be packed."""
    files = []
    for held in item.held:
        holding, digests, _ = held
        path = f"{PAYLOAD}/{item.folder}/{item.file_name(holding)}"
        try:
            make_folders((folder / path).parent)
            objects.place(digests, folder / path)
            files.append(packaged_file(path, held))
        except SpaceError:
            raise
        except TenutoError as error:
            reporter.fault(item.recording, str(error))
    return files


def _note(item: PackageItem, files: Sequence[PackagedFile], manifest: BinaryIO, documents: BinaryIO) -> None:
    manifest.writelines(write_manifest_line(file.path, file.sha256) for file in files)
    if files:
        documents.write(write_recording(item.document(files)))


def _info(label: Label, packed: Packed) -> list[tuple[str, str]]:
    rights = ", ".join(f"{word}: {count}" for word, count in sorted(packed.by_rights.items()))
    return [
        ("Source-Organization", label.archive),
        ("External-Description", f"{packed.done + packed.failed} recordings; selection: {label.selection}"),
        ("Internal-Sender-Description", f"{NOTE} Rights, licence, evidence and source: {BAG_FILE}."),
        ("Internal-Sender-Identifier", label.snapshot),
        ("Bagging-Date", label.on.isoformat()),
        ("Bag-Software-Agent", label.software),
        ("Payload-Oxum", f"{packed.bytes}.{packed.files}"),
        ("Tenuto-Rights", rights or "no recordings"),
        ("Tenuto-Incomplete-Recordings", str(packed.failed)),
    ]


def _digest(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while data := file.read(1 << 20):
            digest.update(data)
    return digest.hexdigest()
