"""Both stores pass the shipped contract."""

from pathlib import Path

import pytest

from tenuto.formats.digests import digests_of
from tenuto.model.ports import LocalPaths, ObjectStore
from tenuto.store import LocalStore
from tenuto.testing.store import CONTENT, LocalPathsContract, MemoryStore, ObjectStoreContract


class TestLocalStore(ObjectStoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> ObjectStore:
        return LocalStore(tmp_path / "objects")


class TestMemoryStore(ObjectStoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> ObjectStore:  # noqa: ARG002 - the contract's signature
        return MemoryStore()


class TestLocalStorePaths(LocalPathsContract):
    @pytest.fixture
    def local(self, tmp_path: Path) -> LocalPaths:
        store = LocalStore(tmp_path / "objects")
        (tmp_path / "incoming").write_bytes(CONTENT)
        store.put(tmp_path / "incoming", digests_of(CONTENT))
        return store
