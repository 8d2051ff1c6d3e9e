"""Opens an edition's signed metadata: bytes in, what they vouch for out (docs/formats/metadata.md, 9-12).

Pure. A client that updates keeps state and refuses what is old; that is `tuf.ngclient`'s business. This
reads one set of files as it stands.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import (  # type: ignore[attr-defined]  # re-exported without `__all__`
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    Targets,
    Timestamp,
)

from tenuto.formats.metadata import BINS, EDITION, REVOCATIONS, ROOT, TARGETS, Role, Target, bin_of, roots_in
from tenuto.formats.withdrawals import WITHDRAWALS
from tenuto.model.errors import FixityError
from tenuto.model.ids import Sha256


@dataclass(frozen=True, slots=True)
class Opened:
    """Metadata whose signatures hold."""

    version: int
    """Of the timestamp: grows with every edition and every renewal."""
    targets: Mapping[str, Target]
    expired: tuple[str, ...]
    """Roles that were past their date at the time given: genuine, but perhaps not the newest."""
    root_keys: tuple[str, ...]
    """Key ids that the root role trusts for itself; for a reader to compare with what the archive states."""
    root_threshold: int
    """How many of them must sign."""


def open_metadata(files: Mapping[str, bytes], *, now: datetime, trusted_root: bytes | None = None) -> Opened:
    """Checks the chain root, timestamp, snapshot, targets, edition, bins and withdrawals.

    `files`: the metadata folder's, by name. Without `trusted_root` the oldest root among them is taken on
    trust. `FixityError` where a link doesn't hold. Expiry is reported, not refused: a copy on a shelf stays
    genuine.
    """
    try:
        return _open(files, now, trusted_root)
    except (RepositoryError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise FixityError(
            f"the signed metadata doesn't hold: {error}", remedy="Get the edition again from its publisher"
        ) from error


def _open(files: Mapping[str, bytes], now: datetime, trusted_root: bytes | None) -> Opened:
    roots = {version: files[name] for version, name in roots_in(files).items()}
    root = _last_root(roots, trusted_root)
    timestamp = _verified(Timestamp, files["timestamp.json"], root)
    snapshot = _linked(Snapshot, files, timestamp.snapshot_meta, root)
    listed = snapshot.meta
    top = _linked(Targets, files, listed[f"{TARGETS}.json"], root)
    edition = _linked(Targets, files, listed[f"{EDITION}.json"], top, EDITION)
    revocations = _linked(Targets, files, listed[f"{REVOCATIONS}.json"], top, REVOCATIONS)
    bins = {name: _linked(Targets, files, listed[f"{name}.json"], edition, name) for name in BINS.get_roles()}
    targets = _targets(bins, revocations)
    roles = {role.type: role for role in (root, timestamp, snapshot, top)}
    roles |= {EDITION: edition, **bins, REVOCATIONS: revocations}
    return Opened(
        version=timestamp.version,
        targets=targets,
        expired=tuple(name for name, role in roles.items() if role.is_expired(now)),
        root_keys=tuple(root.roles[ROOT].keyids),
        root_threshold=root.roles[ROOT].threshold,
    )


def _targets(bins: Mapping[str, Targets], revocations: Targets) -> dict[str, Target]:
    """What each role may vouch for; a client wouldn't find anything else (clause 2)."""
    found: dict[str, Target] = {}
    for name, role in (*bins.items(), (REVOCATIONS, revocations)):
        for path, file in role.targets.items():
            if (REVOCATIONS if path == WITHDRAWALS else bin_of(path)) != name:
                raise ValueError(f"{name} vouches for {path}, which isn't its business")
            found[path] = Target(file.length, Sha256(file.hashes["sha256"]))
    return found


def _last_root(roots: Mapping[int, bytes], trusted_root: bytes | None) -> Root:
    """Follows the chain from the trusted root; each must be signed by the one before and by itself."""
    first = trusted_root if trusted_root is not None else roots[min(roots)]
    unproven = Metadata[Root].from_bytes(first).signed
    if not isinstance(unproven, Root):
        raise TypeError("the root metadata is of another role")
    root = _verified(Root, first, unproven)
    while root.version + 1 in roots:
        data = roots[root.version + 1]
        successor = _verified(Root, data, root)
        _verified(Root, data, successor)
        if successor.version != root.version + 1:
            raise ValueError(f"root version {successor.version} under the name of {root.version + 1}")
        root = successor
    return root


def _verified(kind: type[Role], data: bytes, delegator: Root | Targets, name: str = "") -> Role:
    """The role in `data`, if enough of the keys that its delegator names signed it."""
    metadata = Metadata[Role].from_bytes(data)
    if not isinstance(metadata.signed, kind):
        raise TypeError(f"{name or kind.type} metadata is of another role")
    delegator.verify_delegate(name or kind.type, metadata.signed_bytes, metadata.signatures)
    return metadata.signed


def _linked(
    kind: type[Role],
    files: Mapping[str, bytes],
    meta: MetaFile,
    delegator: Root | Targets,
    name: str = "",
) -> Role:
    """The file of a role in the version that the role above promises."""
    shown = name or kind.type
    data = files[f"{meta.version}.{shown}.json"]
    meta.verify_length_and_hashes(data)
    role = _verified(kind, data, delegator, name)
    if role.version != meta.version:
        raise ValueError(f"{shown} version {role.version}, promised {meta.version}")
    return role
