"""Signed metadata of an edition, role by role, and how it is signed (docs/formats/metadata.md).

Pure: keys and date are arguments, and Ed25519 signatures are deterministic (RFC 8032), so equal arguments
give equal bytes. Source: The Update Framework specification 1.0; TAP 15 (succinct hash bins).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import Final, TypeVar

from securesystemslib.signer import CryptoSigner, Key  # type: ignore[attr-defined]  # re-exported so
from tuf.api.metadata import (  # type: ignore[attr-defined]  # re-exported without `__all__`
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    SuccinctRoles,
    TargetFile,
    Targets,
    Timestamp,
)
from tuf.api.serialization.json import JSONSerializer

from tenuto.formats.withdrawals import WITHDRAWALS
from tenuto.model.ids import Sha256

ROOT: Final = Root.type
TARGETS: Final = Targets.type
SNAPSHOT: Final = Snapshot.type
TIMESTAMP: Final = Timestamp.type
EDITION: Final = "edition"
"""Delegates the edition's files to hash bins, and signs these."""
REVOCATIONS: Final = "withdrawals"
"""Vouches for the list of withdrawals, and for nothing else."""

ONLINE_ROLES: Final = (EDITION, REVOCATIONS, SNAPSHOT, TIMESTAMP)
"""Publishing signs with their keys. Those of root and targets are for ceremonies (clause 3)."""

DAYS_VALID: Final = {ROOT: 365, TARGETS: 365, EDITION: 90, REVOCATIONS: 7, SNAPSHOT: 30, TIMESTAMP: 7}
"""After the date given (clause 5). A bin is valid as long as `edition`."""

BINS: Final = SuccinctRoles([], 1, 5, "bins")
"""32 bins, for ever: a TUF client refuses a repository from which a role has vanished."""

_PATHS: Final = {REVOCATIONS: [WITHDRAWALS], EDITION: ["*", "*/*"]}
"""In the order in which a client asks them; the first that matches has the last word."""

SERIALIZER: Final = JSONSerializer(compact=True)
Role = TypeVar("Role", Root, Timestamp, Snapshot, Targets)
Signers = Mapping[str, CryptoSigner]


@dataclass(frozen=True, slots=True)
class Target:
    """What the metadata vouches for: a file of the edition."""

    length: int
    sha256: Sha256


def make_root(keys: Mapping[str, Sequence[Key]], *, threshold: int, on: date, version: int) -> Metadata[Root]:
    """Root metadata, still to be signed by `threshold` of the root keys. `keys`: by top-level role."""
    root = Root(version=version, expires=_expiry(ROOT, on), consistent_snapshot=True)
    for role in (ROOT, TARGETS, SNAPSHOT, TIMESTAMP):
        for key in keys[role]:
            root.add_key(key, role)
    root.roles[ROOT].threshold = threshold
    return Metadata(root)


def make_targets(keys: Mapping[str, Key], *, on: date, version: int, signer: CryptoSigner) -> bytes:
    """The top of the targets: nothing but the delegations to `withdrawals` and `edition`. `keys`: theirs."""
    roles = {
        name: DelegatedRole(name, [keys[name].keyid], 1, terminating=True, paths=paths)
        for name, paths in _PATHS.items()
    }
    delegations = Delegations({keys[name].keyid: keys[name] for name in _PATHS}, roles)
    return _signed(Targets(version, expires=_expiry(TARGETS, on), delegations=delegations), signer)


def sign_edition(
    targets: Mapping[str, Target],
    *,
    top: bytes,
    on: date,
    signers: Signers,
    former: Mapping[str, bytes],
) -> dict[str, bytes]:
    """All metadata files of an edition but the roots, by name.

    `top`: the newest targets metadata. `former`: the metadata files of the edition before, or of this one
    in order to renew it; empty for the first. What a role says already isn't signed again while more than
    half of its time is left (clause 7). `signers`: by online role.
    """
    chain = _Chain(on, signers, former)
    chain.take(top)
    chain.say(EDITION, EDITION, _edition_role(signers[EDITION].public_key))
    bins: dict[str, dict[str, Target]] = {name: {} for name in BINS.get_roles()}
    for path, target in targets.items():
        if path != WITHDRAWALS:
            bins[bin_of(path)][path] = target
    for name, some in bins.items():
        chain.say(name, EDITION, _vouching(some))
    revocations = {path: target for path, target in targets.items() if path == WITHDRAWALS}
    chain.say(REVOCATIONS, REVOCATIONS, _vouching(revocations))
    return chain.finished()


def bin_of(path: str) -> str:
    """The role that vouches for the edition's file at `path`."""
    name: str = BINS.get_role_for_target(path)
    return name


