"""Key ceremonies: keys made, renewed and rotated, and a root that several people sign (docs/keys.md).

Root metadata names the keys of root, targets, snapshot and timestamp; targets metadata those of `edition`
and `withdrawals`. A root that lacks signatures waits as `root.draft.json`, and doesn't count yet.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count
from pathlib import Path
from typing import Final, TypeVar

from securesystemslib.signer import CryptoSigner, Key  # type: ignore[attr-defined]  # re-exported so
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import (  # type: ignore[attr-defined]  # re-exported without `__all__`
    Metadata,
    Root,
    Targets,
)

from tenuto.formats.metadata import ONLINE_ROLES, ROOT, SERIALIZER, TARGETS, make_root, make_targets
from tenuto.fsync import atomic_write_bytes
from tenuto.model.errors import ConfigurationError, FixityError, UsageError
from tenuto.publish.keys import (
    IN_ROOT,
    IN_TARGETS,
    delegated,
    documents,
    key_path,
    make_key,
    read_signer,
    root_key_paths,
)

DRAFT: Final = "root.draft.json"
_MOST_ROOTS: Final = 16
R = TypeVar("R", Root, Targets)


@dataclass(frozen=True, slots=True)
class RoleState:
    """The keys of one role, and until when its newest metadata from a ceremony holds (None: online)."""

    role: str
    keys: tuple[str, ...]
    threshold: int
    here: tuple[str, ...]
    """Those whose private half is in the folder."""
    expires: datetime | None


@dataclass(frozen=True, slots=True)
class DraftState:
    """A root that still lacks signatures."""

    version: int
    signed: tuple[str, ...]
    """Key ids."""
    missing: tuple[str, ...]
    """Key ids that could still sign, of the former root and of its own."""


def create_keys(directory: Path, *, on: date, roots: int = 1, threshold: int = 1) -> None:
    """Makes the root keys `root-1.pem` …, one key for each other role, and signs the first metadata.

    Keys that are there already are kept; where root metadata is there, nothing happens. `on` starts the
    year of validity.
    """
    if not 1 <= threshold <= roots <= _MOST_ROOTS:
        raise UsageError(
            f"{threshold} of {roots} root keys can't be asked for",
            remedy=f"Choose 1 to {_MOST_ROOTS} keys, and a threshold that they can reach",
        )
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if documents(directory, ROOT):
        return
    paths = [key_path(directory, f"{ROOT}-{number}") for number in range(1, roots + 1)]
    keys = {ROOT: [make_key(path).public_key for path in paths]}
    keys |= {role: [make_key(key_path(directory, role)).public_key] for role in (TARGETS, *ONLINE_ROLES)}
    _write_targets(directory, {role: keys[role][0] for role in IN_TARGETS}, on=on, version=1)
    _draft(directory, make_root(keys, threshold=threshold, on=on, version=1))
    accept(directory, [])


def renew(directory: Path, *, on: date) -> None:
    """The next root and the next targets metadata, naming the same keys. The targets key must be here."""
    top = _newest(directory, Targets)
    _write_targets(directory, delegated(top), on=on, version=top.version + 1)
    root = _newest(directory, Root)
    _draft(directory, _successor(root, {}, on=on))
    accept(directory, [])


def rotate(directory: Path, role: str, *, on: date, replaced: str = "") -> None:
    """A new key for `role`. The old private key, if it is here, stays as `<name>.old.pem` and counts no more.

    For the root, `replaced` is the key id (or its beginning) of the key that goes; the new one is the next
    `root-<n>.pem`.
    """
    if role in IN_TARGETS:
        top = _newest(directory, Targets)
        named = delegated(top) | {role: _replace(key_path(directory, role))}
        _write_targets(directory, named, on=on, version=top.version + 1)
        return
    root = _newest(directory, Root)
    if role == ROOT:
        gone = [keyid for keyid in root.roles[ROOT].keyids if replaced and keyid.startswith(replaced)]
        if len(gone) != 1:
            raise UsageError(
                f"{len(gone)} root keys begin with {replaced!r}", remedy="`tenuto keys show` lists their ids"
            )
        stay = [key for key in _keys(root, ROOT) if key.keyid not in gone]
        free = (key_path(directory, f"{ROOT}-{number}") for number in count(1))
        new = make_key(next(path for path in free if not path.exists())).public_key
        changed = {ROOT: [*stay, new]}
    elif role in IN_ROOT:
        changed = {role: [_replace(key_path(directory, role))]}
    else:
        raise UsageError(f"{role!r} is no role", remedy=f"One of {', '.join((ROOT, TARGETS, *ONLINE_ROLES))}")
    if role == TARGETS:
        top = _newest(directory, Targets)
        _write_targets(directory, delegated(top), on=on, version=top.version + 1)
    _draft(directory, _successor(root, changed, on=on))
    accept(directory, [])


def sign_draft(draft: Path, key: Path) -> None:
    """Adds one signature to a draft, wherever it lies: needs no archive."""
    metadata = _read_draft(draft)
    metadata.sign(read_signer(key), append=True)
    atomic_write_bytes(draft, metadata.to_bytes(SERIALIZER))


def accept(directory: Path, copies: Iterable[Path]) -> DraftState | None:
    """Gathers the signatures of the draft's copies. Complete, it becomes the newest root: None then.

    `FixityError` for a copy that says other things than the draft.
    """
    path = directory / DRAFT
    draft = _read_draft(path)
    for copy in copies:
        found = _read_draft(copy)
        if found.signed != draft.signed:
            raise FixityError(
                "a draft of another root", where=str(copy), remedy="Have this one signed: " + DRAFT
            )
        draft.signatures |= {keyid: one for keyid, one in found.signatures.items() if one.signature}
    atomic_write_bytes(path, draft.to_bytes(SERIALIZER))
    judges = [draft.signed]
    if documents(directory, ROOT):
        judges.append(_newest(directory, Root))
    verdicts = [each.get_verification_result(ROOT, draft.signed_bytes, draft.signatures) for each in judges]
    if all(verdicts):
        atomic_write_bytes(directory / f"{draft.signed.version}.root.json", path.read_bytes())
        path.unlink()
        return None
    signed = {keyid for verdict in verdicts for keyid in verdict.signed}
    known = {keyid for verdict in verdicts for keyid in (*verdict.signed, *verdict.unsigned)}
    return DraftState(draft.signed.version, tuple(sorted(signed)), tuple(sorted(known - signed)))


def pending(directory: Path) -> DraftState | None:
    """The draft that waits for signatures, if there is one."""
    return accept(directory, []) if (directory / DRAFT).exists() else None


def roles(directory: Path) -> tuple[RoleState, ...]:
    """All roles, as the newest metadata of the ceremonies names them."""
    root, top = _newest(directory, Root), _newest(directory, Targets)
    paths = [*root_key_paths(directory), *(key_path(directory, role) for role in (TARGETS, *ONLINE_ROLES))]
    here = {read_signer(path).public_key.keyid for path in paths if path.exists()}
    expiry = {ROOT: root.expires, TARGETS: top.expires}
    found = []
    for role in (ROOT, TARGETS, *ONLINE_ROLES):
        in_root = root.roles.get(role)
        keys = tuple(in_root.keyids) if in_root else (delegated(top)[role].keyid,)
        mine = tuple(keyid for keyid in keys if keyid in here)
        threshold = in_root.threshold if in_root else 1
        found.append(RoleState(role, keys, threshold, mine, expiry.get(role)))
    return tuple(found)


def _successor(root: Root, changed: dict[str, list[Key]], *, on: date) -> Metadata[Root]:
    """The next version, naming the same keys but for those changed."""
    keys = {role: _keys(root, role) for role in (ROOT, *IN_ROOT)} | changed
    return make_root(keys, threshold=root.roles[ROOT].threshold, on=on, version=root.version + 1)


def _draft(directory: Path, root: Metadata[Root]) -> None:
    """Signed by every root key that is here. A draft that was begun before is given up."""
    for path in root_key_paths(directory):
        root.sign(read_signer(path), append=True)
    atomic_write_bytes(directory / DRAFT, root.to_bytes(SERIALIZER))


def _read_draft(path: Path) -> Metadata[Root]:
    try:
        metadata = Metadata[Root].from_bytes(path.read_bytes())
    except FileNotFoundError:
        raise ConfigurationError(
            "no draft of a root", where=str(path), remedy="`tenuto keys renew` or `rotate` makes one"
        ) from None
    except (RepositoryError, ValueError) as error:
        raise ConfigurationError(f"not a draft of a root: {error}", where=str(path)) from error
    if not isinstance(metadata.signed, Root):
        raise ConfigurationError("not root metadata", where=str(path), remedy=f"Name a copy of {DRAFT}")
    return metadata


def _write_targets(directory: Path, keys: dict[str, Key], *, on: date, version: int) -> None:
    signer: CryptoSigner = read_signer(key_path(directory, TARGETS))
    data = make_targets(keys, on=on, version=version, signer=signer)
    atomic_write_bytes(directory / f"{version}.targets.json", data)


def _newest(directory: Path, kind: type[R]) -> R:
    found = documents(directory, kind.type)
    if not found:
        raise ConfigurationError(
            f"no {kind.type} metadata", where=str(directory), remedy="Make keys with `tenuto keys create`"
        )
    return Metadata[R].from_bytes(found[max(found)]).signed


def _keys(root: Root, role: str) -> list[Key]:
    return [root.keys[keyid] for keyid in root.roles[role].keyids]


def _replace(path: Path) -> Key:
    """A new key under the old one's name."""
    if path.exists():
        path.replace(path.with_name(f"{path.stem}.old.pem"))
    return make_key(path).public_key
