"""Signing keys as files, and what is signed with them (docs/formats/metadata.md, clauses 1-4).

<role>.pem, root-<name>.pem     private keys, as far as they are here
<n>.root.json, <n>.targets.json signed in ceremonies; the newest counts, clients need every root
root.draft.json                 a root that still lacks signatures
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from securesystemslib.signer import CryptoSigner, Key  # type: ignore[attr-defined]  # re-exported so
from tuf.api.metadata import Metadata, Root, Targets  # type: ignore[attr-defined]  # re-exported so

from tenuto.formats.metadata import (
    EDITION,
    ONLINE_ROLES,
    REVOCATIONS,
    ROOT,
    SNAPSHOT,
    TARGETS,
    TIMESTAMP,
)
from tenuto.keyfile import make_private_key, missing_key, read_private_key
from tenuto.model.errors import ConfigurationError

IN_ROOT: Final = (TARGETS, SNAPSHOT, TIMESTAMP)
"""Roles whose one key root metadata names."""
IN_TARGETS: Final = (EDITION, REVOCATIONS)
"""Roles whose one key targets metadata names."""


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """What publishing signs with. `signers` holds the online roles only."""

    signers: Mapping[str, CryptoSigner]
    top: bytes
    """The newest targets metadata."""
    roots: Mapping[int, bytes]
    """Public root metadata by version."""


def load_keys(directory: Path) -> SigningKeys:
    """The online keys and what the ceremonies left.

    `ConfigurationError` where one is missing or broken, or isn't the one that the ceremonies named.
    """
    roots, tops = documents(directory, ROOT), documents(directory, TARGETS)
    for found, role in ((roots, ROOT), (tops, TARGETS)):
        if not found:
            raise missing_key(directory / f"1.{role}.json")
    keys = SigningKeys(
        {role: read_signer(key_path(directory, role)) for role in ONLINE_ROLES}, tops[max(tops)], roots
    )
    _check(keys, directory)
    return keys


def _check(keys: SigningKeys, directory: Path) -> None:
    """What is signed with these keys will hold."""
    root = Metadata[Root].from_bytes(keys.roots[max(keys.roots)]).signed
    top = Metadata[Targets].from_bytes(keys.top)
    named = {role: root.roles[role].keyids for role in IN_ROOT}
    named |= {role: [key.keyid] for role, key in delegated(top.signed).items()}
    mine = {role: signer.public_key.keyid for role, signer in keys.signers.items()}
    mine[TARGETS] = next(iter(top.signatures), "")
    for role, keyid in mine.items():
        if keyid not in named[role]:
            raise ConfigurationError(
                f"the key of {role} isn't the one that the newest metadata names",
                where=str(directory),
                remedy="Finish the ceremony (`tenuto keys show`), or restore the key",
            )


def delegated(top: Targets) -> dict[str, Key]:
    """The one key of each role that targets metadata of ours names."""
    delegations = top.delegations
    if delegations is None or delegations.roles is None:
        raise ConfigurationError("targets metadata without delegations", remedy="Restore it from your backup")
    return {name: delegations.keys[role.keyids[0]] for name, role in delegations.roles.items()}


def documents(directory: Path, role: str) -> dict[int, bytes]:
    """The ceremonies' metadata of a role by version, ascending."""
    names = (
        (path, re.fullmatch(rf"([1-9][0-9]{{0,8}})\.{role}\.json", path.name)) for path in _files(directory)
    )
    return dict(sorted((int(name[1]), path.read_bytes()) for path, name in names if name))


def key_path(directory: Path, role: str) -> Path:
    return directory / f"{role}.pem"


def root_key_paths(directory: Path) -> list[Path]:
    """The root keys that are here."""
    return [path for path in _files(directory) if re.fullmatch(r"root-[0-9]{1,3}\.pem", path.name)]


def make_key(path: Path) -> CryptoSigner:
    """As `make_private_key`."""
    return CryptoSigner(make_private_key(path))


def read_signer(path: Path) -> CryptoSigner:
    """As `read_private_key`."""
    return CryptoSigner(read_private_key(path))


def _files(directory: Path) -> list[Path]:
    return sorted(directory.iterdir()) if directory.is_dir() else []
