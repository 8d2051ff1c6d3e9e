"""docs/plan.md on a catalogue of 400 recordings with listens, counted recording by recording."""

import json
import re
import shutil
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from tenuto.app.archive import open_archive
from tenuto.app.stages import making
from tenuto.app.stages.catalogue import open_current
from tenuto.app.stages.plans import StoredPlan, planned, stored
from tenuto.app.view import View
from tenuto.catalogue import window
from tenuto.model.catalogue import RecordingDetail
from tenuto.model.errors import ConfigurationError, NotFoundError, SpaceError
from tenuto.model.plan import Tier
from tenuto.plan import SLOTS, budget_for, decide
from tenuto.words import percent
from tests.app.listened import make_table
from tests.cli.conftest import call


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("songs")
    data, archive = make_table(root / "table" / "songs"), root / "archive"
    call("init", archive, "--name", "songs")
    assert (
        call("harvest", "table", data.parent / "mapping.toml", "--data", data, archive=archive).exit_code == 0
    )
    assert call("catalogue", "build", archive=archive).exit_code == 0
    return archive


@pytest.fixture
def archive(songs: Path, tmp_path: Path) -> Path:
    return shutil.copytree(songs, tmp_path / "archive")


def settle(archive: Path, **settings: object) -> None:
    """Its `[plan]`."""
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    (archive / "tenuto.toml").write_text('[archive]\nname = "songs"\n[plan]\n' + "\n".join(lines) + "\n")


def plan(archive: Path, *words: str) -> dict[str, Any]:
    result = call("plan", *words, "--progress", "off", "--json", archive=archive)
    assert result.exit_code == 0, result.exception
    found: dict[str, Any] = json.loads(result.stdout)["stages"][0]
    return found


def fault(archive: Path, *words: str) -> BaseException | None:
    return call("plan", *words, "--progress", "off", archive=archive).exception


@pytest.fixture(scope="module")
def details(songs: Path) -> dict[int, RecordingDetail]:
    reader = open_current(open_archive(songs))
    return {int(number): reader.numbered(int(number)) for number in reader.by_rank}


def covered(details: dict[int, RecordingDetail], held: set[int]) -> tuple[dict[str, int], dict[str, int]]:
    """Groups, counted one by one: what is covered, and what there is."""
    groups: dict[str, dict[str, list[bool]]] = {
        name: defaultdict(list) for name in ("releases", "artists", "genres")
    }
    for number, detail in details.items():
        for track in detail.tracks:
            groups["releases"][track.release].append(number in held)
        if detail.artist_id:
            groups["artists"][detail.artist_id].append(number in held)
        for genre in filter(None, (each.strip() for each in (detail.genre or "").split(";"))):
            groups["genres"][genre].append(number in held)
    rules = {"releases": all, "artists": any, "genres": any}
    return (
        {name: sum(map(rules[name], found.values())) for name, found in groups.items()},
        {name: len(found) for name, found in groups.items()},
    )


