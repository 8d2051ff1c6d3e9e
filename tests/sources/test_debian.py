"""Debian packages: a small apt of our own, then the real one where it can be reached."""

import csv
import stat
from functools import partial
from pathlib import Path

import pytest

from tenuto.formats.harvest import read_rows
from tenuto.model.errors import ConfigurationError, NetworkError, NotFoundError
from tenuto.model.ids import SourceKey, SourceName
from tenuto.model.rights import EvidenceKind
from tenuto.model.source import RejectedRow, SourceRow
from tenuto.sources.apt import Apt
from tenuto.sources.debian import DebianSource
from tenuto.sources.harvest import harvest
from tenuto.sources.registry import open_source
from tenuto.testing.source import Opener, SourceContract, everything
from tests.formats.debs import build_deb
from tests.shared import SHARED_DATA, needs_shared_data
from tests.sources.fixtures import Notes, set_tags, write_tone

NAME = SourceName("debian")
APT_CACHE = Path(__file__).parents[1] / ".cache" / "apt"
"""Kept between sessions, so that the real package is fetched once."""

DEP5 = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
Copyright: A
License: GPL-2+

Files: music/one.ogg
Copyright: B
License: CC-BY-4.0
"""
FAKE_APT = """#!/bin/sh
echo "$@" >> "{log}"
case "$4 $5" in
  "update ") {update} ;;
  "download "*) cp "{pool}/$5"_*.deb . 2>/dev/null && exit
    echo "E: Unable to locate package $5"; exit 100 ;;
