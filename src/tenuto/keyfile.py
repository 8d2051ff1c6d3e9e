"""A private Ed25519 key (RFC 8032) as a PEM file of its own, which only its owner can read."""

import os
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from tenuto.fsync import publish
from tenuto.model.errors import ConfigurationError

KEY_MODE: Final = 0o600


def make_private_key(path: Path) -> Ed25519PrivateKey:
    """A key that is there already is kept. Nobody else can read a new one at any moment."""
    if not path.exists():
        temporary = path.with_name(f".{path.name}.part")
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, KEY_MODE)
        with os.fdopen(descriptor, "wb") as file:
            private = Ed25519PrivateKey.generate()
            file.write(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        publish(temporary, path, mode=KEY_MODE)
    return read_private_key(path)


def read_private_key(path: Path) -> Ed25519PrivateKey:
    """`ConfigurationError` for a key that is missing, broken, of another kind, or readable by others."""
    try:
        if path.stat().st_mode & 0o077:
            raise ConfigurationError(
                "a signing key that others can read", where=str(path), remedy=f"chmod 600 {path.name}"
            )
        key = load_pem_private_key(path.read_bytes(), password=None)
    except FileNotFoundError as error:
        raise missing_key(path) from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigurationError(f"not a signing key: {error}", where=str(path)) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigurationError("a signing key of another kind", where=str(path), remedy="Use Ed25519")
    return key


def missing_key(path: Path) -> ConfigurationError:
    return ConfigurationError(
        "a signing key is missing", where=str(path), remedy="Restore it from your backup, or make new keys"
    )
