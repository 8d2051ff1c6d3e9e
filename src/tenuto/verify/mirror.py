"""A mirror's folder: its newest edition, and every volume of it that is here (docs/formats/mirror.md)."""

import re
from datetime import datetime
from pathlib import Path
from typing import Final

from tenuto.formats.edition import read_edition
from tenuto.formats.paths import component_fault
from tenuto.model.edition import EditionSummary
from tenuto.model.errors import BadInputError
from tenuto.verify.edition import check_edition
from tenuto.verify.folder import Folder
from tenuto.verify.report import Findings
from tenuto.verify.volume import check_volume

MIRROR: Final = "mirror.json"
_POINTER: Final = re.compile(r"e[0-9]{4,9}\n")


def check_mirror(root: Path, findings: Findings, *, now: datetime, trusted_root: bytes | None) -> None:
    """One volume's listing is in memory. Volumes that aren't here are noted: a mirror may hold only some."""
    with findings.within("editions/current"):
        name = _newest(root)
        edition, place = root / "editions" / name, f"editions/{name}/"
        with findings.below(place):
            listed = Folder(edition, findings)
            check_edition(listed, findings, now=now, trusted_root=trusted_root)
        with findings.within(f"{place}edition.json"):
            summary = read_edition(listed.read("edition.json"))
            with findings.within("volumes"):
                _check_volumes(root, edition, summary, findings)


def _newest(root: Path) -> str:
    with (root / "editions" / "current").open("rb") as file:
        text = file.read(16).decode("ascii", "replace")
    if not _POINTER.fullmatch(text) or (root / "editions" / text.strip()).is_symlink():
        raise BadInputError("it names no edition")
    return text.strip()


def _check_volumes(root: Path, edition: Path, summary: EditionSummary, findings: Findings) -> None:
    missing = 0
    for volume in summary.volumes:
        if component_fault(volume.name):
            findings.fault("volumes", f"edition {summary.id} names a volume unsafely")
            continue
        folder, place = root / "volumes" / volume.name, f"volumes/{volume.name}/"
        if not folder.is_dir():
            missing += 1
            continue
        with findings.below(place):
            if folder.is_symlink():
                findings.fault("", "a link, where a folder should be")
                continue
            torrent = edition / "volumes" / f"{volume.name}.torrent"
            check_volume(Folder(folder, findings), findings, name=volume.name, torrent=torrent)
    if missing:
        findings.notes.append(f"{missing} of the edition's {len(summary.volumes)} volumes aren't here")
    published = {volume.name for volume in summary.volumes}
    if strange := sum(path.name not in published for path in (root / "volumes").iterdir()):
        findings.notes.append(f"{strange} volumes here are no longer published; they weren't checked")
