"""Signed metadata of an edition: TUF roles root, targets, snapshot, timestamp. docs/formats/metadata.md.

Pure: keys and date are arguments, and Ed25519 signatures are deterministic (RFC 8032), so equal arguments
give equal bytes. Source: The Update Framework specification 1.0.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import Final, TypeVar

from securesystemslib.signer import CryptoSigner  # type: ignore[attr-defined]  # re-exported without `__all__`
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import (  # type: ignore[attr-defined]  # re-exported without `__all__`
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)
from tuf.api.serialization.json import JSONSerializer

from tenuto.model.errors import FixityError
from tenuto.model.ids import Sha256

ONLINE_ROLES: Final = (Targets.type, Snapshot.type, Timestamp.type)
ROLES: Final = (Root.type, *ONLINE_ROLES)

DAYS_VALID: Final = {Root.type: 365, Targets.type: 90, Snapshot.type: 30, Timestamp.type: 7}
"""After the date given (metadata.md, clause 4)."""

_SERIALIZER: Final = JSONSerializer(compact=True)
_S = TypeVar("_S", Root, Timestamp, Snapshot, Targets)


@dataclass(frozen=True, slots=True)
class Target:
    """What the metadata vouches for: a file of the edition."""

    length: int
    sha256: Sha256


@dataclass(frozen=True, slots=True)
class Opened:
    """Metadata whose signatures hold."""

    version: int
    targets: Mapping[str, Target]
    expired: tuple[str, ...]
    """Roles that were past their date at the time given: genuine, but perhaps not the newest."""
    root_keys: tuple[str, ...]
    """Key ids that the root role trusts for itself; for a reader to compare with what the archive states."""


def make_root(signers: Mapping[str, CryptoSigner], *, on: date, version: int = 1) -> bytes:
    """Root metadata that names one key a role, signed by the root key. `signers`: all four, by role."""
    root = Root(version=version, expires=_expiry(Root.type, on), consistent_snapshot=False)
    for role in ROLES:
        root.add_key(signers[role].public_key, role)
    metadata = Metadata(root)
    metadata.sign(signers[Root.type])
    return metadata.to_bytes(_SERIALIZER)


def sign_targets(
    targets: Mapping[str, Target], *, version: int, on: date, signers: Mapping[str, CryptoSigner]
) -> dict[str, bytes]:
    """`targets.json`, `snapshot.json` and `timestamp.json` by file name, for these files of an edition."""
    files = {
        path: TargetFile(target.length, {"sha256": target.sha256}, path) for path, target in targets.items()
    }
    signed_targets = _signed(Targets(version, expires=_expiry(Targets.type, on), targets=files), signers)
    meta = {"targets.json": _meta_file(version, signed_targets)}
    signed_snapshot = _signed(Snapshot(version, expires=_expiry(Snapshot.type, on), meta=meta), signers)
    stamp = Timestamp(
        version, expires=_expiry(Timestamp.type, on), snapshot_meta=_meta_file(version, signed_snapshot)
    )
    return {
        "targets.json": signed_targets,
        "snapshot.json": signed_snapshot,
        "timestamp.json": _signed(stamp, signers),
    }


def open_metadata(
    roots: Mapping[int, bytes],
    files: Mapping[str, bytes],
    *,
    now: datetime,
    trusted_root: bytes | None = None,
) -> Opened:
    """Checks the chain root, timestamp, snapshot, targets. `FixityError` where a link doesn't hold.

    `roots`: root metadata by version. Without `trusted_root` the oldest of them is taken on trust.
    Expiry is reported, not refused: a copy on a shelf stays genuine.
    """
    try:
        return _open(roots, files, now, trusted_root)
    except (RepositoryError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise FixityError(
            f"the signed metadata doesn't hold: {error}", remedy="Get the edition again from its publisher"
        ) from error


def _open(
    roots: Mapping[int, bytes], files: Mapping[str, bytes], now: datetime, trusted_root: bytes | None
) -> Opened:
    root = _last_root(roots, trusted_root)
    timestamp = _verified(Timestamp, files["timestamp.json"], root)
    snapshot = _linked(Snapshot, files["snapshot.json"], timestamp.snapshot_meta, root)
    targets = _linked(Targets, files["targets.json"], snapshot.meta["targets.json"], root)
    return Opened(
        version=targets.version,
        targets={
            path: Target(file.length, Sha256(file.hashes["sha256"])) for path, file in targets.targets.items()
        },
        expired=tuple(role.type for role in (root, timestamp, snapshot, targets) if role.is_expired(now)),
        root_keys=tuple(root.roles[Root.type].keyids),
    )


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


def _verified(kind: type[_S], data: bytes, root: Root) -> _S:
    """The role in `data`, if enough of the keys that `root` names signed it."""
    metadata = Metadata[_S].from_bytes(data)
    if not isinstance(metadata.signed, kind):
        raise TypeError(f"{kind.type} metadata is of another role")
    root.verify_delegate(kind.type, metadata.signed_bytes, metadata.signatures)
    return metadata.signed


def _linked(kind: type[_S], data: bytes, meta: MetaFile, root: Root) -> _S:
    meta.verify_length_and_hashes(data)
    role = _verified(kind, data, root)
    if role.version != meta.version:
        raise ValueError(f"{kind.type} version {role.version}, promised {meta.version}")
    return role


def _signed(role: _S, signers: Mapping[str, CryptoSigner]) -> bytes:
    metadata = Metadata(role)
    metadata.sign(signers[role.type])
    return metadata.to_bytes(_SERIALIZER)


def _meta_file(version: int, data: bytes) -> MetaFile:
    return MetaFile(version, len(data), {"sha256": sha256(data).hexdigest()})


def _expiry(role: str, on: date) -> datetime:
    return datetime.combine(on, time(), UTC) + timedelta(days=DAYS_VALID[role])
