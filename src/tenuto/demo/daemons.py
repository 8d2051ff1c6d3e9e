"""BitTorrent clients that never end by themselves: run until they say that a torrent is whole, then stopped.

Or, with `loaded_only`, until they have read it. Each finds its peers by the trackers in the torrent.
Transmission ignores peers at 127.0.0.1, so they are run in a network namespace with addresses of its own
(tests/demo/namespace.py).
"""

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import httpx2

from tenuto.demo.clients import Download, downloaded
from tenuto.demo.programs import Finished, Running, find_program, started

_TICK_SECONDS: Final = 0.1


def transmission_download(
    torrent: Path, folder: Path, *, address: str, port: int, seconds: float, loaded_only: bool = False
) -> Download:
    """With Debian's `transmission-cli`, which can't read hybrid torrents (3.00): give it the v1 twin."""
    with tempfile.TemporaryDirectory(prefix="tenuto-transmission-") as name:
        home = Path(name)
        settings = {
            "bind-address-ipv4": address,
            "dht-enabled": False,
            "lpd-enabled": False,
            "pex-enabled": False,
            "utp-enabled": False,
        }
        (home / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
        finished = _script(home / "finished", home / "whole")
        argv = [find_program("transmission-cli", "transmission-cli"), "--config-dir", name]
        argv += ["--download-dir", str(folder), "--port", str(port), "--no-portmap"]
        argv += ["--finish", str(finished), str(torrent)]

        def done(running: Running) -> bool:
            return (home / "whole").exists() or (loaded_only and "Progress:" in running.last_lines())

        return _run("transmission", argv, folder, done, seconds)


def rtorrent_download(
    torrent: Path, folder: Path, *, address: str, port: int, seconds: float, loaded_only: bool = False
) -> Download:
    """With Debian's rtorrent (0.9.8), which reads hybrid torrents as v1."""
    with tempfile.TemporaryDirectory(prefix="tenuto-rtorrent-") as name:
        home = Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        (home / "session").mkdir()
        event = "inserted_new" if loaded_only else "finished"
        (home / "rtorrent.rc").write_text(
            f"""session.path.set = {home / "session"}
directory.default.set = {folder}
network.bind_address.set = {address}
network.port_range.set = {port}-{port}
network.port_random.set = no
dht.mode.set = disable
protocol.pex.set = no
system.daemon.set = true
method.set_key = event.download.{event}, whole, "execute2={_script(home / "finished", home / "whole")}"
schedule2 = load, 1, 0, "load.start={torrent}"
""",
            encoding="utf-8",
        )
        argv = [find_program("rtorrent", "rtorrent"), "-n", "-o", f"import={home / 'rtorrent.rc'}"]
        return _run("rtorrent", argv, folder, lambda _: (home / "whole").exists(), seconds)


def qbittorrent_download(
    torrent: Path, folder: Path, *, address: str, port: int, seconds: float, loaded_only: bool = False
) -> Download:
    """With Debian's `qbittorrent-nox` (4.5), told over its own web interface."""
    with tempfile.TemporaryDirectory(prefix="tenuto-qbittorrent-") as name, httpx2.Client(timeout=30) as http:
        configure_qbittorrent(Path(name), address, port)
        base = f"http://{address}:{port + 1}/api/v2"

        def done(_: Running) -> bool:
            """Adds the torrent as soon as it answers (again is no harm); then asks how far it is."""
            try:
                found = http.get(f"{base}/torrents/info").json()
                if not found:
                    upload = {"torrents": (torrent.name, torrent.read_bytes())}
                    http.post(f"{base}/torrents/add", files=upload, data={"savepath": str(folder)})
            except (httpx2.HTTPError, ValueError):
                return False
            return bool(found) and (loaded_only or found[0]["progress"] == 1)

        argv = [find_program("qbittorrent-nox", "qbittorrent-nox"), f"--profile={name}"]
        return _run("qbittorrent", argv, folder, done, seconds)


def configure_qbittorrent(home: Path, address: str, port: int) -> None:
    """Peers reach it at `port`; its web interface is at the next one, and lets its own machine in."""
    config = home / "qBittorrent" / "config" / "qBittorrent.conf"
    config.parent.mkdir(parents=True)
    config.write_text(
        f"""[LegalNotice]
Accepted=true
[BitTorrent]
Session\\Port={port}
Session\\InterfaceAddress={address}
Session\\DHTEnabled=false
Session\\LSDEnabled=false
Session\\PeXEnabled=false
[Preferences]
WebUI\\Address={address}
WebUI\\Port={port + 1}
WebUI\\UseUPnP=false
WebUI\\LocalHostAuth=false
WebUI\\AuthSubnetWhitelistEnabled=true
WebUI\\AuthSubnetWhitelist={address}/32
[Network]
PortForwardingEnabled=false
""",
        encoding="utf-8",
    )


def _script(path: Path, touched: Path) -> Path:
    """A program for the client to call when it is done."""
    path.write_text(f"#!/bin/sh\n: > '{touched}'\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def _run(
    client: str, argv: list[str], folder: Path, is_done: Callable[[Running], bool], seconds: float
) -> Download:
    """Runs the client until it is done, or so long; it is stopped by its process id in any case."""
    folder.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    with started(argv, folder=folder) as running:
        done = False
        while running.status is None and not done and time.monotonic() < begun + seconds:
            time.sleep(_TICK_SECONDS)
            done = is_done(running)
        finished = Finished(0 if done else running.status, time.monotonic() - begun, running.last_lines())
    return downloaded(client, folder, finished)
