"""A volume's folder: sums, index, rights table, and the torrent where one is given (volume.md)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tenuto.formats.bencode import MAX_BYTES
from tenuto.formats.manifest import read_sums
from tenuto.formats.rights_table import read_rights
from tenuto.formats.torrent_view import TorrentView, ViewedFile, parse_torrent
from tenuto.formats.volume import INDEX, PAPERS, RIGHTS, SUMS
from tenuto.formats.volume_index import read_index
from tenuto.model.errors import BadInputError
from tenuto.model.ids import Sha256
from tenuto.model.objects import PIECE_LENGTH, ObjectDigests
from tenuto.verify.folder import Folder
from tenuto.verify.report import Findings

Digests = Mapping[str, ObjectDigests]


def check_volume(folder: Folder, findings: Findings, *, name: str, torrent: Path | None) -> None:
    """Reads every file once; everything found wrong goes into `findings`."""
    findings.reporter.phase("verify", items=len(folder.files), total_bytes=sum(folder.files.values()))
    sums = _sums(folder, findings)
    digests = _hash_all(folder, findings)
    _compare_sums(sums, folder, digests, findings)
    _check_pads(folder, findings)
    view = _view(torrent, findings) if torrent else None
    rows = _check_index(folder, digests, view, findings)
    _check_rights(folder, rows, findings)
    if view:
        _check_torrent(view, folder, digests, findings)
        if view.name != name:
            findings.notes.append(f"the torrent calls this folder {view.name}")


def _sums(folder: Folder, findings: Findings) -> dict[str, Sha256]:
    sums: dict[str, Sha256] = {}
    with findings.within(SUMS), folder.open(SUMS) as file:
        for line in read_sums(file):
            if line.path in sums:
                findings.fault(line.path, f"twice in {SUMS}")
            sums[line.path] = line.sha256
    return sums


def _hash_all(folder: Folder, findings: Findings) -> dict[str, ObjectDigests]:
    digests: dict[str, ObjectDigests] = {}
    for path in folder.files:
        with findings.within(path):
            digests[path] = folder.digests(path)
    return digests


def _compare_sums(sums: Mapping[str, Sha256], folder: Folder, digests: Digests, findings: Findings) -> None:
    for path, expected in sums.items():
        if path not in folder.files:
            findings.fault(path, "missing")
        elif path in digests and digests[path].sha256 != expected:
            findings.fault(path, f"its SHA-256 is {digests[path].sha256}, and should be {expected}")
    for path in sorted(folder.files.keys() - sums.keys() - {SUMS}):
        findings.fault(path, f"not in {SUMS}")
    for paper in PAPERS:
        if paper not in folder.files and paper not in sums:
            findings.fault(paper, "missing")


def _check_pads(folder: Folder, findings: Findings) -> None:
    """Harmless where they hold zero bytes only; then they are noted."""
    for path in folder.pads:
        with findings.within(path):
            if any(folder.read(path)):
                findings.fault(path, "a pad file that isn't all zero bytes")
    if folder.pads:
        findings.notes.append(
            f"{len(folder.pads)} pad files, which the torrent client wrote; you may delete .pad"
        )


def _check_index(
    folder: Folder, digests: Digests, view: TorrentView | None, findings: Findings
) -> dict[str, dict[str, Any]]:
    """The index's rows by recording."""
    rows: dict[str, dict[str, Any]] = {}
    places = {file.path: file for file in view.files} if view else {}
    with findings.within(INDEX):
        for row in read_index(folder.read(INDEX), max_rows=2 * len(folder.files)):
            _check_row(row, digests, places, findings)
            if row["recording_id"] in rows:
                findings.fault(INDEX, f"two rows of recording {row['recording_id']}")
            rows[row["recording_id"]] = row
        audio = {path for path in folder.files if "/" in path}
        for path in sorted(audio - {row["path"] for row in rows.values()}):
            findings.fault(path, f"no row in {INDEX}")
    return rows


def _check_row(
    row: Mapping[str, Any], digests: Digests, places: Mapping[str, ViewedFile], findings: Findings
) -> None:
    found = digests.get(row["path"])
    if found is None:
        findings.fault(row["path"], f"in {INDEX}, but missing or unreadable")
        return
    actual = {"length": found.length, "sha256": found.sha256, "pieces_root": found.pieces_root.hex()}
    place = places.get(row["path"])
    if place:
        actual |= {"file_index": place.index, "offset": place.offset}
    for field, value in actual.items():
        if row[field] != value:
            findings.fault(row["path"], f"{INDEX} gives the {field} {row[field]}, and it is {value}")


def _check_rights(folder: Folder, rows: Mapping[str, Mapping[str, Any]], findings: Findings) -> None:
    """Exactly one row a recording, with a licence, agreeing with the index."""
    seen: set[str] = set()
    with findings.within(RIGHTS):
        for right in read_rights(folder.read(RIGHTS)):
            recording = right["recording_id"]
            row = rows.get(recording)
            if recording in seen:
                findings.fault(RIGHTS, f"two rows of recording {recording}")
            elif row is None:
                findings.fault(RIGHTS, f"recording {recording} isn't in {INDEX}")
            elif not right["licence"] or (right["path"], right["licence"]) != (row["path"], row["licence"]):
                findings.fault(row["path"], f"{RIGHTS} and {INDEX} disagree on path or licence")
            seen.add(recording)
    for recording in rows.keys() - seen:
        findings.fault(rows[recording]["path"], f"no row in {RIGHTS}")


def _view(torrent: Path, findings: Findings) -> TorrentView | None:
    with findings.within(torrent.name):
        with torrent.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        view = parse_torrent(data)
        if view.piece_length != PIECE_LENGTH:
            raise BadInputError(f"a piece length of {view.piece_length}, not {PIECE_LENGTH}")
        return view
    return None


def _check_torrent(view: TorrentView, folder: Folder, digests: Digests, findings: Findings) -> None:
    named = {file.path for file in view.files}
    for path in sorted(folder.files.keys() - named):
        findings.fault(path, "not in the torrent")
    for file in view.files:
        found = digests.get(file.path)
        if found is None:
            findings.fault(file.path, "in the torrent, but missing or unreadable")
        elif (wrong := _difference(view, file, found)) is not None:
            findings.fault(file.path, f"its {wrong} isn't the torrent's")


def _difference(view: TorrentView, file: ViewedFile, found: ObjectDigests) -> str | None:
    if found.length != file.length:
        return "length"
    if file.pieces_root is not None and found.pieces_root != file.pieces_root:
        return "pieces root"
    pieces = found.v1_pieces
    if file is view.files[-1] and view.pieces[-20:] == found.v1_tail:
        pieces = pieces[:-20] + found.v1_tail
    return None if pieces == view.file_pieces(file) else "v1 pieces"
