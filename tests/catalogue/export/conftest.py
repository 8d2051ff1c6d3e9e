"""The catalogue that most tests of exports read: built once, never changed."""

import pytest

from tests.catalogue.export.exports import Catalogue, build_catalogue


@pytest.fixture(scope="session")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return build_catalogue(tmp_path_factory.mktemp("catalogue"))
