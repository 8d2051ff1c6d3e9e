"""Signs the newest edition's metadata anew before it expires; the edition itself stays as it is."""

from datetime import UTC, date, datetime, time
from pathlib import Path

from tenuto.formats.metadata import named_by, roots_in, sign_edition
from tenuto.formats.metadata_chain import Opened, open_metadata
from tenuto.fsync import atomic_write_bytes
from tenuto.publish.former import METADATA, read_metadata
from tenuto.publish.keys import SigningKeys


def renew_edition(folder: Path, keys: SigningKeys, *, on: date) -> Opened:
    """What the metadata says afterwards (metadata.md, clause 8). Costs no more than its few files.

    A client in mid-update finds what it was promised: only files older than the former timestamp go.
    `FixityError` where the metadata there doesn't hold.
    """
    now = datetime.combine(on, time(), UTC)
    former = read_metadata(folder)
    targets = open_metadata(former, now=now).targets
    signed = sign_edition(targets, top=keys.top, on=on, signers=keys.signers, former=former)
    signed |= {f"{version}.root.json": root for version, root in keys.roots.items()}
    opened = open_metadata(signed, now=now)
    for name in sorted(signed, key=lambda name: name == "timestamp.json"):
        if former.get(name) != signed[name]:
            atomic_write_bytes(folder / METADATA / name, signed[name])
    wanted = {*signed, *named_by(former), *roots_in(former).values()}
    for name in former.keys() - wanted:
        (folder / METADATA / name).unlink()
    return opened