@pytest.mark.parametrize("limits", [[], ["licence:CC-BY-4.0=60MB"]])
def test_releases_artists_and_genres(
    archive: Path,
    details: dict[int, RecordingDetail],
    limits: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """docs/plan.md, Coverage: of the plan, and of any budget by the sums."""
    monkeypatch.setattr(making, "SMALL", 0)
    settle(archive, limits=limits, rarity=0.1)
    for budget in ("0", "30MB", "200MB", "2GB"):
        found = plan(archive, "--budget", budget)
        opened = open_archive(archive)
        held = {number for number, _ in planned(opened, open_current(opened))}
        assert (found["covered"], found["covered_of"]) == covered(details, held)
        asked = json.loads(call("plan", "ask", "--json", archive=archive).stdout)
        assert asked["known"] == found["covered_of"]
        for name, count in found["covered"].items():
            assert asked["covered"][name] == pytest.approx(count, abs=1)
    last = stored(open_archive(archive)).curve()[-1]
    assert [last.releases, last.artists, last.genres] == [
        found["covered"][name] for name in ("releases", "artists", "genres")
    ]


def test_what_no_limit_forbids_is_covered_at_last(archive: Path) -> None:
    found = plan(archive, "--budget", "1TB")
    assert found["covered"] == found["covered_of"]
    assert found["covered_of"]["releases"] > 50


def test_cover(archive: Path) -> None:
    """The least budget at which a share of listens is covered."""
    found = plan(archive, "--cover", "90%")
    tableau = stored(open_archive(archive)).tableau()
    least = budget_for(tableau, 0.9)
    assert least is not None
    assert least == found["budget_bytes"]
    assert decide(tableau, least - 1).sum("listens") < 0.9 * found["listens_total"]
    assert found["listens_covered"] >= 0.895 * found["listens_total"]
    assert isinstance(fault(archive, "--cover", "100%"), SpaceError) == (
        decide(tableau, 10**15).sum("listens") < found["listens_total"] * (1 - 1e-9)
    )


SITES = ["attic@home=400MB", "shelf@home=150MB", "library@town=300MB", "friend=250MB"]


def at_sites(archive: Path, sites: list[str], copies: int) -> StoredPlan:
    """Each site within its capacity, each recording's copies at different places, all of it added up."""
    opened = open_archive(archive)
    found = stored(opened)
    slots, codes, summary = found.slots(), found.codes(), found.summary
    assert slots is not None
    assert slots.shape == (SLOTS, copies)
    assert [site.name for site in summary.sites] == [re.split("[@=]", text)[0] for text in sites]
    number = np.zeros(len(sites), dtype=np.int64)
    for recording in np.flatnonzero(codes).tolist():
        here = slots[recording % SLOTS].tolist()
        assert len({summary.sites[at].place for at in here}) == copies
        number[here] += 1
    assert number.tolist() == [site.recordings for site in summary.sites]
    assert all(site.bytes <= site.capacity_bytes for site in summary.sites)
    assert sum(site.bytes for site in summary.sites) == copies * summary.bytes
    return found


@pytest.mark.parametrize("small", [0, 5000])
@pytest.mark.parametrize("copies", [1, 2, 3])
def test_sites(archive: Path, copies: int, small: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """docs/plan.md, Sites."""
    monkeypatch.setattr(making, "SMALL", small)
    settle(archive, sites=SITES, copies=copies)
    plan(archive)
    found = at_sites(archive, SITES, copies).summary
    capacity = sum(site.capacity_bytes for site in found.sites)
    assert found.budget_bytes == {1: capacity, 2: capacity // 2, 3: 250_000_000}[copies]
    assert found.bytes > 0.93 * found.budget_bytes
    assert found.value <= found.bound
    assert plan(archive)["done"] == 0


def test_any_number_of_workers(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same files, byte for byte, window after window."""
    monkeypatch.setattr(making, "SMALL", 0)
    monkeypatch.setattr(window, "WINDOW", 37)
    settle(archive, sites=SITES, copies=2, limits=["licence:CC-BY-4.0=60MB"], steadiness=0.0)
    found = []
    for jobs in ("1", "5"):
        monkeypatch.setenv("TENUTO_WORK_JOBS", jobs)
        folder = archive / "plans" / plan(archive, "--budget", "200MB")["plan"]
        found.append({path.name: path.read_bytes() for path in folder.iterdir()})
        shutil.rmtree(archive / "plans")
    assert found[0] == found[1]
    assert sorted(found[0]) == ["curve.csv", "plan.json", "sites.bin", "steps.parquet", "tiers.bin"]


def test_another_site(archive: Path) -> None:
    """What fits stays; only what the larger plan puts in is received."""
    settle(archive, sites=SITES, copies=2)
    plan(archive, "--budget", "300MB")
    more = [*SITES, "new=1GB"]
    settle(archive, sites=more, copies=2)
    found = plan(archive, "--budget", "300MB")
    assert found["churn_site_copies_moved"] == 0
    assert sum(found["churn_site_bytes_received"].values()) == 0
    at_sites(archive, more, 2)
    fewer = more[1:]
    settle(archive, sites=fewer, copies=2)
    lost = found["site_recordings"]["attic"]
    held = stored(open_archive(archive)).summary.id
    found = plan(archive, "--budget", "300MB")
    at_sites(archive, fewer, 2)
    assert 0 < found["churn_site_copies_moved"] <= 1.2 * lost
    received = found["churn_site_bytes_received"]
    assert sum(received.values()) >= 0.9 * found["churn_site_copies_moved"]
    attic = next(
        line for line in call("plan", "diff", held, archive=archive).stdout.splitlines() if "at attic" in line
    )
    assert re.fullmatch(r"at attic +\S+ MB of 400 MB +-", attic)


def test_what_a_site_holds(archive: Path) -> None:
    """Every site's list, together, is every recording so many times."""
    settle(archive, sites=SITES, copies=2)
    assert plan(archive)["copies"] == 2
    asked = json.loads(call("plan", "ask", "--json", archive=archive).stdout)
    assert f"2 copies: {2 * asked['bytes']:,} bytes" in call("plan", "ask", archive=archive).stdout
    document = json.loads(call("plan", "sites", "--json", archive=archive).stdout)
    text = call("plan", "sites", archive=archive).stdout
    listed: dict[str, list[str]] = {}
    for site in document["sites"]:
        head, *rows = call("plan", "site", site["name"], archive=archive).stdout.splitlines()
        assert head == "recording,tier"
        assert len(rows) == site["recordings"]
        assert f"{site['bytes']:,} of {site['capacity_bytes']:,}" in text
        for row in rows:
            listed.setdefault(row, []).append(site["name"])
    assert len(listed) == stored(open_archive(archive)).summary.files
    assert {len(names) for names in listed.values()} == {2}
    row, names = next(iter(listed.items()))
    why = json.loads(call("plan", "why", row.partition(",")[0], "--json", archive=archive).stdout)
    assert sorted(why["sites"]) == sorted(names)
    assert isinstance(call("plan", "site", "moon", archive=archive).exception, NotFoundError)


def test_pages_do_not_tell_where_copies_are(archive: Path) -> None:
    settle(archive, sites=SITES, copies=2)
    plan(archive)
    with View(open_archive(archive)) as view:
        shown = view.plan()
    assert shown is not None
    assert shown.copies == 2
    assert "attic" not in repr(shown)


def test_durability_knows_the_copies(archive: Path) -> None:
    """More copies, at different places: lost less."""
    found = []
    for sites, copies in (([], 1), (SITES, 2), (SITES, 3)):
        settle(archive, sites=sites, copies=copies)
        plan(archive, "--budget", "100MB")
        document = json.loads(call("plan", "durability", "--json", archive=archive).stdout)
        assert (document["replicas"], document["together"]) == (copies, 0.01 if sites else 0.1)
        found.append(document["yearly_loss"])
    assert found == sorted(found, reverse=True)


def test_picture(archive: Path, tmp_path: Path) -> None:
    """Well-formed, the same twice, and with the budget's figures."""
    plan(archive, "--budget", "100MB")
    for name in ("one.svg", "two.svg"):
        assert call("plan", "picture", tmp_path / name, "--budget", "150MB", archive=archive).exit_code == 0
    drawn = (tmp_path / "one.svg").read_bytes()
    assert drawn == (tmp_path / "two.svg").read_bytes()
    root = ET.fromstring(drawn)
    lines = [each for each in root if each.tag.endswith("polyline")]
    assert len(lines) == 5
    asked = json.loads(call("plan", "ask", "--budget", "150MB", "--json", archive=archive).stdout)
    assert f"budget 150 MB: {percent(asked['listens'], asked['listens_total'])}" in drawn.decode()


def test_chart(archive: Path) -> None:
    """The budget is marked in the row of its coverage; listens rise to the right."""
    plan(archive, "--budget", "100MB")
    asked = json.loads(call("plan", "ask", "--budget", "150MB", "--json", archive=archive).stdout)
    text = call("plan", "ask", "--budget", "150MB", archive=archive).stdout
    rows = {line[:6]: line[8:] for line in text.splitlines() if line[5:8] == "% |"}
    assert len(rows) == 11
    share = 10 * round(10 * asked["listens"] / asked["listens_total"])
    assert [row for row, marks in rows.items() if "o" in marks] == [f"{share:>4} %"]
    starts = [marks.find("*") for marks in reversed(rows.values()) if "*" in marks]
    assert starts == sorted(starts)
    assert all(mark in "".join(rows.values()) for mark in "*raw")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"copies": 2}, "different places"),
        ({"copies": 0, "sites": SITES}, "plan.copies = 0"),
        ({"copies": 4, "sites": SITES}, "3 different places"),
        ({"sites": ["attic"]}, "NAME=SIZE"),
        ({"sites": ["@home=1GB"]}, "NAME=SIZE"),
        ({"sites": ["attic@=1GB"]}, "NAME@PLACE=SIZE"),
        ({"sites": ["attic=much"]}, "not a size"),
        ({"sites": ["attic=0"]}, "one byte"),
        ({"sites": ["attic=1GB", "attic=2GB"]}, "twice"),
        ({"limits": ["licence=1GB"]}, "licence:ID=SIZE"),
        ({"limits": ["dark:x=1GB"]}, "licence:ID=SIZE"),
        ({"limits": ["licence:CC-BY-5.5=1GB"]}, "no licence"),
        ({"limits": ["source:nobody=1GB"]}, "'nobody'"),
        ({"always": "nowhere.txt"}, "can't be used"),
    ],
)
def test_senseless_settings(archive: Path, settings: dict[str, object], words: str) -> None:
    settle(archive, **settings)
    found = fault(archive)
    assert isinstance(found, ConfigurationError)
    assert words in str(found)


