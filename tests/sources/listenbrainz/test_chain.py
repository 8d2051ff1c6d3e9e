"""docs/sources/listenbrainz.md, the chain of dumps."""

from pathlib import Path

import pytest

from tenuto.model.errors import ConfigurationError, NotFoundError
from tenuto.sources.listenbrainz.chain import Dump, check_chain, find_dumps
from tests.sources.listenbrainz.samples import archive_name


def _numbers(*dumps: str) -> list[int]:
    """`F3` is full dump 3, `I4` incremental dump 4."""
    given = [Dump(int(each[1:]), each[0] == "F", None, (), Path()) for each in dumps]
    return [dump.number for dump in check_chain(given)]


def test_incrementals_follow_their_full_dump() -> None:
    assert _numbers("I5", "F3", "I4") == [3, 4, 5]
    assert _numbers("F3") == [3]


@pytest.mark.parametrize(
    ("dumps", "what"),
    [
        (["I4", "I5"], "0 full dumps where there must be one. Give the newest full dump"),
        (["F3", "F9"], "2 full dumps"),
        (["F3", "I4", "I6"], "dump 5 is missing between 4 and 6"),
        (["F3", "I5"], "dump 4 is missing between 3 and 5"),
        (["I2", "F3"], "incremental dump 2 is older than full dump 3"),
        (["F3", "I4", "I4"], "dump 4 is there twice"),
        (["F3", "I3"], "dump 3 is there twice"),
    ],
)
def test_a_broken_chain_is_refused(dumps: list[str], what: str) -> None:
    with pytest.raises(ConfigurationError, match=what):
        _numbers(*dumps)


def test_dumps_are_found_by_their_names(tmp_path: Path) -> None:
    (tmp_path / f"{archive_name(3)}.tar").touch()
    (tmp_path / f"{archive_name(4, full=False, kind='listens')}.tar.zst").touch()
    (tmp_path / "SHA256SUMS").touch()
    (tmp_path / "incremental-dump-5_1.parquet").touch()
    (tmp_path / "incremental-dump-5_0.parquet").touch()
    found = sorted(find_dumps([tmp_path]), key=lambda dump: dump.number)
    assert [(dump.number, dump.full, len(dump.files)) for dump in found] == [
        (3, True, 1),
        (4, False, 1),
        (5, False, 2),
    ]
    assert str(found[0].end) == "2026-07-01 00:00:04+00:00"
    assert found[2].end is None
    assert [path.name[-9] for path in found[2].files] == ["0", "1"]


def test_unpacked_dumps_and_the_servers_folders_are_found(tmp_path: Path) -> None:
    unpacked = tmp_path / archive_name(3)
    for number in (10, 9):
        (unpacked / f"{number}.parquet").parent.mkdir(parents=True, exist_ok=True)
        (unpacked / f"{number}.parquet").touch()
    server = tmp_path / "listenbrainz-dump-4-20260702-000004-incremental"
    server.mkdir()
    (server / f"{archive_name(4, full=False)}.tar").touch()
    full, incremental = sorted(find_dumps([tmp_path]), key=lambda dump: dump.number)
    assert [path.stem for path in full.files] == ["9", "10"]
    assert incremental.number == 4


def test_a_missing_path_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no such dump"):
        find_dumps([tmp_path / "nowhere"])
