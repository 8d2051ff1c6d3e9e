"""Metrics are served on loopback, to who asks, and nowhere else."""

import urllib.error
import urllib.request

import pytest

from tenuto.formats.exposition import CONTENT_TYPE
from tenuto.model.errors import ConfigurationError, UsageError
from tenuto.swarm.exporter import Exporter


def test_the_last_text_is_served() -> None:
    with Exporter("127.0.0.1:0") as exporter:
        exporter.show("a 1\n")
        exporter.show("ä 2\n")
        with urllib.request.urlopen(f"http://127.0.0.1:{exporter.port}/metrics", timeout=5) as answer:
            assert answer.headers["Content-Type"] == CONTENT_TYPE
            assert answer.read().decode() == "ä 2\n"
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"http://127.0.0.1:{exporter.port}/", timeout=5)


def test_it_ends_with_its_block() -> None:
    with Exporter("127.0.0.1:0") as exporter:
        port = exporter.port
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5)


@pytest.mark.parametrize(
    "address",
    ["0.0.0.0:9000", "192.0.2.1:9000", "[::]:9000", "9000", "127.0.0.1", "127.0.0.1:x", "localhost:9", ":9"],
)
def test_other_addresses_are_refused(address: str) -> None:
    with pytest.raises(UsageError, match="no loopback address"):
        Exporter(address)


def test_a_port_in_use_is_said_so() -> None:
    with (
        Exporter("127.0.0.1:0") as exporter,
        pytest.raises(ConfigurationError, match="can't listen"),
        Exporter(f"127.0.0.1:{exporter.port}"),
    ):
        pass
