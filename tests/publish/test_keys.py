"""Signing keys and ceremonies (metadata.md, clause 4; docs/keys.md)."""

import os
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tenuto.formats.metadata import EDITION, ONLINE_ROLES, REVOCATIONS, ROOT, TARGETS, TIMESTAMP, sign_edition
from tenuto.formats.metadata_chain import Opened, open_metadata
from tenuto.model.errors import ConfigurationError, FixityError, UsageError
from tenuto.publish.ceremony import DRAFT, accept, create_keys, pending, renew, roles, rotate, sign_draft
from tenuto.publish.keys import load_keys

from .archive import ON

LATER = date(2026, 6, 1)


def _opened(directory: Path, on: date = ON, trusted: bytes | None = None) -> Opened:
    """What a reader finds in metadata that these keys signed."""
    keys = load_keys(directory)
    files = sign_edition({}, top=keys.top, on=on, signers=keys.signers, former={})
    files |= {f"{version}.root.json": data for version, data in keys.roots.items()}
    now = datetime(on.year, on.month, on.day, tzinfo=UTC)
    return open_metadata(files, now=now, trusted_root=trusted)


def test_keys_are_private_and_made_once(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        create_keys(tmp_path / "keys", on=ON)
    finally:
        os.umask(old)
    pems = sorted((tmp_path / "keys").glob("*.pem"))
    assert [p.stem for p in pems] == sorted([*ONLINE_ROLES, "root-1", TARGETS])
    assert {p.stat().st_mode & 0o777 for p in pems} == {0o600}
    assert {p.read_bytes()[:27] for p in pems} == {b"-----BEGIN PRIVATE KEY-----"}
    before = [p.read_bytes() for p in pems]
    create_keys(tmp_path / "keys", on=date(2027, 1, 1))
    assert [p.read_bytes() for p in pems] == before
    assert len({s.public_key.keyid for s in load_keys(tmp_path / "keys").signers.values()}) == 4
    assert _opened(tmp_path / "keys").expired == ()


def test_publishing_needs_no_offline_key(tmp_path: Path) -> None:
    create_keys(tmp_path, on=ON)
    (tmp_path / "root-1.pem").unlink()
    (tmp_path / "targets.pem").unlink()
    assert set(load_keys(tmp_path).signers) == set(ONLINE_ROLES)
    assert _opened(tmp_path).expired == ()
    with pytest.raises(ConfigurationError, match=r"targets\.pem"):
        renew(tmp_path, on=LATER)


def test_a_renewed_ceremony_gives_another_year(tmp_path: Path) -> None:
    create_keys(tmp_path, on=ON)
    first = load_keys(tmp_path).roots[1]
    renew(tmp_path, on=LATER)
    assert sorted(load_keys(tmp_path).roots) == [1, 2]
    assert _opened(tmp_path, date(2027, 3, 1), first).expired == ()


def test_a_threshold_is_reached_by_people_apart(tmp_path: Path) -> None:
    """Three keys, two must sign, and each lies elsewhere."""
    keys = tmp_path / "keys"
    create_keys(keys, on=ON, roots=3, threshold=2)
    first = load_keys(keys).roots[1]
    assert _opened(keys).root_threshold == 2
    for number in (1, 2, 3):
        (tmp_path / f"holder-{number}").mkdir()
        shutil.move(keys / f"root-{number}.pem", tmp_path / f"holder-{number}" / "mine.pem")
    renew(keys, on=LATER)
    waiting = pending(keys)
    assert waiting is not None
    assert (waiting.version, waiting.signed, len(waiting.missing)) == (2, (), 3)
    copies = []
    for number in (1, 3):
        copy = Path(shutil.copy(keys / DRAFT, tmp_path / f"holder-{number}"))
        sign_draft(copy, copy.with_name("mine.pem"))
        copies.append(copy)
    one = accept(keys, copies[:1])
    assert one is not None
    assert len(one.signed) == 1
    assert accept(keys, copies[1:]) is None
    assert pending(keys) is None
    assert sorted(load_keys(keys).roots) == [1, 2]
    assert _opened(keys, LATER, first).root_threshold == 2


def test_a_strangers_signature_counts_nothing(tmp_path: Path) -> None:
    create_keys(tmp_path / "keys", on=ON)
    create_keys(tmp_path / "stranger", on=ON)
    (tmp_path / "keys" / "root-1.pem").rename(tmp_path / "root-1.pem")
    renew(tmp_path / "keys", on=LATER)
    copy = Path(shutil.copy(tmp_path / "keys" / DRAFT, tmp_path))
    sign_draft(copy, tmp_path / "stranger" / "root-1.pem")
    assert accept(tmp_path / "keys", [copy]) is not None
    renew(tmp_path / "stranger", on=date(2026, 7, 1))
    (tmp_path / "stranger" / "root-1.pem").unlink()
    rotate(tmp_path / "stranger", TIMESTAMP, on=LATER)
    with pytest.raises(FixityError, match="another root"):
        accept(tmp_path / "keys", [tmp_path / "stranger" / DRAFT])


@pytest.mark.parametrize("role", [TARGETS, *ONLINE_ROLES])
def test_a_rotated_key_is_followed_by_old_readers(tmp_path: Path, role: str) -> None:
    create_keys(tmp_path, on=ON)
    first, before = load_keys(tmp_path).roots[1], _named(tmp_path)
    rotate(tmp_path, role, on=LATER)
    after = _named(tmp_path)
    assert {each for each in before if before[each] != after[each]} == {role}
    assert (tmp_path / f"{role}.old.pem").exists()
    assert _opened(tmp_path, LATER, first).expired == ()


def test_a_lost_root_key_is_replaced_by_the_others(tmp_path: Path) -> None:
    create_keys(tmp_path, on=ON, roots=3, threshold=2)
    first = load_keys(tmp_path).roots[1]
    (tmp_path / "root-2.pem").unlink()
    (root, *_) = roles(tmp_path)
    assert (len(root.keys), root.threshold, len(root.here)) == (3, 2, 2)
    (lost,) = set(root.keys) - set(root.here)
    rotate(tmp_path, ROOT, on=LATER, replaced=lost[:12])
    (root, *_) = roles(tmp_path)
    assert lost not in root.keys
    assert (len(root.keys), root.threshold, len(root.here)) == (3, 2, 3)
    assert _opened(tmp_path, LATER, first).root_threshold == 2


def test_nothing_is_signed_while_a_ceremony_is_unfinished(tmp_path: Path) -> None:
    """metadata.md, clause 4: with keys that nobody would believe."""
    create_keys(tmp_path, on=ON)
    (tmp_path / "root-1.pem").rename(tmp_path / "away")
    rotate(tmp_path, TIMESTAMP, on=LATER)
    with pytest.raises(ConfigurationError, match="timestamp isn't the one"):
        load_keys(tmp_path)
    sign_draft(tmp_path / DRAFT, tmp_path / "away")
    assert accept(tmp_path, []) is None
    assert _opened(tmp_path, LATER).expired == ()


def test_wrong_words_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        create_keys(tmp_path / "x", on=ON, roots=2, threshold=3)
    create_keys(tmp_path, on=ON)
    for role, replaced in (("bins", ""), (ROOT, ""), (ROOT, "zz")):
        with pytest.raises(UsageError):
            rotate(tmp_path, role, on=LATER, replaced=replaced)
    with pytest.raises(ConfigurationError, match="no draft"):
        accept(tmp_path, [])
    (tmp_path / DRAFT).write_bytes(load_keys(tmp_path).top)
    with pytest.raises(ConfigurationError, match="root"):
        accept(tmp_path, [])


def test_broken_and_readable_keys_are_refused(tmp_path: Path) -> None:
    create_keys(tmp_path, on=ON)
    key = tmp_path / f"{EDITION}.pem"
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
    create_keys(tmp_path, on=ON)
    (tmp_path / f"{REVOCATIONS}.pem").unlink()
    with pytest.raises(ConfigurationError, match="missing"):
        load_keys(tmp_path)


def _named(directory: Path) -> dict[str, tuple[str, ...]]:
    return {state.role: state.keys for state in roles(directory)}