def test_too_much_for_the_sites(archive: Path) -> None:
    settle(archive, sites=["a=20MB", "b=30MB"], copies=2)
    assert "20.0 MB of each copy" in str(fault(archive, "--cover", "99%"))


def test_unknown_recordings_in_lists(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "list").write_text("mapping:song-1\nmapping:no-song\n")
    settle(archive, never=str(tmp_path / "list"))
    found = fault(archive)
    assert isinstance(found, ConfigurationError)
    assert "no-song" in str(found)


def test_a_limit_of_nothing(archive: Path) -> None:
    settle(archive, limits=["licence:CC-BY-4.0=0"])
    found = plan(archive, "--budget", "1TB")
    assert found["files"] == 200
    settle(archive, limits=["licence:cc-by-4.0=0", "source:mapping=0"])
    assert plan(archive, "--budget", "1TB")["files"] == 0


def test_what_must_be_held_and_has_no_room(archive: Path, tmp_path: Path) -> None:
    """Over the budget, over its limit, and on both lists: what never may be held isn't to be had."""
    (tmp_path / "list").write_text("mapping:song-0\nmapping:song-1\n")
    settle(archive, always=str(tmp_path / "list"))
    assert isinstance(fault(archive, "--budget", "1MB"), SpaceError)
    found = plan(archive, "--budget", "10MB")
    assert found["files"] >= 2
    assert "always_but_not_to_be_had" not in found
    (tmp_path / "never").write_text("mapping:song-1\n")
    settle(archive, always=str(tmp_path / "list"), never=str(tmp_path / "never"))
    assert plan(archive, "--budget", "10MB")["always_but_not_to_be_had"] == 1
    settle(archive, always=str(tmp_path / "list"), limits=["licence:CC-BY-4.0=0"])
    assert isinstance(fault(archive), SpaceError)


