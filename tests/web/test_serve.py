"""The real server: in a thread, in the foreground, and where the address can't be had."""

import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tenuto.model.errors import ConfigurationError
from tenuto.testing.archive_view import SimulatedArchiveView
from tenuto.web import create_app, running, serve


def test_running_gives_a_base_url_and_frees_the_port(view: SimulatedArchiveView) -> None:
    with running(create_app(view)) as url, urllib.request.urlopen(f"{url}/healthz", timeout=10) as answer:
        assert answer.status == 200
        assert "server" not in answer.headers
    port = int(url.rpartition(":")[2])
    with socket.socket() as again:
        assert again.connect_ex(("127.0.0.1", port)) != 0


def test_a_taken_port_is_one_clear_error(view: SimulatedArchiveView) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match="--port"):
            serve(create_app(view), "127.0.0.1", port, ready=lambda _: None)


SERVER = """
import sys
from pathlib import Path
from tenuto.testing.archive_view import SimulatedArchiveView
from tenuto.web import create_app, serve
def ready(url): print(url, flush=True)
try:
    serve(create_app(SimulatedArchiveView(Path(sys.argv[1]))), "127.0.0.1", 0, ready=ready)
except KeyboardInterrupt:
    sys.exit(130)
"""


def test_an_interrupt_stops_it_gracefully_and_without_noise(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SERVER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)
        with urllib.request.urlopen(f"{url}/about", timeout=10) as answer:
            assert answer.status == 200
        server.send_signal(signal.SIGINT)
        out, err = server.communicate(timeout=15)
    assert (server.returncode, out, err) == (130, "", "")
