"""What is kept of readings and proofs, and what it comes to."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from tenuto.model.edition import VolumeSummary
from tenuto.model.health import Band, Mirror, Outcome, Reading, VolumeHealth
from tenuto.swarm.health.history import DHT, KEEP_DAYS, History, open_history

TODAY = date(2026, 11, 21)
A, B = "aa" * 32, "bb" * 32
ONE, TWO = Mirror("one", "01" * 32, "DE", "Ada"), Mirror("two", "02" * 32, "FR", "Bo")


def volume(name: str, infohash: str) -> VolumeSummary:
    return VolumeSummary(
        name, (0, 100), 1, 1, None, 1, 6, 1000, False, None, infohash, None, "magnet:?", None
    )


VOLUMES = [volume("a", A), volume("b", B)]


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    with open_history(tmp_path / "health" / "history.sqlite") as found:
        yield found


def fares(history: History, mirrors: tuple[Mirror, ...] = (ONE, TWO)) -> list[VolumeHealth]:
    return list(history.health(VOLUMES, mirrors, since=TODAY - timedelta(days=90)))


def reading(seeders: int | None, days: int = 0) -> Reading:
    return Reading((TODAY - timedelta(days=days)).isoformat(), seeders, seeders or 7)


def test_nothing_is_known_at_first(history: History) -> None:
    assert fares(history) == [VolumeHealth("a", A, 1000), VolumeHealth("b", B, 1000)]
    assert [each.band for each in fares(history)] == [Band.UNKNOWN, Band.UNKNOWN]


def test_the_newest_days_highest_claim_counts_and_the_table_stands_apart(history: History) -> None:
    """A tracker that answered long ago doesn't outvote one of today."""
    history.add_readings("udp://old", TODAY - timedelta(days=9), {A: reading(50, 9)})
    history.add_readings("udp://x", TODAY, {A: reading(2)})
    history.add_readings("http://y", TODAY, {A: reading(3)})
    history.add_readings(DHT, TODAY, {A: reading(None), B: reading(None)})
    first, second = fares(history)
    assert (first.trackers, first.dht, first.band) == (reading(3), reading(None), Band.FEW)
    assert (second.trackers, second.band) == (None, Band.UNKNOWN)
    assert history.dht_days() == {A: TODAY.isoformat(), B: TODAY.isoformat()}


@pytest.mark.parametrize(
    ("seeders", "band"),
    [(0, Band.FEW), (3, Band.FEW), (4, Band.SOME), (10, Band.SOME), (11, Band.MANY)],
)
def test_bands(seeders: int, band: Band) -> None:
    assert replace(VolumeHealth("a", A, 1), trackers=reading(seeders)).band is band


def test_a_later_reading_of_the_day_replaces_the_former(history: History) -> None:
    history.add_readings("udp://x", TODAY, {A: reading(9)})
    history.add_readings("udp://x", TODAY, {A: reading(1)})
    assert fares(history)[0].seeders == 1


def test_each_mirror_counts_once_by_its_newest_answer(history: History) -> None:
    for number, (mirror, outcome) in enumerate(
        [(ONE, Outcome.PROVED), (TWO, Outcome.PROVED), (ONE, Outcome.PROVED), (TWO, Outcome.FAILED)]
    ):
        history.add_challenge(str(number), TODAY.isoformat(), b"")
        history.add_outcomes(str(number), mirror.key, f"{TODAY}T12:00:0{number}Z", {A: outcome})
    first, second = fares(history)
    assert [replica.mirror for replica in first.replicas] == ["one"]
    assert (first.regions, first.operators, second.replicas) == (1, 1, ())
    assert fares(history, (TWO,))[0].replicas == (), "who isn't registered proves nothing"


def test_the_history_is_bounded(history: History, tmp_path: Path) -> None:
    """A reading a day for 90 days, then the last of each month; challenges go, proofs like readings."""
    days = 400
    for back in range(days, -1, -1):
        day = TODAY - timedelta(days=back)
        history.add_readings("udp://x", day, {A: reading(1, back), B: reading(2, back)})
        history.add_challenge(str(day), day.isoformat(), b"")
        history.add_outcomes(str(day), ONE.key, f"{day}T00:00:00Z", {A: Outcome.PROVED})
    history.thin(TODAY)
    with open_history(tmp_path / "health" / "history.sqlite") as again:
        kept = [row[0] for row in again._db.execute("SELECT day FROM reading WHERE volume = 1")]
        proofs = [row[0][:10] for row in again._db.execute("SELECT at FROM proof")]
        (challenges,) = again._db.execute("SELECT count(*) FROM challenge").fetchone()
    limit = (TODAY - timedelta(days=KEEP_DAYS)).isoformat()
    recent, old = [day for day in kept if day >= limit], [day for day in kept if day < limit]
    assert len(recent) == challenges == KEEP_DAYS + 1
    assert len({day[:7] for day in old}) == len(old), "one a month"
    assert all((date.fromisoformat(day) + timedelta(days=1)).day == 1 for day in old), "its last"
    assert kept == proofs
    assert fares(history)[1].seeders == 2
