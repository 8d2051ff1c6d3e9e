"""Every store passes the shipped contract."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tenuto.formats.digests import digests_of
from tenuto.model.ports import LocalPaths, ObjectStore
from tenuto.store import LocalStore, S3Store, open_bucket
from tenuto.testing.store import CONTENT, LocalPathsContract, MemoryStore, ObjectStoreContract
from tests.store.s3_server import CREDENTIALS, S3Server, s3_server


class TestLocalStore(ObjectStoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> ObjectStore:
        return LocalStore(tmp_path / "objects")


class TestMemoryStore(ObjectStoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> ObjectStore:  # noqa: ARG002 - the contract's signature
        return MemoryStore()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("s3")) as started:
        yield started


class TestS3Store(ObjectStoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path, server: S3Server, monkeypatch: pytest.MonkeyPatch) -> ObjectStore:
        for name, value in CREDENTIALS.items():
            monkeypatch.setenv(name, value)
        return S3Store(open_bucket(server.address(tmp_path.name)))


class TestLocalStorePaths(LocalPathsContract):
    @pytest.fixture
    def local(self, tmp_path: Path) -> LocalPaths:
        store = LocalStore(tmp_path / "objects")
        (tmp_path / "incoming").write_bytes(CONTENT)
        store.put(tmp_path / "incoming", digests_of(CONTENT))
        return store
