"""Trackers are asked in batches over HTTP and UDP, and never believed blindly. Loopback only."""

import contextlib
import shutil
import socket
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import libtorrent as lt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenuto.demo.tracker import tracker
from tenuto.model.errors import NetworkError, UsageError
from tenuto.swarm.health.dht import ask_dht
from tenuto.swarm.seeder import Seeder, SeederSettings
from tenuto.swarm.trackers.counts import Counts, Scraped
from tenuto.swarm.trackers.http import LONGEST_ANSWER, parse
from tenuto.swarm.trackers.http_scrape import counted, scrape_url
from tenuto.swarm.trackers.scrape import scrape
from tenuto.swarm.trackers.udp_scrape import parse_answer
from tests.swarm.health.dht_table import Table
from tests.swarm.servers import Server
from tests.swarm.volumes import publish

UNKNOWN = [f"{number:040x}" for number in range(160)]
A, B = "aa" * 20, "bb" * 20


def ask(url: str, infohashes: Sequence[str], timeout: float = 5) -> list[Scraped]:
    return list(scrape(url, infohashes, timeout=timeout, user_agent="test"))


@pytest.mark.system
@pytest.mark.skipif(shutil.which("opentracker") is None, reason="opentracker is missing")
def test_a_real_tracker_counts_real_seeders_over_http_and_udp(tmp_path: Path) -> None:
    """One seeder of both torrents: each infohash has one, so they mustn't be added."""
    made = publish(tmp_path)
    infohashes = made.infohashes()
    with tracker(infohashes) as http, Seeder(SeederSettings(trackers=(http,))) as seeder:
        udp = http.replace("http:", "udp:")
        seeder.add(made.volume())
        seeder.add(made.volume(twin=True))
        seeder.announce()
        wanted = {infohash: Counts(1, 0) for infohash in infohashes}
        deadline = time.monotonic() + 20
        while ask(udp, infohashes) != [wanted] and time.monotonic() < deadline:
            time.sleep(0.05)
        assert ask(udp, infohashes) == [wanted]
        assert ask(http, infohashes) == [wanted]
        many = [*UNKNOWN, *infohashes]
        for url, batches in ((udp, 3), (http, 4)):
            answers = ask(url, many)
            assert len(answers) == batches
            known = {infohash: found for each in answers for infohash, found in each.items()}
            assert {infohash: known[infohash] for infohash in infohashes} == wanted
            assert all(found.seeders == 0 for infohash, found in known.items() if infohash in UNKNOWN)


def files(entries: dict[str, object]) -> bytes:
    document = {b"files": {bytes.fromhex(infohash): entry for infohash, entry in entries.items()}}
    return lt.bencode(document)  # type: ignore[arg-type]  # malformed on purpose


def http_answer(data: bytes, batch: Sequence[str]) -> Scraped:
    return counted(parse(data, "t"), batch, "t")


@pytest.mark.parametrize(
    ("entry", "believed"),
    [
        ({b"complete": 5, b"downloaded": 9, b"incomplete": 2}, Counts(5, 2)),
        ({b"complete": -1, b"incomplete": 2}, None),
        ({b"complete": 2**62, b"incomplete": 2}, None),
        ({b"complete": b"5", b"incomplete": 2}, None),
        ({b"incomplete": 2}, None),
        (b"5", None),
    ],
)
def test_only_what_can_be_a_number_of_peers_is_believed(entry: object, believed: Counts | None) -> None:
    found = http_answer(files({A: entry, B: {b"complete": 1, b"incomplete": 0}, "cc" * 20: 1}), [A, B])
    assert found == {B: Counts(1, 0)} | ({A: believed} if believed else {})


@given(st.binary(max_size=200) | st.tuples(st.integers(0, 120), st.integers(0, 255)))
def test_no_answer_breaks_anything(answer: bytes | tuple[int, int]) -> None:
    """Any bytes, and a sound answer with one byte exchanged, as either kind of tracker's."""
    if isinstance(answer, tuple):
        at, byte = answer
        sound = files({A: {b"complete": 5, b"incomplete": 2}, B: {b"complete": 1, b"incomplete": 0}})
        answer = sound[:at] + bytes([byte]) + sound[at + 1 :]
    told = [parse_answer(answer, [A, B])]
    with contextlib.suppress(NetworkError):
        told.append(http_answer(answer, [A, B]))
    for found in told:
        assert found.keys() <= {A, B}
        assert all(0 <= counts.seeders < 2**31 > counts.leechers >= 0 for counts in found.values())


