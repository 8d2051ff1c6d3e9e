"""Health of many volumes: trackers asked in batches (libtorrent asks too), the history, and a choice.

Needs opentracker. Run: `python -m benchmarks.swarm.bench_health --size VOLUMES`.
"""

import tempfile
import time
from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import libtorrent as lt

from benchmarks.report import Measured, measure, megabytes, need, ratio, seconds, show, size_option
from tenuto.demo.tracker import tracker
from tenuto.model.edition import VolumeSummary
from tenuto.model.health import Mirror, Outcome, Reading, VolumeHealth
from tenuto.swarm.health.choose import choose
from tenuto.swarm.health.history import open_history
from tenuto.swarm.trackers.scrape import scrape

PEER_TORRENTS: Final = 2000
PEER_GROUP: Final = 100
"""More at once, and it loses some packets and waits 10 s for them."""
DAYS: Final = 30
TODAY: Final = date(2026, 11, 21)
MIRRORS: Final = tuple(Mirror(f"m{n}", f"{n:064x}", f"r{n}", f"o{n}") for n in range(20))


def main(arguments: Sequence[str] | None = None) -> None:
    count = size_option(__doc__, "volumes", 86_000, arguments)
    need("opentracker")
    listed = [infohash for number in range(count) for infohash in volume(number).infohashes]
    with tracker(listed) as http:
        udp = http.replace("http:", "udp:")
        ours = {url.partition(":")[0]: measure(partial(asked, url, listed)) for url in (udp, http)}
        peer = measure(partial(asked_by_libtorrent, udp, listed[:PEER_TORRENTS]))
    with tempfile.TemporaryDirectory(prefix="tenuto-bench-") as name:
        path = Path(name) / "history.sqlite"
        filled = measure(partial(fill, path, count))
        read = measure(partial(healths, path, count))
        size = path.stat().st_size
    chosen = measure(partial(chose, read.result))
    rows = [
        *(row(f"{run.result:,} infohashes over {kind}", run, len(listed)) for kind, run in ours.items()),
        row(f"{peer.result:,} infohashes over udp by libtorrent", peer, PEER_TORRENTS),
        row(f"{DAYS} days' readings and 5 proofs each kept ({size / 1e6:.0f} MB)", filled, count * DAYS),
        row("health of all volumes, 20 mirrors", read, count),
        row(f"2 TB chosen ({chosen.result:,} volumes)", chosen, count),
    ]
    one = {"libtorrent": peer.wall / PEER_TORRENTS, "udp": ours["udp"].wall / len(listed)}
    note = f"An infohash, libtorrent / ours over udp: {ratio(one['libtorrent'], one['udp'])} times"
    show(f"{count:,} volumes:", ("what", "s", "processor s", "a million in s", "peak MB"), rows, note)


def row(what: str, run: Measured[Any], items: int) -> list[str]:
    each = seconds(run.wall / items * 1e6)
    return [what, seconds(run.wall), seconds(run.cpu), each, megabytes(run.peak_bytes)]


def volume(number: int) -> VolumeSummary:
    digest = sha256(str(number).encode()).hexdigest()
    twin = sha256(digest.encode()).hexdigest()
    names = digest[:40], sha256(twin.encode()).hexdigest(), twin[:40]
    return VolumeSummary(
        name=f"v{number:06}",
        band=(0, 100),
        number=number,
        revision=1,
        replaces=None,
        recordings=1000,
        files=1000,
        bytes=3_500_000_000,
        synthetic_listens=False,
        infohash_v1=names[0],
        infohash_v2=names[1],
        infohash_twin=names[2],
        magnet="",
        magnet_twin=None,
    )


def asked(url: str, infohashes: Sequence[str]) -> int:
    """How many the tracker told of."""
    return sum(len(answer) for answer in scrape(url, infohashes, timeout=15, user_agent="bench"))


def asked_by_libtorrent(url: str, infohashes: Sequence[str]) -> int:
    """Each torrent is added by its infohash, paused, and scraped, so many at a time."""
    session = lt.session(
        {
            "listen_interfaces": "127.0.0.1:0",
            "enable_dht": False,
            "enable_lsd": False,
            "enable_upnp": False,
            "enable_natpmp": False,
            "alert_mask": int(lt.alert_category.tracker),
            "alert_queue_size": 100_000,
        }
    )
    return sum(
        _scrape_group(session, url, infohashes[start : start + PEER_GROUP])
        for start in range(0, len(infohashes), PEER_GROUP)
    )


def _scrape_group(session: lt.session, url: str, infohashes: Sequence[str]) -> int:
    for infohash in infohashes:
        params = lt.add_torrent_params()
        params.info_hashes = lt.info_hash_t(lt.sha1_hash(bytes.fromhex(infohash)))
        params.save_path, params.trackers = "/nonexistent", [url]
        params.flags = lt.torrent_flags.paused
        session.add_torrent(params).scrape_tracker()
    told, done, deadline = 0, 0, time.monotonic() + 60
    while done < len(infohashes) and time.monotonic() < deadline:
        session.wait_for_alert(100)
        for alert in session.pop_alerts():
            told += isinstance(alert, lt.scrape_reply_alert)
            done += isinstance(alert, lt.scrape_reply_alert | lt.scrape_failed_alert)
    return told


def fill(path: Path, count: int) -> int:
    infohashes = [volume(number).infohash_v2 for number in range(count)]
    with open_history(path) as history:
        for back in range(DAYS, 0, -1):
            day = TODAY - timedelta(days=back)
            readings = {
                infohash: Reading(day.isoformat(), (number + back) % 12, 12)
                for number, infohash in enumerate(infohashes)
            }
            history.add_readings("udp://t", day, readings)
        for number, mirror in enumerate(MIRRORS):
            proved = dict.fromkeys(infohashes[number % 4 :: 4], Outcome.PROVED)
            history.add_outcomes("", mirror.key, f"{TODAY}T00:00:00Z", proved)
        history.thin(TODAY)
    return count * DAYS


def healths(path: Path, count: int) -> list[VolumeHealth]:
    with open_history(path) as history:
        volumes = (volume(number) for number in range(count))
        return list(history.health(volumes, MIRRORS, since=TODAY - timedelta(days=90)))


def chose(volumes: Sequence[VolumeHealth]) -> int:
    return len(choose(volumes, space=2 * 10**12, seed="bench", today=TODAY).adopted)


if __name__ == "__main__":
    main()
