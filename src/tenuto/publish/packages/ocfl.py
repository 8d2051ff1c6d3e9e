"""Writes an OCFL 1.1 storage root: an object a recording, in layout 0003."""

import shutil
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from tenuto.formats.ocfl import (
    CONTENT,
    INVENTORY,
    OBJECT_DECLARATION,
    first_inventory,
    layout_files,
    object_path,
    sidecar,
)
from tenuto.formats.package import OBJECT_FILE, PackagedFile, write_recording
from tenuto.fsync import atomic_write_bytes, fsync_directory, make_folders
from tenuto.model.errors import SpaceError, TenutoError
from tenuto.model.ports import Reporter
from tenuto.publish.packages.copy import Objects
from tenuto.publish.packages.item import PackageItem, Packed, packaged_file
from tenuto.publish.packages.label import NOTE, Label
from tenuto.publish.packages.place import Place


def write_ocfl(
    items: Iterable[PackageItem], place: Place, objects: Objects, label: Label, reporter: Reporter
) -> Packed:
    """Each object is built in the scratch folder and renamed when it is whole."""
    packed = Packed()
    for path, data in layout_files().items():
        place.write(path, data)
    for item in items:
        files = _pack(item, place, objects, label, reporter)
        packed.count(item, files)
        reporter.advance(done_bytes=sum(file.length for file in files))
    return packed


def _pack(
    item: PackageItem, place: Place, objects: Objects, label: Label, reporter: Reporter
) -> list[PackagedFile]:
    target = place.package / object_path(f"urn:uuid:{item.recording}")
    before = _packed_before(item, target)
    if len(before) == len(item.held):
        return before
    shutil.rmtree(target, ignore_errors=True)  # an object of it was damaged then; it may be mended now
    building = place.scratch / item.recording
    shutil.rmtree(building, ignore_errors=True)
    content = building / "v1" / CONTENT
    content.mkdir(parents=True)
    files = []
    for held in item.held:
        holding, digests, _ = held
        name = f"{holding.tier}.{holding.extension}"
        try:
            objects.place(digests, content / name)
            files.append(packaged_file(name, held))
        except SpaceError:
            raise
        except TenutoError as error:
            reporter.fault(item.recording, str(error))
    if files:
        _describe(item, files, building, label)
        make_folders(target.parent)
        building.rename(target)
        fsync_directory(target.parent)
    return files


def _packed_before(item: PackageItem, target: Path) -> list[PackagedFile]:
    """The objects that an earlier run put into this one."""
    content = target / "v1" / CONTENT
    named = ((f"{held[0].tier}.{held[0].extension}", held) for held in item.held)
    return [packaged_file(name, held) for name, held in named if (content / name).is_file()]


def _describe(item: PackageItem, files: list[PackagedFile], building: Path, label: Label) -> None:
    """The recording's document, then the inventories over it and the audio."""
    document = write_recording(item.document(files))
    atomic_write_bytes(building / "v1" / CONTENT / OBJECT_FILE, document)
    digests = {file.path: file.sha256 for file in files} | {OBJECT_FILE: sha256(document).hexdigest()}
    inventory = first_inventory(
        f"urn:uuid:{item.recording}",
        {path: str(digest) for path, digest in digests.items()},
        created=label.created,
        message=f"Exported from the archive {label.archive}, snapshot {label.snapshot}. {NOTE}",
        by=label.software,
    )
    name, digest = sidecar(inventory)
    for place in (building / "v1", building):
        atomic_write_bytes(place / INVENTORY, inventory)
        atomic_write_bytes(place / name, digest)
    atomic_write_bytes(building / OBJECT_DECLARATION[0], OBJECT_DECLARATION[1])
