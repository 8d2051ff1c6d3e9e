"""A BitTorrent client of nothing but libtorrent: downloads a torrent from one peer, then ends.

Run as a program of its own: `python -I libtorrent_client.py TORRENT FOLDER HOST PORT SECONDS`. It imports
nothing of Tenuto, so that what it fetches was not made by the code that it tests. Its last line says which
protocol version moved the bytes. Exit status: 0 complete, 1 out of time, 2 can't start.
"""

import sys
import time

import libtorrent as lt


def main(torrent: str, folder: str, host: str, port: str, seconds: str) -> int:
    """Downloads; returns the exit status."""
    session = lt.session(
        {
            "listen_interfaces": f"{host}:0",
            "enable_dht": False,
            "enable_lsd": False,
            "enable_upnp": False,
            "enable_natpmp": False,
        }
    )
    params = lt.load_torrent_file(torrent)
    params.save_path = folder
    params.trackers = []
    handle = session.add_torrent(params)
    deadline = time.monotonic() + float(seconds)
    called = 0.0
    while not handle.status().is_seeding:
        now = time.monotonic()
        if now > deadline:
            sys.stdout.write(f"out of time at {handle.status().progress:.1%}, {_errors(session)}\n")
            return 1
        if not handle.status().num_peers and now > called + 1:
            handle.connect_peer((host, int(port)))
            called = now
        session.wait_for_alert(20)
    handle.flush_cache()
    version = "v2" if params.info_hashes.has_v2() else "v1"
    sys.stdout.write(f"complete, {version}, {handle.status().total_payload_download} bytes\n")
    return 0


def _errors(session: lt.session) -> str:
    said = [alert.message() for alert in session.pop_alerts()]
    return "; ".join(said[-3:]) or "no message"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:6]))