def test_whom_an_http_tracker_leaves_out_nobody_seeds_as_far_as_it_knows() -> None:
    assert http_answer(files({}), [A]) == {A: Counts(0, 0)}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"", "isn't bencoded"),
        (b"i5e", "isn't bencoded"),
        (b"d" * 100_000, "isn't bencoded"),
        (b"d5:filesi1ee", "no scrape"),
        (b"d14:failure reason8:go\x1baway!e", "go"),
        (bytes(LONGEST_ANSWER + 1), "more than"),
        (None, "more than"),
    ],
)
def test_an_http_tracker_that_answers_wrongly_is_one_clear_error(
    tmp_path: Path, answer: bytes | None, said: str
) -> None:
    with Server(tmp_path).running() as server:
        server.answers[f"scrape?info_hash={'%AA' * 20}"] = answer
        with pytest.raises(NetworkError, match=said) as caught:
            ask(f"{server.url}/announce", [A])
    assert "\x1b" not in str(caught.value)


def test_what_cant_be_scraped() -> None:
    assert scrape_url("https://t.example/x/announce.php?passkey=1") == (
        "https://t.example/x/scrape.php?passkey=1"
    )
    with pytest.raises(NetworkError, match="can't be scraped"):
        scrape_url("https://t.example/a")
    with pytest.raises(UsageError, match="no tracker"):
        ask("wss://t.example/announce", [A])
    with pytest.raises(NetworkError):
        ask("udp://127.0.0.1:1/announce", [A], timeout=0.05)


CONNECTED = struct.pack(">Q", 7)
Answering = Callable[[int, bytes], bytes]


@contextmanager
def udp_tracker(answer: Answering) -> Iterator[str]:
    """Sends what `answer` makes of action and transaction id."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.bind(("127.0.0.1", 0))

        def serve() -> None:
            while len(found := link.recvfrom(2048)) and (packet := found[0]) != b"end":
                reply = answer(int.from_bytes(packet[8:12], "big"), packet[12:16])
                link.sendto(reply, found[1])

        thread = Thread(target=serve)
        thread.start()
        try:
            yield f"udp://127.0.0.1:{link.getsockname()[1]}/announce"
        finally:
            link.sendto(b"end", link.getsockname())
            thread.join()


def honest(action: int, transaction: bytes, entries: bytes) -> bytes:
    return struct.pack(">I", action) + transaction + (entries if action else CONNECTED)


@pytest.mark.parametrize(
    ("entries", "wanted"),
    [
        (struct.pack(">III", 3, 9, 1), {A: Counts(3, 1)}),
        (struct.pack(">III", 3, 9, 1) + b"cut", {A: Counts(3, 1)}),
        (b"", {}),
        (struct.pack(">IIIIII", 2**32 - 1, 0, 0, 4, 0, 0) + bytes(1200), {B: Counts(4, 0)}),
    ],
)
def test_a_udp_answer_of_any_length_tells_what_it_can(entries: bytes, wanted: Scraped) -> None:
    with udp_tracker(lambda action, transaction: honest(action, transaction, entries)) as url:
        assert ask(url, [A, B]) == [wanted]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda _, t: struct.pack(">I", 3) + t + b"not \x1bhere", "not .*here"),
        (lambda a, _: struct.pack(">I", a) + b"evil" + CONNECTED, "no answer in 3 tries"),
        (lambda _, __: b"", "no answer in 3 tries"),
        (lambda a, t: struct.pack(">I", a) + t + b"id", "too short"),
    ],
)
def test_a_udp_tracker_that_answers_wrongly_is_one_clear_error(answer: Answering, said: str) -> None:
    with udp_tracker(answer) as url, pytest.raises(NetworkError, match=said):
        ask(url, [A], timeout=0.1)


def test_the_distributed_hash_table_names_peers(tmp_path: Path) -> None:
    """Two of them, and nobody for a torrent that nobody announced."""
    infohash, table = publish(tmp_path).infohashes()[0], Table()
    deadline = time.monotonic() + 20
    found: dict[str, int] = {}
    while not any(found.values()) and time.monotonic() < deadline:
        table.announce(infohash, 7001, 7002)
        time.sleep(0.1)
        (found,) = ask_dht([infohash, A], seconds=1, interfaces="127.0.0.1:0", nodes=[table.entry])
    assert {each: count for each, count in found.items() if count} == {infohash: 2}
