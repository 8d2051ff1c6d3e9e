"""Signed metadata (metadata.md)."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.signer import CryptoSigner  # type: ignore[attr-defined]  # re-exported without `__all__`

from tenuto.formats.metadata import ROLES, Target, make_root, open_metadata, sign_targets
from tenuto.model.errors import FixityError
from tenuto.model.ids import Sha256

ON = date(2026, 1, 1)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
TARGETS = {"edition.json": Target(5, Sha256("a" * 64)), "volumes/ä.torrent": Target(6, Sha256("b" * 64))}


def _signers(seed: str = "") -> dict[str, CryptoSigner]:
    return {
        role: CryptoSigner(Ed25519PrivateKey.from_private_bytes(sha256((seed + role).encode()).digest()))
        for role in ROLES
    }


SIGNERS = _signers()
ROOT = make_root(SIGNERS, on=ON)
SIGNED = sign_targets(TARGETS, version=3, on=ON, signers=SIGNERS)


def test_what_is_signed_opens() -> None:
    """Clause 6."""
    opened = open_metadata({1: ROOT}, SIGNED, now=NOW)
    assert (opened.version, dict(opened.targets), opened.expired) == (3, TARGETS, ())
    assert opened.root_keys == (SIGNERS["root"].public_key.keyid,)


def test_bytes_are_deterministic_and_sorted() -> None:
    """Clause 5."""
    assert sign_targets(dict(reversed(TARGETS.items())), version=3, on=ON, signers=_signers()) == SIGNED
    assert make_root(_signers(), on=ON) == ROOT
    for data in (ROOT, SIGNED["timestamp.json"], SIGNED["snapshot.json"]):
        assert rfc8785.dumps(json.loads(data)) == data


@pytest.mark.parametrize(
    ("days", "expired"),
    [
        (6, ()),
        (7, ("timestamp",)),
        (30, ("timestamp", "snapshot")),
        (90, ("timestamp", "snapshot", "targets")),
        (365, ("root", "timestamp", "snapshot", "targets")),
    ],
)
def test_roles_expire_in_their_time_and_stay_genuine(days: int, expired: tuple[str, ...]) -> None:
    """Clauses 4 and 6."""
    assert open_metadata({1: ROOT}, SIGNED, now=NOW + timedelta(days=days)).expired == expired


def test_a_renewed_root_is_followed() -> None:
    """Clauses 6 and 8: here with a new timestamp key."""
    renewed = SIGNERS | {"timestamp": _signers("new")["timestamp"]}
    roots = {1: ROOT, 2: make_root(renewed, on=ON, version=2)}
    signed = sign_targets(TARGETS, version=4, on=ON, signers=renewed)
    assert open_metadata(roots, signed, now=NOW, trusted_root=ROOT).version == 4
    with pytest.raises(FixityError):
        open_metadata({1: ROOT}, signed, now=NOW)
    with pytest.raises(FixityError):
        open_metadata(roots, SIGNED, now=NOW)


def test_a_strangers_root_is_not_followed() -> None:
    stranger = _signers("stranger")
    signed = sign_targets(TARGETS, version=3, on=ON, signers=stranger)
    for version in (1, 2):
        roots = {1: ROOT, version: make_root(stranger, on=ON, version=version)}
        with pytest.raises(FixityError):
            open_metadata(roots, signed, now=NOW, trusted_root=ROOT)


def test_roles_of_different_editions_do_not_mix() -> None:
    other = sign_targets(TARGETS, version=4, on=ON, signers=SIGNERS)
    for name in SIGNED:
        with pytest.raises(FixityError):
            open_metadata({1: ROOT}, SIGNED | {name: other[name]}, now=NOW)


@pytest.mark.parametrize("name", sorted(SIGNED))
@pytest.mark.parametrize(
    "harm",
    [
        lambda _: b"",
        lambda _: b"\xff",
        lambda _: b"[]",
        lambda _: b"{}",
        lambda _: b'{"signatures":[],"signed":{"_type":"root"}}',
        lambda data: data[:-1],
        lambda data: data.replace(b"2026", b"2036"),
        lambda _: ROOT,
    ],
)
def test_harm_is_one_error(name: str, harm: Callable[[bytes], bytes]) -> None:
    with pytest.raises(FixityError, match="doesn't hold"):
        open_metadata({1: ROOT}, SIGNED | {name: harm(SIGNED[name])}, now=NOW)


def test_no_metadata_is_one_error() -> None:
    with pytest.raises(FixityError):
        open_metadata({}, {}, now=NOW)
