"""Signing keys (metadata.md, clauses 1 to 3 and 8)."""

import os
from datetime import date
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tenuto.formats.metadata import ONLINE_ROLES
from tenuto.model.errors import ConfigurationError
from tenuto.publish.keys import create_keys, load_keys, renew_root

from .archive import ON


def test_keys_are_private_and_made_once(tmp_path: Path) -> None:
    """Clauses 1 and 2."""
    old = os.umask(0)
    try:
        create_keys(tmp_path / "keys", on=ON)
    finally:
        os.umask(old)
    pems = sorted((tmp_path / "keys").glob("*.pem"))
    assert [p.name for p in pems] == ["root.pem", "snapshot.pem", "targets.pem", "timestamp.pem"]
    assert {p.stat().st_mode & 0o777 for p in pems} == {0o600}
    assert {p.read_bytes()[:27] for p in pems} == {b"-----BEGIN PRIVATE KEY-----"}
    before = [p.read_bytes() for p in pems]
    create_keys(tmp_path / "keys", on=date(2027, 1, 1))
    assert [p.read_bytes() for p in pems] == before
    assert len({load_keys(tmp_path / "keys").signers[role].public_key.keyid for role in ONLINE_ROLES}) == 3


def test_publishing_needs_no_root_key(tmp_path: Path) -> None:
    """Clause 3."""
    create_keys(tmp_path, on=ON)
    (tmp_path / "root.pem").unlink()
    keys = load_keys(tmp_path)
    assert set(keys.signers) == set(ONLINE_ROLES)
    assert list(keys.roots) == [1]
    with pytest.raises(ConfigurationError, match=r"root\.pem"):
        renew_root(tmp_path, on=ON)


def test_a_renewed_root_is_the_next_version(tmp_path: Path) -> None:
    """Clause 8."""
    create_keys(tmp_path, on=ON)
    (tmp_path / "timestamp.pem").unlink()
    with pytest.raises(ConfigurationError, match="missing"):
        load_keys(tmp_path)
    (tmp_path / "1.root.json").rename(tmp_path / "kept")
    create_keys(tmp_path, on=ON)  # makes only what isn't there
    (tmp_path / "kept").rename(tmp_path / "1.root.json")
    assert renew_root(tmp_path, on=ON) == 2
    assert sorted(load_keys(tmp_path).roots) == [1, 2]


def test_broken_and_readable_keys_are_refused(tmp_path: Path) -> None:
    create_keys(tmp_path, on=ON)
    key = tmp_path / "targets.pem"
    key.chmod(0o640)
    with pytest.raises(ConfigurationError, match="others can read"):
        load_keys(tmp_path)
    key.chmod(0o600)
    key.write_bytes(b"nonsense")
    with pytest.raises(ConfigurationError, match="not a signing key"):
        load_keys(tmp_path)
    rsa = generate_private_key(65537, 2048)
    key.write_bytes(rsa.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(ConfigurationError, match="Ed25519"):
        load_keys(tmp_path)


def test_no_keys_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="missing"):
        load_keys(tmp_path / "nowhere")
