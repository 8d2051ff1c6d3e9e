"""Every reporter passes the shipped contract, in every style and on a stream that knows ASCII only."""

import io

import pytest

from tenuto.cli.progress import STYLES, Progress
from tenuto.model.ports import Reporter
from tenuto.testing.reporter import Notes, ReporterContract
from tenuto.testing.source import Silence


class TestNotes(ReporterContract):
    @pytest.fixture
    def reporter(self) -> Reporter:
        return Notes()


class TestSilence(ReporterContract):
    @pytest.fixture
    def reporter(self) -> Reporter:
        return Silence()


class TestProgress(ReporterContract):
    @pytest.fixture(params=STYLES)
    def reporter(self, request: pytest.FixtureRequest) -> Reporter:
        return Progress(request.param, io.StringIO())


class TestProgressOnAnAsciiTerminal(ReporterContract):
    """As Python opens stderr: what can't be encoded is escaped."""

    @pytest.fixture
    def reporter(self) -> Reporter:
        return Progress("plain", io.TextIOWrapper(io.BytesIO(), "ascii", errors="backslashreplace"))
