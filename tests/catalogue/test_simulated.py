"""The in-memory reader that the pages are tested with holds to the same contract."""

import pytest

from tenuto.model.catalogue import ListensBasis
from tenuto.model.ports import CatalogueReader
from tenuto.testing.archive_view import SimulatedCatalogue
from tenuto.testing.catalogue import CatalogueReaderContract


@pytest.fixture
def catalogue() -> CatalogueReader:
    return SimulatedCatalogue(ListensBasis.COUNTED)


class TestSimulatedCatalogue(CatalogueReaderContract):
    """All of the contract."""
