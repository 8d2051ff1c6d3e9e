"""What several tests of the catalogue read."""

from pathlib import Path

import pytest

from tenuto.catalogue import SnapshotCatalogue
from tests.catalogue.varied import build_varied


@pytest.fixture(scope="session")
def varied(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SnapshotCatalogue]:
    """An archive and its catalogue, in which recordings have, and lack, everything that a list shows."""
    root = tmp_path_factory.mktemp("varied")
    return root, build_varied(root)
