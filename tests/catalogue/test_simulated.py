"""The in-memory reader that the pages are tested with holds to the same contract."""

import pytest

from tenuto.model.catalogue import ListensBasis
from tenuto.model.ports import CatalogueReader
from tenuto.testing.catalogue import CatalogueReaderContract
from tenuto.testing.simulated_catalogue import SimulatedCatalogue


@pytest.fixture
def catalogue() -> CatalogueReader:
    return SimulatedCatalogue(ListensBasis.COUNTED)


class TestSimulatedCatalogue(CatalogueReaderContract):
    """All of the contract."""
