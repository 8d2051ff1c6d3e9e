"""Four clients that aren't ours fetch one volume, in a network namespace of their own.

Run by tests/demo/test_daemons.py as `unshare --net python -m tests.demo.namespace FOLDER CLIENT`.
Transmission ignores peers at 127.0.0.1, so the loopback device gets two more addresses: the seeder's and the
client's. The torrent waits, so each hears of it from the tracker, is disconnected once, and calls again.
"""

import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tenuto.demo.clients import Download, aria2_download
from tenuto.demo.daemons import qbittorrent_download, rtorrent_download, transmission_download
from tenuto.demo.tracker import tracker
from tenuto.formats.torrent import announce_anew
from tenuto.swarm.seeded import State
from tenuto.swarm.seeder import Seeder, SeederSettings
from tenuto.swarm.session import SessionSettings
from tests.swarm.volumes import publish

SEEDER, CLIENT = "10.77.0.1", "10.77.0.2"
PORT = 20_000
SECONDS = 60.0
CLIENTS: Mapping[str, Callable[..., Download]] = {
    "aria2": aria2_download,
    "qbittorrent": qbittorrent_download,
    "rtorrent": rtorrent_download,
    "transmission": transmission_download,
}


def main(folder: Path, client: str) -> None:
    for words in (
        ["link", "set", "lo", "up"],
        *(["addr", "add", f"{a}/32", "dev", "lo"] for a in (SEEDER, CLIENT)),
    ):
        subprocess.run(["ip", *words], check=True)
    made = publish(folder)
    is_twin = client in {"transmission", "aria2"}
    source = made.twin if is_twin else made.hybrid
    with (
        tracker(made.infohashes(), address=SEEDER) as url,
        Seeder(SeederSettings(SessionSettings(interfaces=f"{SEEDER}:0"), (url,), memory=1)) as seeder,
        ThreadPoolExecutor(1) as threads,
    ):
        seeder.follow([made.volume(twin=not is_twin), made.volume(twin=is_twin)])
        seeder.work(1)
        assert [torrent.state for torrent in seeder.torrents()] == [State.SEEDING, State.WAITING]
        torrent = folder / "announced.torrent"
        torrent.write_bytes(announce_anew(source.read_bytes(), trackers=[url], web_seeds=[]))
        options = {"port": PORT} if client != "aria2" else {"tracker": url}
        fetched = threads.submit(
            CLIENTS[client], torrent, folder / "got", address=CLIENT, seconds=SECONDS, **options
        )
        while not fetched.done():
            seeder.work(0.5)
        fetched.result()
        seeder.work(1.5)  # libtorrent is asked once a second what it gave
        _, status = seeder.torrents()
    identical = made.identical(folder / "got")
    sys.stdout.write(f"{client}: identical={identical} uploaded={status.uploaded} of {made.length}\n")
    sys.exit(0 if identical and status.uploaded >= made.length else 1)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
