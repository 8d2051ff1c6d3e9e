"""Debian's opentracker on loopback, as a tracker that isn't ours."""

import os
import socket
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tenuto.demo.programs import Running, find_program, started
from tenuto.model.errors import ConfigurationError

_START_SECONDS: Final = 5.0
_TRIES: Final = 3


@contextmanager
def tracker(infohashes: Sequence[str], *, address: str = "127.0.0.1") -> Iterator[str]:
    """Runs the tracker for torrents with these infohashes; gives its announce URL. It speaks UDP there too.

    Debian's build serves only listed infohashes: 40 hexadecimal digits each, so of a v2 infohash the
    first 40 count (BEP 52). Raises `ConfigurationError` where it is missing or doesn't start.
    """
    program = find_program("opentracker", "opentracker")
    with tempfile.TemporaryDirectory(prefix="tenuto-tracker-") as name:
        folder = Path(name)
        # Started by root, it changes root to this folder and becomes the user nobody.
        folder.chmod(0o755)
        whitelist = folder / "whitelist"
        whitelist.write_text("".join(f"{infohash[:40]}\n" for infohash in infohashes), encoding="ascii")
        whitelist.chmod(0o644)
        said = ""
        for _ in range(_TRIES):
            port = _free_port(address)
            ports = ["-p", str(port), "-P", str(port)]  # TCP, UDP
            argv = [program, "-i", address, *ports, "-d", name, "-u", "nobody", "-w", _listed(whitelist)]
            with started(argv, folder=folder) as running:
                if _answers(running, address, port):
                    yield f"http://{address}:{port}/announce"
                    return
                said = running.last_lines()
        raise ConfigurationError(
            f"opentracker doesn't start ({said or 'it says nothing'})",
            remedy="Try it by hand: " + " ".join(argv),
        )


def _listed(whitelist: Path) -> str:
    """Its path as the tracker sees it: after changing root, which only root can."""
    return f"/{whitelist.name}" if os.geteuid() == 0 else str(whitelist)


def _free_port(address: str) -> int:
    """A port that nobody listens on now. Somebody may take it before the tracker does: try again then."""
    with socket.socket() as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


def _answers(running: Running, address: str, port: int) -> bool:
    deadline = time.monotonic() + _START_SECONDS
    while running.status is None and time.monotonic() < deadline:
        try:
            with socket.create_connection((address, port), timeout=1):
                return True
        except OSError:
            time.sleep(0.02)
    return False