def test_a_coverage_that_fits_only_uncut(archive: Path) -> None:
    """Recordings can't be cut to fill each of three sites to the last byte."""
    settle(archive, sites=["a=40MB", "b=35MB", "c=25MB"], steadiness=0.0)
    plan(archive)
    tableau = stored(open_archive(archive)).tableau()
    share = decide(tableau, 99_950_000).sum("listens") / tableau.totals.listens
    assert "split up" in str(fault(archive, "--cover", f"{share - 1e-9:.9f}"))


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("plan.json", lambda data: data.replace(b"tenuto-plan-3", b"tenuto-plan-2")),
        ("tiers.bin", lambda data: data[:5]),
        ("tiers.bin", None),
        ("sites.bin", lambda data: data[::-1] + b"x"),
    ],
)
def test_a_plan_that_cannot_be_read_hinders_no_new_one(
    archive: Path, name: str, spoil: Callable[[bytes], bytes] | None
) -> None:
    """A former format, a damaged or a lost file."""
    settle(archive, sites=SITES)
    plan(archive, "--budget", "100MB")
    path = archive / "plans" / (archive / "plans" / "current").read_text().strip() / name
    if spoil is None:
        path.unlink()
    else:
        path.write_bytes(spoil(path.read_bytes()))
    found = plan(archive, "--budget", "100MB")
    assert found["done"] == 400
    assert stored(open_archive(archive)).summary.by_tier[Tier.METADATA] == 400 - found["files"]
