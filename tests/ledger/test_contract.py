"""Both ledgers pass the shipped contract."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tenuto.ledger import SqliteLedger
from tenuto.model.ports import Ledger
from tenuto.testing.ledger import LedgerContract, MemoryLedger


class TestSqliteLedger(LedgerContract):
    @pytest.fixture
    def ledger(self, tmp_path: Path) -> Iterator[Ledger]:
        with SqliteLedger(tmp_path / "ledger.sqlite") as ledger:
            yield ledger


class TestMemoryLedger(LedgerContract):
    @pytest.fixture
    def ledger(self) -> Ledger:
        return MemoryLedger()