esac
"""


@pytest.fixture
def pool(tmp_path: Path) -> Path:
    """Two packages on a mirror: one with DEP-5 stanzas, one with prose, links and an empty file."""
    tone = write_tone(tmp_path / "one.ogg", tags={"title": "One", "album": "Tones"})
    set_tags(tone, license="see https://creativecommons.org/licenses/by/4.0/.")
    audio = tone.read_bytes()
    folder = tmp_path / "pool"
    folder.mkdir()
    (folder / "tones-data_1%3a2-1_all.deb").write_bytes(
        build_deb({
            "usr/share/doc/tones-data/copyright": DEP5.encode(),
            "usr/share/tones-data/music/one.ogg": audio,
            "usr/share/tones-data/music/two words.ogg": audio,
            "usr/share/tones-data/music/link.ogg": "/etc/passwd",
            "usr/share/tones-data/music/empty.ogg": b"",
            "usr/share/tones-data/readme.txt": b"no audio",
        })
    )  # fmt: skip
    (folder / "prose-music_1_all.deb").write_bytes(
        build_deb({
            "usr/games/prose/a.ogg": audio,
            "usr/share/doc/prose-music/copyright": b"Creative Commons Attribution-ShareAlike 3.0",
        }, ".zst")
    )  # fmt: skip
    return folder


def _apt(tmp_path: Path, pool: Path, update: str = ":") -> Apt:
    program = tmp_path / "apt-get"
    program.write_text(FAKE_APT.format(log=tmp_path / "log", pool=pool, update=update))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return Apt(tmp_path / "cache", str(program))


def _source(tmp_path: Path, pool: Path, *packages: str, update: str = ":") -> DebianSource:
    return DebianSource(NAME, packages, tmp_path / "cache", apt=_apt(tmp_path, pool, update))


class TestDebianKeepsTheContract(SourceContract):
    @pytest.fixture
    def source(self, tmp_path: Path, pool: Path) -> Opener:
        return partial(_source, tmp_path, pool, "tones-data", "prose-music", "no-such-package")


def test_rows_and_their_evidence(tmp_path: Path, pool: Path) -> None:
    items = everything(_source(tmp_path, pool, "tones-data", "prose-music"))
    rows = {item.key: item for item in items if isinstance(item, SourceRow)}
    found = {key: [(each.kind, each.statement) for each in row.evidence] for key, row in rows.items()}
    tag = (EvidenceKind.TAG, "https://creativecommons.org/licenses/by/4.0/")
    assert found == {
        "prose-music/usr/games/prose/a.ogg": [(EvidenceKind.FREE_TEXT, "CC-BY-SA-3.0"), tag],
        "tones-data/usr/share/tones-data/music/one.ogg": [(EvidenceKind.DEP5_STANZA, "CC-BY-4.0"), tag],
        "tones-data/usr/share/tones-data/music/two%20words.ogg": [
            (EvidenceKind.DEP5_WILDCARD, "GPL-2+"),
            tag,
        ],
    }
    row = rows[SourceKey("tones-data/usr/share/tones-data/music/two%20words.ogg")]
    assert row.location is not None
    assert row.location.uri == "deb:tones-data/1:2-1/usr/share/tones-data/music/two%20words.ogg"
    assert (row.title, row.release) == ("One", "Tones")
    assert row.duration_ms == pytest.approx(500, abs=30)


def test_links_and_empty_files_are_rejected(tmp_path: Path, pool: Path) -> None:
    items = everything(_source(tmp_path, pool, "tones-data"))
    rejects = {item.where.rpartition("/")[2]: item.what for item in items if isinstance(item, RejectedRow)}
    assert set(rejects) == {"link.ogg", "empty.ogg"}
    assert "link" in rejects["link.ogg"]


def test_the_second_run_needs_no_network(tmp_path: Path, pool: Path) -> None:
    first = everything(_source(tmp_path, pool, "tones-data"))
    assert (tmp_path / "cache/archives/tones-data_1%3a2-1_all.deb").is_file()
    offline = DebianSource(
        NAME, ["tones-data"], tmp_path / "cache", apt=Apt(tmp_path / "cache", "no-such-apt")
    )
    assert everything(offline) == first


def test_a_package_that_is_not_there_is_one_reject(tmp_path: Path, pool: Path) -> None:
    source = _source(tmp_path, pool, "tones-data", "absent")
    assert source.describe().version == "absent missing, tones-data_1:2-1"
    first, *others = everything(source)
    assert isinstance(first, RejectedRow)
    assert "Unable to locate" in first.what
    assert any(isinstance(item, SourceRow) for item in others)


def test_no_package_at_all_stops_the_harvest(tmp_path: Path, pool: Path) -> None:
    with pytest.raises(NotFoundError, match="Unable to locate package absent"):
        _source(tmp_path, pool, "absent").describe()
    with pytest.raises(NetworkError, match="resolve"):
        _source(tmp_path, pool, "absent", update='{ echo "E: could not resolve"; exit 100; }').describe()
    with pytest.raises(ConfigurationError):
        _source(tmp_path, pool)
    with pytest.raises(ConfigurationError, match="package name"):
        _source(tmp_path, pool, "-o=evil").describe()
    with pytest.raises(ConfigurationError, match="Debian system"):
        DebianSource(NAME, ["a1"], tmp_path / "none", apt=Apt(tmp_path / "none", "no-such-apt")).describe()


def test_a_damaged_package_costs_itself_alone(tmp_path: Path, pool: Path) -> None:
    _source(tmp_path, pool, "tones-data", "prose-music").describe()
    path = tmp_path / "cache/archives/prose-music_1_all.deb"
    path.write_bytes(path.read_bytes()[:200])
    items = everything(_source(tmp_path, pool, "tones-data", "prose-music"))
    assert isinstance(items[0], RejectedRow)
    assert "let apt fetch it again" in items[0].what
    assert sum(isinstance(item, SourceRow) for item in items) == 2


def test_apt_writes_in_the_cache_only(tmp_path: Path, pool: Path) -> None:
    _source(tmp_path, pool, "tones-data").describe()
    configuration = (tmp_path / "cache/apt.conf").read_text()
    assert f'Dir::State::lists "{tmp_path}/cache/state/lists"' in configuration
    assert "#clear APT::Update::Post-Invoke;" in configuration
    assert f"-c {tmp_path}/cache/apt.conf update" in (tmp_path / "log").read_text()


def test_the_newest_cached_version_is_read(tmp_path: Path, pool: Path) -> None:
    source = _source(tmp_path, pool, "tones-data")
    source.describe()
    archives = tmp_path / "cache/archives"
    old = archives / "tones-data_1%3a2-1_all.deb"
    (archives / "tones-data_1%3a2-1+deb12u1_all.deb").write_bytes(old.read_bytes())
    assert _source(tmp_path, pool, "tones-data").describe().version == "tones-data_1:2-1+deb12u1"


def test_a_source_is_opened_again_from_its_description(tmp_path: Path, pool: Path) -> None:
    source = _source(tmp_path, pool, "tones-data")
    again = open_source(source.describe())
    assert again.describe() == source.describe()
    assert everything(again) == everything(source)


@needs_shared_data
def test_hyperrogue_agrees_with_its_stanzas(tmp_path: Path) -> None:
    """Every file's licence, holder and title against facts found independently."""
    try:
        result = harvest(DebianSource(NAME, ["hyperrogue-music"], APT_CACHE), tmp_path, Notes())
    except (NetworkError, NotFoundError, ConfigurationError) as error:
        pytest.skip(f"apt can't fetch the package here: {error}")
    assert (result.counts.done, result.counts.failed) == (101, 0)
    rows = {
        f"/{row.key.removeprefix('hyperrogue-music/')}": row
        for row in read_rows(result.folder / "rows-00000.parquet")
    }
    with (SHARED_DATA / "debian_music_dev.csv").open(newline="") as file:
        facts = [fact for fact in csv.DictReader(file) if fact["package"] == "hyperrogue-music"]
    assert len(facts) == len(rows)
    for fact in facts:
        row = rows[fact["path"]]
        assert row.evidence[0].kind is EvidenceKind.DEP5_STANZA
        assert (row.evidence[0].statement, row.evidence[0].holder) == (fact["licence"], fact["holder"])
        assert row.location is not None
        assert row.location.length == int(fact["bytes"])
        if fact["duration_s"]:
            assert row.duration_ms == pytest.approx(float(fact["duration_s"]) * 1000, abs=2)
        assert row.title in fact["title"].split(" / ") or not fact["title"]
    titles = {path.rpartition("/")[2]: row.title for path, row in rows.items()}
    assert titles["hr3-desert.ogg"] == "Desert"
    assert titles["hr3-rlyeh.ogg"] == "R'Lyeh"
    assert titles["hr3-icyland.ogg"] == "Icy Lands"
