"""Four clients that aren't ours fetch one volume, in a network namespace of their own.

Run by tests/demo/test_daemons.py as `unshare --net python -m tests.demo.namespace FOLDER CLIENT`.
Transmission ignores peers at 127.0.0.1, so the loopback device gets two more addresses: the seeder's and the
client's.
"""

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from tenuto.demo.clients import Download, aria2_download
from tenuto.demo.daemons import qbittorrent_download, rtorrent_download, transmission_download
from tenuto.demo.tracker import tracker
from tenuto.formats.torrent import announce_anew
from tenuto.swarm.seeder import Seeder, SeederSettings
from tenuto.swarm.session import SessionSettings
from tests.swarm.volumes import publish

SEEDER, CLIENT = "10.77.0.1", "10.77.0.2"
PORT = 20_000
SECONDS = 60.0
CLIENTS: Mapping[str, Callable[..., Download]] = {
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
        Seeder(SeederSettings(SessionSettings(interfaces=f"{SEEDER}:0"), trackers=(url,))) as seeder,
    ):
        seeder.add(made.volume(twin=is_twin))
        seeder.announce()
        torrent = folder / "announced.torrent"
        torrent.write_bytes(announce_anew(source.read_bytes(), trackers=[url], web_seeds=[]))
        if client == "aria2":
            aria2_download(torrent, folder / "got", tracker=url, seconds=SECONDS, address=CLIENT)
        else:
            CLIENTS[client](torrent, folder / "got", address=CLIENT, port=PORT, seconds=SECONDS)
        (status,) = seeder.torrents()
    identical = made.identical(folder / "got")
    sys.stdout.write(f"{client}: identical={identical} uploaded={status.uploaded} of {made.length}\n")
    sys.exit(0 if identical and status.uploaded >= made.length else 1)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
