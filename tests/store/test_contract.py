"""Both stores pass the shipped contract."""

from pathlib import Path

import pytest

from tenuto.model.ports import ObjectStore
from tenuto.store import LocalStore
from tenuto.testing.store import MemoryStore, ObjectStoreContract


class TestLocalStore(ObjectStoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> ObjectStore:
        return LocalStore(tmp_path / "objects")


class TestMemoryStore(ObjectStoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> ObjectStore:  # noqa: ARG002 - the contract's signature
        return MemoryStore()
