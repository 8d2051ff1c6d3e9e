"""Signed metadata (metadata.md)."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from securesystemslib.signer import CryptoSigner  # type: ignore[attr-defined]  # re-exported without `__all__`
from tuf.api.exceptions import (
    BadVersionNumberError,
    DownloadHTTPError,
    ExpiredMetadataError,
    RepositoryError,
)
from tuf.ngclient import (  # type: ignore[attr-defined]  # re-exported without `__all__`
    FetcherInterface,
    Updater,
    UpdaterConfig,
)

from tenuto.formats.metadata import (
    EDITION,
    ONLINE_ROLES,
    REVOCATIONS,
    ROOT,
    SERIALIZER,
    SNAPSHOT,
    TARGETS,
    TIMESTAMP,
    Target,
    make_root,
    make_targets,
    sign_edition,
)
from tenuto.formats.metadata_chain import open_metadata
from tenuto.model.errors import FixityError
from tenuto.model.ids import Sha256

ON = date(2026, 1, 1)
NOW = datetime(2026, 1, 2, tzinfo=UTC)


def _digest(text: str) -> Sha256:
    return Sha256(sha256(text.encode()).hexdigest())


def _target(text: str) -> Target:
    return Target(len(text), _digest(text))


def _signers(seed: str = "") -> dict[str, CryptoSigner]:
    return {
        role: CryptoSigner(Ed25519PrivateKey.from_private_bytes(sha256(f"{seed}{role}".encode()).digest()))
        for role in (ROOT, TARGETS, *ONLINE_ROLES)
    }


FILES = {"edition.json": "edition", "withdrawals.json": "none"} | {f"volumes/{n}": f"{n}" for n in range(90)}
CONTENT = {path: _target(text) for path, text in FILES.items()}
SIGNERS = _signers()


def _root(
    signers: Mapping[str, CryptoSigner], version: int = 1, by: Mapping[str, CryptoSigner] = SIGNERS
) -> bytes:
    keys = {role: [signers[role].public_key] for role in (ROOT, TARGETS, SNAPSHOT, TIMESTAMP)}
    root = make_root(keys, threshold=1, on=ON, version=version)
    for signer in (by[ROOT], signers[ROOT]):
        root.sign(signer, append=True)
    return root.to_bytes(SERIALIZER)


def _top(signers: Mapping[str, CryptoSigner], version: int = 1) -> bytes:
    keys = {role: signers[role].public_key for role in (EDITION, REVOCATIONS)}
    return make_targets(keys, on=ON, version=version, signer=signers[TARGETS])


def _sign(
    targets: Mapping[str, Target] = CONTENT,
    *,
    on: date = ON,
    signers: Mapping[str, CryptoSigner] = SIGNERS,
    former: Mapping[str, bytes] | None = None,
    top: bytes | None = None,
) -> dict[str, bytes]:
    return sign_edition(targets, top=top or _top(signers), on=on, signers=signers, former=former or {})


ROOTS = {"1.root.json": _root(SIGNERS)}
SIGNED = _sign() | ROOTS
NEXT = _sign(CONTENT | {"edition.json": _target("other")}, on=ON + timedelta(days=1), former=SIGNED) | ROOTS


def test_the_chain_leads_to_every_file() -> None:
    """Clauses 1, 2 and 9."""
    opened = open_metadata(SIGNED, now=NOW)
    assert (opened.targets, opened.version, opened.expired) == (CONTENT, 1, ())
    assert opened.root_keys == (SIGNERS[ROOT].public_key.keyid,)
    assert opened.root_threshold == 1


def test_equal_arguments_give_equal_bytes() -> None:
    """Clause 6."""
    assert _sign(dict(reversed(CONTENT.items())), signers=_signers()) | ROOTS == SIGNED


@pytest.mark.parametrize(
    ("days", "expired"),
    [
        (6, set[str]()),
        (8, {TIMESTAMP, REVOCATIONS}),
        (31, {TIMESTAMP, REVOCATIONS, SNAPSHOT}),
        (366, {ROOT, TARGETS, TIMESTAMP, REVOCATIONS, SNAPSHOT, EDITION}),
    ],
)
def test_expiry_is_reported_by_role(days: int, expired: set[str]) -> None:
    """Clauses 5 and 11."""
    found = open_metadata(SIGNED, now=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=days)).expired
    assert {name for name in found if not name.startswith("bins-")} == expired
    assert any(name.startswith("bins-") for name in found) is (EDITION in expired)


def test_the_next_edition_signs_only_what_changed() -> None:
    """Clause 7: a mirror fetches the bins that changed, and nothing older than what it has."""
    opened = open_metadata(NEXT, now=NOW)
    assert (opened.version, opened.targets["edition.json"]) == (2, _target("other"))
    fresh = {name for name in NEXT if SIGNED.get(name) != NEXT[name]}
    assert len([name for name in fresh if ".bins-" in name]) == 1
    assert {"timestamp.json", "2.snapshot.json"} < fresh
    assert len(fresh) == 3


def test_renewing_signs_what_is_near_its_end() -> None:
    """Clause 8."""
    later = _sign(on=ON + timedelta(days=6), former=SIGNED) | ROOTS
    assert {name for name in later if SIGNED.get(name) != later[name]} == {
        "timestamp.json",
        "2.snapshot.json",
        "2.withdrawals.json",
    }
    assert open_metadata(later, now=NOW + timedelta(days=10)).expired == ()
    much_later = _sign(on=ON + timedelta(days=60), former=later) | ROOTS
    assert open_metadata(much_later, now=NOW + timedelta(days=62)).expired == ()
    assert open_metadata(much_later, now=NOW).targets == CONTENT


def test_a_rotated_key_signs_everything_of_its_role_anew() -> None:
    """Clause 7."""
    rotated = dict(SIGNERS) | {EDITION: _signers("new")[EDITION]}
    signed = _sign(former=SIGNED, signers=rotated, top=_top(rotated, 2)) | ROOTS
    assert open_metadata(signed, now=NOW).targets == CONTENT
    with pytest.raises(FixityError):
        open_metadata(signed | {"2.targets.json": SIGNED["1.targets.json"]}, now=NOW)


def test_a_renewed_root_is_followed_and_a_strangers_is_not() -> None:
    """Clause 9."""
    renewed = _signers("new")
    roots = {"1.root.json": _root(SIGNERS), "2.root.json": _root(renewed, 2)}
    signed = _sign(signers=renewed)
    assert open_metadata(signed | roots, now=NOW, trusted_root=roots["1.root.json"]).targets == CONTENT
    with pytest.raises(FixityError):
        open_metadata(signed | {"1.root.json": roots["1.root.json"]}, now=NOW)
    stranger = roots | {"2.root.json": _root(renewed, 2, by=renewed)}
    with pytest.raises(FixityError):
        open_metadata(signed | stranger, now=NOW)


@pytest.mark.parametrize("harm", ["timestamp.json", "2.snapshot.json"])
def test_mixed_versions_are_refused(harm: str) -> None:
    """Clause 10."""
    former = {"timestamp.json": "timestamp.json", "2.snapshot.json": "1.snapshot.json"}[harm]
    mixed = {name: data for name, data in NEXT.items() if name != harm} | {harm: SIGNED[former]}
    with pytest.raises(FixityError):
        open_metadata(mixed, now=NOW)


def test_a_role_vouches_only_for_what_is_its_business() -> None:
    """Clause 2: the key of `withdrawals` can't say anything of volumes."""
    data = SIGNED["1.withdrawals.json"].replace(b"withdrawals.json", b"volumes/evil.txt")
    with pytest.raises(FixityError):
        open_metadata(SIGNED | {"1.withdrawals.json": data}, now=NOW)


