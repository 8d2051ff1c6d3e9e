"""What is particular to objects in S3."""

import os
import traceback
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from tenuto.formats.digests import digests_of
from tenuto.model.errors import BadInputError, ConfigurationError, FixityError, NetworkError, NotFoundError
from tenuto.model.ids import Sha256
from tenuto.store import BucketAddress, S3Quarantine, S3Store, Sent, open_bucket
from tenuto.store.bucket import PART, Bucket
from tests.store.s3_server import CREDENTIALS, S3Server, s3_server

ABC = digests_of(b"abc")
NAME = f"objects/ba/78/{ABC.sha256}"


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("s3")) as started:
        yield started


def written(path: Path, data: bytes = b"abc") -> Path:
    path.write_bytes(data)
    return path


def test_the_layout(server: S3Server, tmp_path: Path) -> None:
    """objects.md, clause 14."""
    S3Store(open_bucket(server.address("layout"))).put(written(tmp_path / "incoming"), ABC)
    assert server.files("layout") == {NAME: b"abc"}


def test_large_objects_go_in_parts_and_are_read_as_a_stream(server: S3Server, tmp_path: Path) -> None:
    data = os.urandom(PART + 1) + bytes(PART)
    digests = digests_of(data)
    store = S3Store(open_bucket(server.address("large")))
    store.put(written(tmp_path / "incoming", data), digests)
    with store.open(digests.sha256) as file:
        assert file.read(10) == data[:10]
        assert file.read() == data[10:]


@pytest.mark.parametrize("before", [b"ab", b"xyz"])
def test_what_bears_the_name_and_is_not_the_object_is_written_again(
    server: S3Server, tmp_path: Path, before: bytes
) -> None:
    """objects.md, clause 15: half an upload that a dying server left, or bytes that rotted on its disk."""
    prefix = f"again-{before.decode()}"
    torn = server.folder / "bucket" / prefix / NAME
    torn.parent.mkdir(parents=True)
    torn.write_bytes(before)
    S3Store(open_bucket(server.address(prefix))).put(written(tmp_path / "incoming"), ABC)
    assert torn.read_bytes() == b"abc"


def test_a_server_whose_entity_tags_say_nothing_is_read_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """objects.md, clause 15. Other bytes of the right length show; so do uploads that change nothing."""
    with s3_server(tmp_path / "s3", etag_hash="") as server:
        store = S3Store(Bucket(server.address("tags")))
        held = server.folder / "bucket" / "tags" / NAME
        store.put(written(tmp_path / "a"), ABC)
        held.write_bytes(b"xyz")
        store.put(written(tmp_path / "b"), ABC)
        assert held.read_bytes() == b"abc"
        held.write_bytes(b"xyz")
        monkeypatch.setattr("tenuto.store.bucket.obstore.put", lambda *_, **__: None)
        with pytest.raises(FixityError, match="holds other bytes than were sent"):
            store.put(written(tmp_path / "c"), ABC)
    assert (tmp_path / "c").exists(), "the sound copy stays where it is"


def test_a_source_that_changed_after_hashing_is_refused(server: S3Server, tmp_path: Path) -> None:
    with pytest.raises(FixityError, match="not the bytes that were hashed"):
        S3Store(open_bucket(server.address("changed"))).put(written(tmp_path / "incoming", b"xyz"), ABC)
    assert server.files("changed") == {}


def test_the_quarantine_keeps_no_more_than_it_must(server: S3Server, tmp_path: Path) -> None:
    quarantine = S3Quarantine(open_bucket(server.address("waiting")))
    sent = [quarantine.send(written(tmp_path / f"{n}", bytes([n]))) for n in range(3)]
    quarantine.fetch(sent[1], tmp_path / "fetched")
    assert (tmp_path / "fetched").read_bytes() == b"\x01"
    assert sent[1] == Sent("1", Sha256(sha256(b"\x01").hexdigest()))
    quarantine.drop(sent[:1])
    assert server.files("waiting").keys() == {"quarantine/1", "quarantine/2"}
    quarantine.clear()
    assert server.files("waiting") == {}
    with pytest.raises(NotFoundError):
        quarantine.fetch(sent[1], tmp_path / "again")
    with pytest.raises(BadInputError):
        quarantine.send(tmp_path / "nothing")


def test_other_bytes_than_were_sent_never_reach_a_worker(server: S3Server, tmp_path: Path) -> None:
    quarantine = S3Quarantine(open_bucket(server.address("swapped")))
    sent = quarantine.send(written(tmp_path / "file"))
    (server.folder / "bucket" / "swapped" / "quarantine" / "file").write_bytes(b"xyz")
    with pytest.raises(FixityError, match="other bytes came than were sent"):
        quarantine.fetch(sent, tmp_path / "fetched")


def test_a_server_that_is_back_in_time_was_never_away(tmp_path: Path) -> None:
    with s3_server(tmp_path / "s3") as server:
        store = S3Store(Bucket(server.address("away")))
        server.stop()
        server.start()
        store.put(written(tmp_path / "incoming"), ABC)
        assert server.files("away") == {NAME: b"abc"}


def test_errors_are_one_sentence_and_tell_no_secret(
    server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = CREDENTIALS["AWS_SECRET_ACCESS_KEY"]
    gone = S3Store(Bucket(BucketAddress("s3://bucket/x", "http://127.0.0.1:9", retry_seconds=1)))
    with pytest.raises(NetworkError, match="the object server fails: HTTP error") as down:
        gone.put(written(tmp_path / "incoming"), ABC)
    with pytest.raises(NotFoundError, match=r"store\.url") as absent:
        S3Store(Bucket(BucketAddress("s3://nowhere", server.endpoint, 1))).put(tmp_path / "incoming", ABC)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    with pytest.raises(ConfigurationError, match="refuses our credentials") as refused:
        S3Store(Bucket(server.address("refused"))).put(tmp_path / "incoming", ABC)
    for caught in (down, absent, refused):
        assert "\n" not in str(caught.value)
        told = "".join(traceback.format_exception(caught.value))
        assert secret not in told
        assert CREDENTIALS["AWS_ACCESS_KEY_ID"] not in told


@pytest.mark.parametrize("url", ["", "s3://", "https://host/x", "s3://key:secret@bucket", "s3://bucket?x=1"])
def test_what_is_no_bucket(url: str) -> None:
    """And what was written in its place isn't repeated: it may hold a secret."""
    with pytest.raises(ConfigurationError, match="is no bucket") as caught:
        Bucket(BucketAddress(url))
    assert "secret" not in str(caught.value)
