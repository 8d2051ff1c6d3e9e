"""An edition's folder: signatures, what they vouch for, whether the parts agree (edition.md, metadata.md)."""

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import PurePosixPath
from typing import Final

from tenuto.formats.edition import read_edition, read_files, read_places
from tenuto.formats.metadata_chain import Opened, open_metadata
from tenuto.formats.torrent_view import TorrentView, parse_torrent
from tenuto.formats.volume import INDEX
from tenuto.formats.withdrawals import WITHDRAWALS, read_withdrawals
from tenuto.model.edition import EditionSummary, VolumeSummary
from tenuto.model.ids import EditionId, Sha256
from tenuto.verify.folder import Folder
from tenuto.verify.report import Findings

_EDITION: Final = "edition.json"
_METADATA: Final = "metadata"
_METADATA_FILE: Final = re.compile(r"metadata/((?:[1-9][0-9]{0,8}\.)?[a-z0-9-]{1,40}\.json)")


def check_edition(folder: Folder, findings: Findings, *, now: datetime, trusted_root: bytes | None) -> None:
    """Signatures first, then every file that they vouch for, then what the files say of each other."""
    findings.reporter.phase("verify", items=len(folder.files), total_bytes=sum(folder.files.values()))
    opened: Opened | None = None
    with findings.within(_METADATA):
        opened = _open(folder, now, trusted_root)
    if opened is not None:
        _note(opened, findings, trusted=trusted_root is not None)
        _check_targets(opened, folder, findings)
    with findings.within(_EDITION):
        summary = read_edition(folder.read(_EDITION))
        _check_volumes(summary, _withdrawn(folder, findings), folder, findings)


def _withdrawn(folder: Folder, findings: Findings) -> frozenset[Sha256]:
    """Objects that the edition says must be dropped."""
    with findings.within(WITHDRAWALS):
        return frozenset(each.object for each in read_withdrawals(folder.read(WITHDRAWALS)))
    return frozenset()


def _open(folder: Folder, now: datetime, trusted_root: bytes | None) -> Opened:
    files = {
        found[1]: folder.read(path) for path in folder.files if (found := _METADATA_FILE.fullmatch(path))
    }
    return open_metadata(files, now=now, trusted_root=trusted_root)


def _note(opened: Opened, findings: Findings, *, trusted: bool) -> None:
    if not trusted:
        keys = f"{opened.root_threshold} of {', '.join(opened.root_keys)}"
        findings.notes.append(f"the root keys were taken on trust; compare them with the archive's: {keys}")
    findings.notes += [
        f"the {role} signature has expired: genuine, but there may be a newer edition"
        for role in opened.expired
    ]


def _check_targets(opened: Opened, folder: Folder, findings: Findings) -> None:
    """Every file is vouched for, and is what was vouched for."""
    for path, target in opened.targets.items():
        if folder.files.get(path) != target.length:
            findings.fault(path, f"missing, or not {target.length} bytes long")
            continue
        with findings.within(path):
            if folder.digests(path).sha256 != target.sha256:
                findings.fault(path, "its SHA-256 isn't the signed one")
    for path in sorted((folder.files.keys() | folder.pads.keys()) - opened.targets.keys()):
        if PurePosixPath(path).parts[0] != _METADATA:
            findings.fault(path, "nobody signed for this file")


def _check_volumes(
    summary: EditionSummary, withdrawn: frozenset[Sha256], folder: Folder, findings: Findings
) -> None:
    known: dict[str, VolumeSummary] = {}
    files = 0
    for volume in summary.volumes:
        if volume.name in known:
            findings.fault(_EDITION, f"two volumes of the name {volume.name}")
        known[volume.name] = volume
        files += _check_volume(volume, folder, findings)
    if summary.recordings != sum(volume.recordings for volume in known.values()):
        findings.fault(_EDITION, "its recordings aren't the sum of its volumes'")
    if summary.bytes != sum(volume.bytes for volume in known.values()):
        findings.fault(_EDITION, "its bytes aren't the sum of its volumes'")
    _check_places(known, summary, withdrawn, folder, findings, max_rows=files)


def _check_volume(volume: VolumeSummary, folder: Folder, findings: Findings) -> int:
    """How many files it really lists."""
    stem = f"volumes/{volume.name}"
    with findings.within(f"{stem}.torrent"):
        hybrid = parse_torrent(folder.read(f"{stem}.torrent"))
        said = (volume.name, volume.infohash_v1, volume.infohash_v2, volume.files, volume.bytes)
        total = sum(file.length for file in hybrid.files)
        if said != (hybrid.name, hybrid.infohash_v1, hybrid.infohash_v2, len(hybrid.files), total):
            findings.fault(f"{stem}.torrent", f"{_EDITION} says other things of it")
        _check_entries(volume, hybrid, folder, findings)
        if volume.infohash_twin is None:
            return len(hybrid.files)
        with findings.within(f"{stem}.v1.torrent"):
            twin = parse_torrent(folder.read(f"{stem}.v1.torrent"))
            if (twin.name, twin.infohash_v1) != (volume.name, volume.infohash_twin):
                findings.fault(f"{stem}.v1.torrent", f"{_EDITION} says other things of it")
            if twin.pieces != hybrid.pieces:
                findings.fault(f"{stem}.v1.torrent", "it holds other bytes than the hybrid")
        return len(hybrid.files)
    return 0


def _check_entries(volume: VolumeSummary, hybrid: TorrentView, folder: Folder, findings: Findings) -> None:
    path = f"volumes/{volume.name}.files.json"
    with findings.within(path):
        entries = read_files(folder.read(path))
        if [(e.path, e.length) for e in entries] != [(f.path, f.length) for f in hybrid.files]:
            findings.fault(path, "it lists other files than the torrent")
        if sum(entry.recording is not None for entry in entries) != volume.recordings:
            findings.fault(path, f"it lists another number of recordings than {_EDITION}")


def _check_places(
    known: Mapping[str, VolumeSummary],
    summary: EditionSummary,
    withdrawn: frozenset[Sha256],
    folder: Folder,
    findings: Findings,
    *,
    max_rows: int,
) -> None:
    """Each row of the edition's index against the torrent it points into; one torrent is in memory."""
    rows, current, files = 0, "", {}
    with findings.within(INDEX), folder.open(INDEX) as stream:
        for recording, place in read_places(stream, EditionId(summary.id), max_rows=max_rows):
            rows += 1
            if place.volume not in known:
                findings.fault(INDEX, f"recording {recording} is in a volume that isn't here")
                continue
            if place.object in withdrawn:
                findings.fault(INDEX, f"recording {recording} is withdrawn")
            if place.volume != current:
                view = parse_torrent(folder.read(f"volumes/{place.volume}.torrent"))
                current, files = place.volume, {file.path: file for file in view.files}
            file = files.get(place.path)
            found = file and (file.index, file.offset, file.length, (file.pieces_root or b"").hex())
            if found != (place.file_index, place.offset, place.length, place.pieces_root):
                findings.fault(INDEX, f"recording {recording} isn't where it says")
        if rows != summary.recordings:
            findings.fault(INDEX, f"{rows} rows for {summary.recordings} recordings")