def roots_in(names: Iterable[str]) -> dict[int, str]:
    """Names of root metadata files by version."""
    found = ((name, re.fullmatch(r"([1-9][0-9]{0,8})\.root\.json", name)) for name in names)
    return {int(match[1]): name for name, match in found if match}


def named_by(files: Mapping[str, bytes]) -> set[str]:
    """Names of the metadata files, but the roots, that our own timestamp leads to."""
    timestamp = Metadata[Timestamp].from_bytes(files["timestamp.json"]).signed
    name = f"{timestamp.snapshot_meta.version}.{SNAPSHOT}.json"
    listed = Metadata[Snapshot].from_bytes(files[name]).signed.meta
    return {"timestamp.json", name, *(f"{meta.version}.{role}" for role, meta in listed.items())}


class _Chain:
    """The metadata in hand, from the bottom up. `former` is our own, so it isn't verified."""

    def __init__(self, on: date, signers: Signers, former: Mapping[str, bytes]) -> None:
        self._on, self._signers, self._former = on, signers, former
        self._files: dict[str, bytes] = {}
        self._listed: dict[str, MetaFile] = {}
        self._timestamp = self._snapshot = None
        if former:
            self._timestamp = Metadata[Timestamp].from_bytes(former["timestamp.json"]).signed
            version = self._timestamp.snapshot_meta.version
            self._snapshot = Metadata[Snapshot].from_bytes(former[f"{version}.snapshot.json"]).signed

    def take(self, top: bytes) -> None:
        """Targets metadata that a ceremony has signed."""
        self._list(TARGETS, Metadata[Targets].from_bytes(top).signed.version, top)

    def say(self, name: str, by: str, role: Targets) -> None:
        """`role`, whose version and expiry aren't set yet, signed with the key of `by`."""
        before = self._before(name)
        role.expires = _expiry(by, self._on)
        if before is not None:
            data, said = before
            if self._holds(said, by, role) and self._is_signed(data, by):
                self._list(name, said.signed.version, data)
                return
            role.version = said.signed.version + 1
        self._list(name, role.version, _signed(role, self._signers[by]))

    def finished(self) -> dict[str, bytes]:
        """With snapshot and timestamp on top."""
        version = self._snapshot.version + 1 if self._snapshot else 1
        snapshot = Snapshot(version, expires=_expiry(SNAPSHOT, self._on), meta=self._listed)
        self._list(SNAPSHOT, version, _signed(snapshot, self._signers[SNAPSHOT]))
        stamp = Timestamp(
            self._timestamp.version + 1 if self._timestamp else 1,
            expires=_expiry(TIMESTAMP, self._on),
            snapshot_meta=self._listed.pop(f"{SNAPSHOT}.json"),
        )
        self._files["timestamp.json"] = _signed(stamp, self._signers[TIMESTAMP])
        return self._files

    def _before(self, name: str) -> tuple[bytes, Metadata[Targets]] | None:
        if self._snapshot is None:
            return None
        data = self._former[f"{self._snapshot.meta[f'{name}.json'].version}.{name}.json"]
        return data, Metadata[Targets].from_bytes(data)

    def _holds(self, said: Metadata[Targets], by: str, role: Targets) -> bool:
        """It says the same, and for more than half of its time."""
        left = said.signed.expires - _midnight(self._on)
        role.version, until = said.signed.version, role.expires
        role.expires = said.signed.expires
        same = bool(role == said.signed)
        role.expires = until
        return same and left > timedelta(days=DAYS_VALID[by]) / 2

    def _is_signed(self, data: bytes, by: str) -> bool:
        """By the key that signs now: after a rotation everything is signed anew."""
        return self._signers[by].public_key.keyid in Metadata[Targets].from_bytes(data).signatures

    def _list(self, name: str, version: int, data: bytes) -> None:
        self._files[f"{version}.{name}.json"] = data
        digests = {"sha256": sha256(data).hexdigest()}
        self._listed[f"{name}.json"] = MetaFile(version, len(data), digests)


def _edition_role(key: Key) -> Targets:
    bins = SuccinctRoles([key.keyid], 1, BINS.bit_length, BINS.name_prefix)
    return Targets(delegations=Delegations({key.keyid: key}, succinct_roles=bins))


def _vouching(targets: Mapping[str, Target]) -> Targets:
    files = {
        path: TargetFile(target.length, {"sha256": target.sha256}, path) for path, target in targets.items()
    }
    return Targets(targets=files)


def _signed(role: Role, signer: CryptoSigner) -> bytes:
    metadata = Metadata(role)
    metadata.sign(signer)
    return metadata.to_bytes(SERIALIZER)


def _expiry(role: str, on: date) -> datetime:
    return _midnight(on) + timedelta(days=DAYS_VALID[role])


def _midnight(on: date) -> datetime:
    return datetime.combine(on, time(), UTC)
