"""docs/sources/listenbrainz.md: listens as rows, one a recording."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tenuto.model.errors import FixityError, NotFoundError
from tenuto.model.ids import SourceName
from tenuto.model.source import Entity, Identifier, Listens, RejectedRow, Scheme, SourceRow
from tenuto.sources.listenbrainz import ListenBrainzSource
from tenuto.sources.listenbrainz.aggregate import Aggregate
from tenuto.testing.source import Opener, Silence, SourceContract, everything
from tests.shared import SHARED_DATA, needs_shared_data
from tests.sources.listenbrainz import samples
from tests.sources.listenbrainz.samples import LIT, WEALTH, Heard, times

NAME = SourceName("listenbrainz")
JULY = datetime(2021, 7, 1)  # noqa: DTZ001 -- UTC, as in the dumps
MANY = [
    *times(40, user=1),
    *times(3, user=1, at=JULY),
    Heard(user=2),
    Heard(user=2, mbid=WEALTH, title="Wealth", artist="Jah Wobble"),
    Heard(user=1, mbid=None, title="Lit (Live)", artist="KIASMOS"),
    Heard(user=2, mbid="not one", title="lit  (live)", artist="Kiasmos", release=None),
]


def _source(root: Path, *paths: Path, cap: int = 30) -> ListenBrainzSource:
    return ListenBrainzSource(NAME, paths or [root / "dumps"], root / "scratch", monthly_cap=cap)


def _items(root: Path, *paths: Path, cap: int = 30) -> tuple[list[SourceRow], list[RejectedRow]]:
    items = everything(_source(root, *paths, cap=cap))
    rows = [each for each in items if isinstance(each, SourceRow)]
    return rows, [each for each in items if isinstance(each, RejectedRow)]


Maker = Callable[..., Path]
both_shapes = pytest.mark.parametrize("make", [samples.spark, samples.public], ids=["parquet", "json"])


class TestParquet(SourceContract):
    @pytest.fixture
    def source(self, tmp_path: Path) -> Opener:
        samples.spark(tmp_path / "dumps", 1, MANY, [Heard(title=None)])
        return partial(_source, tmp_path)


class TestJsonLines(SourceContract):
    @pytest.fixture
    def source(self, tmp_path: Path) -> Opener:
        samples.public(tmp_path / "dumps", 1, MANY, [Heard(title=None)])
        return partial(_source, tmp_path)


@both_shapes
def test_a_row_a_recording(tmp_path: Path, make: Maker) -> None:
    make(tmp_path / "dumps", 1, MANY)
    rows, rejects = _items(tmp_path)
    assert not rejects
    assert [row.key for row in rows] == [WEALTH, LIT, "kiasmos\nlit (live)"]
    assert all(row.entity is Entity.LISTENS for row in rows)
    lit, live = rows[1:]
    assert lit.identifiers == (Identifier(Scheme.MBID, LIT),)
    assert (lit.title, lit.artist, lit.release) == ("Lit", "Kiasmos", "Kiasmos")
    assert lit.listens == Listens(34, "listens", "2021-03-04/2021-07-02", listeners=2, squares=33**2 + 1)
    assert json.loads(lit.raw) == {"uncapped": 44, "capped": 34, "listeners": 2}
    assert live.identifiers == ()
    assert live.listens is not None
    assert (live.listens.count, live.listens.listeners) == (2, 2)


def test_both_shapes_of_one_dump_agree(tmp_path: Path) -> None:
    spark, public = samples.spark(tmp_path / "a", 1, MANY), samples.public(tmp_path / "b", 1, MANY)
    assert _items(tmp_path, spark) == _items(tmp_path, public)


@both_shapes
def test_incrementals_add_to_the_full_dump(tmp_path: Path, make: Maker) -> None:
    make(tmp_path / "dumps", 1, times(20))
    make(tmp_path / "dumps", 2, times(20), full=False)
    (lit,) = _items(tmp_path)[0]
    assert json.loads(lit.raw) == {"uncapped": 40, "capped": 30, "listeners": 1}


def test_the_cap_is_a_setting(tmp_path: Path) -> None:
    path = samples.spark(tmp_path / "dumps", 1, MANY)
    (lit,) = (row for row in _items(tmp_path, path, cap=5)[0] if row.key == LIT)
    assert lit.listens is not None
    assert lit.listens.count == 5 + 3 + 1
    versions = {_source(tmp_path, path, cap=cap).describe().version for cap in (5, 30)}
    assert len(versions) == 2


@both_shapes
def test_what_cant_be_counted_is_rejected(tmp_path: Path, make: Maker) -> None:
    bad = [
        Heard(at=None),
        Heard(at=datetime(2002, 9, 30)),  # noqa: DTZ001 -- UTC
        Heard(at=datetime(2026, 7, 2)),  # noqa: DTZ001 -- UTC
        Heard(user=None, title=""),
        Heard(title=None),
        Heard(artist=" \u200b"),
    ]
    make(tmp_path / "dumps", 1, [*bad, Heard()])
    rows, rejects = _items(tmp_path)
    assert [row.key for row in rows] == [LIT]
    assert [each.what.removeprefix("no countable listen: ") for each in rejects][:3] == [
        "it has no time",
        "its time is before October 2002",
        "its time is after the dump's",
    ]
    assert len(rejects) == len(bad)
    assert rejects[4].where.endswith(":5")


@both_shapes
def test_nobody_is_in_the_harvest(tmp_path: Path, make: Maker) -> None:
    """Whoever listened, whether the listen was counted or rejected, isn't told and isn't left behind."""
    make(tmp_path / "dumps", 1, [*times(3, user=424242), Heard(user=424242, title=None)])
    assert "424242" not in repr(_items(tmp_path))
    assert not list((tmp_path / "scratch").glob("*"))


@both_shapes
def test_sums_that_were_cut_short_go_on(tmp_path: Path, make: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path / "dumps", 1, [*MANY, Heard(title=None)], [Heard(at=None), *MANY])
    make(tmp_path / "dumps", 2, MANY, full=False)
    whole, added, finish = everything(_source(tmp_path)), Counter[str](), Aggregate.finish

    def power_cut(aggregate: Aggregate, part: str) -> None:
        added[part] += 1
        if len(added) == 2 and added[part] == 1:
            raise KeyboardInterrupt
        finish(aggregate, part)

    monkeypatch.setattr(Aggregate, "finish", power_cut)
    with pytest.raises(KeyboardInterrupt):
        everything(_source(tmp_path))
    assert everything(_source(tmp_path)) == whole
    assert list(added.values())[:2] == [1, 2]


def test_sums_of_other_dumps_are_deleted(tmp_path: Path) -> None:
    path = samples.spark(tmp_path / "dumps", 1, MANY)
    next(iter(_source(tmp_path, path, cap=5).rows(Silence())))
    assert len(list(tmp_path.rglob("*.duckdb"))) == 1
    _items(tmp_path, path, cap=6)
    assert not list(tmp_path.rglob("*.duckdb"))


def test_unpacked_dumps_are_read(tmp_path: Path) -> None:
    for number, full in ((1, True), (2, False)):
        folder = tmp_path / "dumps" / samples.archive_name(number, full=full)
        folder.mkdir(parents=True)
        (folder / "0.parquet").write_bytes(samples.parquet([Heard(), Heard(title=None)]))
    (lit,), rejects = _items(tmp_path)
    assert json.loads(lit.raw)["uncapped"] == 2
    assert rejects[1].where == f"{samples.archive_name(2, full=False)}/0.parquet:2"


def test_a_listener_without_a_number_is_told_by_name(tmp_path: Path) -> None:
    documents = [
        {
            "user_name": name,
            "timestamp": 1614885460,
            "track_metadata": {"artist_name": "A", "track_name": "B"},
        }
        for name in ("ann", "bob", "ann")
    ]
    data = b"".join(json.dumps(each).encode() + b"\n" for each in documents)
    samples.tar(tmp_path / "dumps", samples.archive_name(1, kind="listens"), {"listens/2021/3.listens": data})
    (row,) = _items(tmp_path)[0]
    assert json.loads(row.raw)["listeners"] == 2


@pytest.mark.parametrize("start", [0, 1, 2, 4, 9])
def test_a_harvest_goes_on_where_it_stopped(tmp_path: Path, start: int) -> None:
    samples.spark(tmp_path / "dumps", 1, [Heard(title=None), *MANY])
    assert list(_source(tmp_path).rows(Silence(), start=start)) == everything(_source(tmp_path))[start:]


def test_a_match_by_listenbrainz_goes_before_the_listeners_word(tmp_path: Path) -> None:
    document = json.loads(samples.json_lines([Heard()]))
    document["track_metadata"]["mbid_mapping"] = {"recording_mbid": WEALTH.upper()}
    data = json.dumps(document).encode()
    samples.tar(tmp_path / "dumps", samples.archive_name(1, kind="listens"), {"listens/2021/3.listens": data})
    assert [row.key for row in _items(tmp_path)[0]] == [WEALTH]


@pytest.mark.parametrize(
    "line",
    [
        b"no json",
        b"[]",
        b'{"track_metadata": 3}',
        b'{"user_id": "1", "listened_at": 1614885460, "track_metadata": {}}',
        b'{"user_id": 1, "listened_at": "soon", "track_metadata": {}}',
        b'{"user_id": 1, "listened_at": 1e300, "track_metadata": {"artist_name": 1, "track_name": []}}',
        b'{"user_id": 1, "listened_at": 1614885460, "track_metadata": {"artist_name": "\xff"}}',
        b'{"user_id": 1, "listened_at": 1, "track_metadata": {"artist_name": "\\ud800", "track_name": "x"}}',
        b"\0\0\0",
        b"x" * 2**21,
        b"[" * 100_000,
    ],
    ids=["text", "list", "track", "user", "time", "types", "utf-8", "surrogate", "nul", "long", "deep"],
)
def test_a_broken_line_costs_itself_only(tmp_path: Path, line: bytes) -> None:
    good = samples.json_lines([Heard()])
    name, member = samples.archive_name(1, kind="listens"), "listens/2021/3.listens"
    samples.tar(tmp_path / "dumps", name, {member: good + line + b"\n" + good}, "zst")
    rows, (reject,) = _items(tmp_path)
    assert json.loads(rows[0].raw)["uncapped"] == 2
    assert reject.where.endswith("3.listens:2")
    assert reject.raw == ""


def test_nul_in_a_name_is_no_name_character(tmp_path: Path) -> None:
    samples.public(tmp_path / "dumps", 1, [Heard(title="L\0it", mbid=None), Heard(title="L it", mbid=None)])
    (row,) = _items(tmp_path)[0]
    assert "\0" not in row.title + row.key


def test_text_that_isnt_utf8_costs_its_listen_only(tmp_path: Path) -> None:
    table = pq.read_table(pa.BufferReader(samples.parquet(times(2))))
    titles = pa.array([b"\xff\xfe", b"Lit"]).view(pa.string())
    place = table.schema.get_field_index("recording_name")
    data = samples.written(table.set_column(place, "recording_name", titles))
    samples.tar(tmp_path / "dumps", samples.archive_name(1), {"0.parquet": data})
    rows, (reject,) = _items(tmp_path)
    assert json.loads(rows[0].raw)["uncapped"] == 1
    assert reject.what.endswith("it names no recording")


@pytest.mark.parametrize(
    ("table", "what"),
    [
        (pa.table({"a": [1]}), "no column artist_name, listened_at, recording_name, user_id"),
        (
            pa.table({"listened_at": ["x"], "user_id": [1], "artist_name": ["a"], "recording_name": ["b"]}),
            "listened_at is no time but string",
        ),
        (
            pa.table(
                {
                    "listened_at": pa.array([0], pa.timestamp("s")),
                    "user_id": ["one"],
                    "artist_name": ["a"],
                    "recording_name": ["b"],
                }
            ),
            "Failed to parse string",
        ),
    ],
    ids=["columns", "time", "user"],
)
def test_parquet_of_another_shape_costs_its_file_only(tmp_path: Path, table: pa.Table, what: str) -> None:
    parts = {
        "0.parquet": samples.written(table),
        "1.parquet": samples.parquet([Heard()]),
        "2.parquet": b"PAR1",
    }
    samples.tar(tmp_path / "dumps", samples.archive_name(1), parts)
    rows, rejects = _items(tmp_path)
    assert [row.key for row in rows] == [LIT]
    assert [each.where.rpartition("/")[2] for each in rejects] == ["0.parquet:1", "2.parquet:1"]
    assert what in rejects[0].what


@both_shapes
def test_a_cut_archive_gives_all_that_is_whole(tmp_path: Path, make: Maker) -> None:
    many = [Heard(mbid=None, title=sha256(str(number).encode()).hexdigest()) for number in range(4000)]
    path = make(tmp_path / "dumps", 1, many[:2000], many[2000:])
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 9 // 10])
    rows, rejects = _items(tmp_path)
    assert 2000 <= len(rows) < 4000
    assert len(rejects) == 1
    assert "fetch the dump again" in rejects[0].what


def test_an_archive_that_isnt_what_was_published_is_refused(tmp_path: Path) -> None:
    path = samples.spark(tmp_path / "dumps", 1, MANY)
    listing = path.with_name("SHA256SUMS")
    listing.write_text(f"{sha256(path.read_bytes()).hexdigest()}  {path.name}\n")
    assert _items(tmp_path)[0]
    listing.write_text(f"{'0' * 64}  {path.name}\n")
    with pytest.raises(FixityError, match="Download it again"):
        _items(tmp_path)


def test_days_across_the_end_of_a_year(tmp_path: Path) -> None:
    late = datetime(2021, 12, 31, 23, 59, 59)  # noqa: DTZ001 -- UTC
    samples.spark(tmp_path / "dumps", 1, [Heard(at=late), Heard(at=late + timedelta(seconds=2))])
    (row,) = _items(tmp_path, cap=1)[0]
    assert row.listens is not None
    assert (row.listens.count, row.listens.window) == (2, "2021-12-31/2022-01-02")


def test_nothing_of_listenbrainz_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="neither a dump of listens nor a popularity file"):
        _source(tmp_path, tmp_path)


@needs_shared_data
def test_the_real_shapes(tmp_path: Path) -> None:
    """ListenBrainz' own fixtures: full dump 1 and incremental dumps 2 to 5."""
    rows, rejects = _items(tmp_path, SHARED_DATA / "listenbrainz_fixtures")
    assert not rejects
    assert len(rows) == 64
    counts = [json.loads(row.raw) for row in rows]
    assert sum(each["uncapped"] for each in counts) == sum(each["capped"] for each in counts) == 128
    assert {row.listens.window for row in rows if row.listens} == {"2020-01-04/2021-08-10"}