@given(st.sampled_from(sorted(SIGNED)), st.integers(0, 10**6), st.integers(0, 7))
@settings(max_examples=60, deadline=None)
def test_a_changed_bit_is_found_or_changes_nothing(name: str, at: int, bit: int) -> None:
    data = bytearray(SIGNED[name])
    data[at % len(data)] ^= 1 << bit
    try:
        opened = open_metadata(SIGNED | {name: bytes(data)}, now=NOW, trusted_root=ROOTS["1.root.json"])
    except FixityError:
        return
    assert opened.targets == CONTENT


def test_nothing_is_one_clear_error() -> None:
    with pytest.raises(FixityError, match="doesn't hold"):
        open_metadata({}, now=NOW)


class _Served(FetcherInterface):
    """A web server of files, in memory."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = dict(files)

    def _fetch(self, url: str) -> Iterator[bytes]:
        name = url.removeprefix("http://archive/")
        if name not in self.files:
            raise DownloadHTTPError("not here", 404)
        return iter([self.files[name]])


def _client(folder: Path, files: Mapping[str, bytes], now: datetime = NOW) -> Updater:
    """python-tuf's own client, which shares no code with ours."""
    served = {f"metadata/{name}": data for name, data in files.items()}
    served |= {path: text.encode() for path, text in FILES.items()}
    (folder / "metadata").mkdir(parents=True, exist_ok=True)
    client = Updater(
        str(folder / "metadata"),
        "http://archive/metadata/",
        str(folder),
        "http://archive/",
        _Served(served),
        UpdaterConfig(prefix_targets_with_hash=False),
        bootstrap=ROOTS["1.root.json"],
    )
    client._trusted_set.reference_time = now
    return client


def test_tufs_own_client_finds_every_file(tmp_path: Path) -> None:
    """Clauses 1 to 3."""
    client = _client(tmp_path, SIGNED)
    client.refresh()
    for path, text in FILES.items():
        info = client.get_targetinfo(path)
        assert info is not None
        saved = client.download_target(info, str(tmp_path / path.replace("/", "-")))
        assert Path(saved).read_text() == text
    assert client.get_targetinfo("volumes/unknown") is None


def test_tufs_own_client_goes_on_and_never_back(tmp_path: Path) -> None:
    """Clauses 7 and 10: rollback, freeze and mixed versions."""
    _client(tmp_path, NEXT).refresh()
    with pytest.raises(BadVersionNumberError):
        _client(tmp_path, SIGNED).refresh()
    renewed = (
        _sign(dict(open_metadata(NEXT, now=NOW).targets), on=ON + timedelta(days=9), former=NEXT) | ROOTS
    )
    with pytest.raises(ExpiredMetadataError):
        _client(tmp_path, NEXT, NOW + timedelta(days=9)).refresh()
    client = _client(tmp_path, renewed, NOW + timedelta(days=9))
    client.refresh()
    assert client.get_targetinfo("withdrawals.json") is not None
    mixed = renewed | {"3.snapshot.json": NEXT["2.snapshot.json"]}
    with pytest.raises(RepositoryError):
        _client(tmp_path / "new", mixed, NOW + timedelta(days=9)).refresh()
