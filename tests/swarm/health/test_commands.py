"""An archive asks trackers, shows what they claim, and publishes it for those who adopt."""

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tenuto.app.health import DhtOptions, archive_observer, health, scrape_edition
from tenuto.app.swarm import seed_volumes
from tenuto.cli import tenuto
from tenuto.demo.tracker import tracker
from tenuto.formats.health import read_health
from tenuto.model.errors import UsageError
from tenuto.model.health import Reading
from tenuto.swarm.seeder import Seeder, SeederSettings
from tenuto.testing.reporter import Notes
from tests.swarm.conftest import Editions, today
from tests.swarm.health.dht_table import Table

NOWHERE = "udp://127.0.0.1:1/announce"


@pytest.fixture(autouse=True)
def clean(editions: Editions) -> Iterator[None]:
    """The archive is shared by the whole run."""
    yield
    shutil.rmtree(editions.archive.health, ignore_errors=True)
    (editions.archive.editions / "health.json").unlink(missing_ok=True)


def run(editions: Editions, *words: str, **env: str) -> Result:
    return CliRunner().invoke(tenuto, words, env={"TENUTO_ARCHIVE": str(editions.archive.root), **env})


@pytest.mark.system
@pytest.mark.skipif(shutil.which("opentracker") is None, reason="opentracker is missing")
def test_trackers_are_asked_shown_published_and_used(editions: Editions) -> None:
    """One volume is seeded as a hybrid and as its twin by the same seeder: one seeder, not two."""
    seeded, *others = editions.summary("e0002").volumes
    infohashes = [infohash for volume in (seeded, *others) for infohash in volume.infohashes]
    with tracker(infohashes) as http, Seeder(SeederSettings(trackers=(http,))) as seeder:
        for volume in seed_volumes(editions.archive, editions.both / "e0002", editions.summary("e0002")):
            if seeded.name in volume.torrent.name:
                seeder.add(volume)
        seeder.announce()
        udp = http.replace("http:", "udp:")
        words = ["health", "scrape", "--tracker", http, "--tracker", udp, "--tracker", NOWHERE, "--json"]
        deadline = time.monotonic() + 20
        while not _seeders(editions)[seeded.name] and time.monotonic() < deadline:
            said = run(editions, *words, TENUTO_HEALTH_TIMEOUT="1")
        assert _seeders(editions) == {seeded.name: 1, **{volume.name: 0 for volume in others}}
    assert said.exit_code == 4, "a tracker didn't answer"
    document = json.loads(said.stdout)
    assert document["read"][udp] == document["volumes"] == 1 + len(others)
    assert list(document["failed"]) == [NOWHERE]
    shown = json.loads(run(editions, "health", "show", "--json").stdout)
    assert shown["claimed_seeders"]["under 4"] == 1 + len(others)
    assert shown["proved_replicas"]["0"] == 1 + len(others), "a claim is no proof"
    assert shown["rescue"][-1]["name"] == seeded.name
    assert "claimed: 0 seeders" in run(editions, "health", "show").stdout
    place = Path(run(editions, "health", "publish").stdout.strip())
    assert read_health(place.read_bytes()).edition == "e0002"
    for seed in "abcd":
        words = [
            "adopt",
            str(editions.archive.editions),
            "--space",
            "1GB",
            "--seed",
            seed,
            "--print",
            "names",
        ]
        assert run(editions, *words).stdout.splitlines()[-1] == seeded.name, "the others have nobody"


def _seeders(editions: Editions) -> dict[str, int | None]:
    report = health(archive_observer(editions.archive), on=today())
    return {volume.name: volume.seeders for volume in report.volumes}


def test_the_table_is_asked_only_on_demand_and_kept_apart(editions: Editions) -> None:
    first, table = editions.summary("e0002").volumes[0], Table()
    options = DhtOptions(1, "127.0.0.1:0", 1, [table.entry])
    found, deadline = None, time.monotonic() + 20
    while not (found and found.peers) and time.monotonic() < deadline:
        shutil.rmtree(editions.archive.health, ignore_errors=True)
        table.announce(first.infohashes[0], 7001)
        time.sleep(0.1)
        scrape_edition(archive_observer(editions.archive), [], options, Notes(), on=today())
        found = health(archive_observer(editions.archive), on=today()).volumes[0].dht
    assert found == Reading(today().isoformat(), None, 1)
    assert set(_seeders(editions).values()) == {None}
    assert isinstance(run(editions, "health", "scrape").exception, UsageError), "nobody is asked by itself"
