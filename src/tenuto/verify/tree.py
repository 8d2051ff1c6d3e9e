"""The door: finds out what a folder is, and has it checked."""

from datetime import datetime
from pathlib import Path

from tenuto.formats.volume import SUMS
from tenuto.model.errors import NotFoundError
from tenuto.model.ports import Reporter
from tenuto.verify.edition import check_edition
from tenuto.verify.folder import Folder
from tenuto.verify.mirror import MIRROR, check_mirror
from tenuto.verify.report import Findings, Quiet, Report
from tenuto.verify.volume import check_volume


def verify_tree(
    path: Path,
    *,
    now: datetime,
    torrent: Path | None = None,
    trusted_root: bytes | None = None,
    reporter: Reporter | None = None,
) -> Report:
    """Checks a volume's folder (optionally against its torrent), an edition's or a mirror's; reads all.

    `now` (aware) decides only which signatures are noted as expired. `trusted_root`: root metadata known
    from elsewhere; without it the edition's own is taken on trust, and noted. `NotFoundError` where there
    is no such folder, or it is neither; any other trouble is a fault in the report.
    """
    findings = Findings(reporter or Quiet())
    if not path.is_dir():
        raise NotFoundError(
            "no such folder", where=str(path), remedy="Name a volume's, an edition's or a mirror's folder"
        )
    if (path / MIRROR).is_file():
        check_mirror(path, findings, now=now, trusted_root=trusted_root)
        return findings.report("mirror")
    folder = Folder(path, findings)
    if "edition.json" in folder.files:
        check_edition(folder, findings, now=now, trusted_root=trusted_root)
        return findings.report("edition")
    if SUMS in folder.files:
        check_volume(folder, findings, name=path.resolve().name, torrent=torrent)
        return findings.report("volume")
    raise NotFoundError(
        f"no volume (no {SUMS}), no edition (no edition.json) and no mirror (no {MIRROR})",
        where=str(path),
        remedy="Name the folder that holds that file",
    )
