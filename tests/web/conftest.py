"""One simulated archive, and its explorer, for all tests of the web."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tenuto.model.catalogue import RecordingSummary
from tenuto.testing.archive_view import SimulatedArchiveView
from tenuto.web import create_app

CLEARED_RANK, DARK_RANK, EMPTY_RANK = 1, 5, 28
"""In the simulated archive: cleared and held; held but dark; cleared and not held."""


@pytest.fixture(scope="session")
def view(tmp_path_factory: pytest.TempPathFactory) -> SimulatedArchiveView:
    return SimulatedArchiveView(tmp_path_factory.mktemp("archive"))


@pytest.fixture
def client(view: SimulatedArchiveView) -> TestClient:
    return TestClient(create_app(view), follow_redirects=False)


@pytest.fixture
def summaries(view: SimulatedArchiveView) -> list[RecordingSummary]:
    """By rank."""
    return [detail.summary for detail in view.catalogue().details]


def simulated(folder: Path, **settings: object) -> TestClient:
    """A client of an archive of its own."""
    return TestClient(create_app(SimulatedArchiveView(folder, **settings)), follow_redirects=False)  # type: ignore[arg-type]  # passed through
