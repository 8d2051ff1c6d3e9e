"""Signing keys as files: one a role, and the public root metadata. Specified in docs/formats/metadata.md.

The root key is needed only to make and renew root metadata: keep it somewhere else in between.
"""

import os
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from securesystemslib.signer import CryptoSigner  # type: ignore[attr-defined]  # re-exported without `__all__`

from tenuto.formats.metadata import ONLINE_ROLES, ROLES, make_root
from tenuto.fsync import atomic_write_bytes
from tenuto.fsync import publish as durable
from tenuto.model.errors import ConfigurationError

KEY_MODE = 0o600


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """What publishing signs with. `signers` holds the online roles only."""

    signers: dict[str, CryptoSigner]
    roots: dict[int, bytes]
    """Public root metadata by version."""


def create_keys(directory: Path, *, on: date) -> None:
    """Makes four Ed25519 keys and `1.root.json`. A key that is there already is kept; so is `1.root.json`.

    `on` starts the root's year of validity.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if _root_versions(directory):
        return
    for role in ROLES:
        if not _key_path(directory, role).exists():
            _write_key(_key_path(directory, role), Ed25519PrivateKey.generate())
    _write_root(directory, on=on, version=1)


def renew_root(directory: Path, *, on: date) -> int:
    """Signs the next root metadata with the keys that are there now; returns its version.

    Do it before the root expires, or after replacing an online key's file. The root key must be the same.
    """
    version = max(_root_versions(directory), default=0) + 1
    _write_root(directory, on=on, version=version)
    return version


def load_keys(directory: Path) -> SigningKeys:
    """The online keys and all root metadata. `ConfigurationError` where one is missing or broken."""
    roots = {
        version: (directory / f"{version}.root.json").read_bytes() for version in _root_versions(directory)
    }
    if not roots:
        raise _missing(directory / "1.root.json")
    return SigningKeys({role: _signer(directory, role) for role in ONLINE_ROLES}, roots)


def _write_root(directory: Path, *, on: date, version: int) -> None:
    signers = {role: _signer(directory, role) for role in ROLES}
    atomic_write_bytes(directory / f"{version}.root.json", make_root(signers, on=on, version=version))


def _root_versions(directory: Path) -> list[int]:
    names = (
        re.fullmatch(r"([1-9][0-9]{0,8})\.root\.json", path.name) for path in directory.glob("*.root.json")
    )
    return sorted(int(name[1]) for name in names if name)


def _key_path(directory: Path, role: str) -> Path:
    return directory / f"{role}.pem"


def _write_key(path: Path, key: Ed25519PrivateKey) -> None:
    """Nobody else can read it at any moment: it is created with its mode."""
    temporary = path.with_name(f".{path.name}.part")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, KEY_MODE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    durable(temporary, path, mode=KEY_MODE)


def _signer(directory: Path, role: str) -> CryptoSigner:
    path = _key_path(directory, role)
    try:
        if path.stat().st_mode & 0o077:
            raise ConfigurationError(
                "a signing key that others can read", where=str(path), remedy=f"chmod 600 {path.name}"
            )
        key = load_pem_private_key(path.read_bytes(), password=None)
    except FileNotFoundError as error:
        raise _missing(path) from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigurationError(f"not a signing key: {error}", where=str(path)) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigurationError("a signing key of another kind", where=str(path), remedy="Use Ed25519")
    return CryptoSigner(key)


def _missing(path: Path) -> ConfigurationError:
    return ConfigurationError(
        "a signing key is missing", where=str(path), remedy="Restore it from your backup, or make new keys"
    )
