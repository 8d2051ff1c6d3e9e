"""Volumes under check: sound ones are proved, every harm is a fault with its path, nothing raises."""

import os
import random
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tenuto.model.errors import NotFoundError
from tenuto.verify import Report, verify_tree
from tests.publish.archive import CountingReporter, lay_out, publish_example

NOW = datetime(2026, 1, 2, tzinfo=UTC)
AUDIO = "80-100/bjork-and-lodz/title-0.035c4ea0.ogg"
SMALL = "80-100/bjork-and-lodz/title-1.b80c8fef.ogg"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """(volume's folder, hybrid, twin)."""
    root = tmp_path_factory.mktemp("published")
    summary, edition, store, _ = publish_example(root)
    name = summary.volumes[0].name
    folder = lay_out(edition, store, name, root / "copy")
    return folder, edition / "volumes" / f"{name}.torrent", edition / "volumes" / f"{name}.v1.torrent"


@pytest.fixture
def volume(published: tuple[Path, Path, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(published[0], tmp_path / published[0].name))


def _faults(report: Report) -> set[str]:
    assert report.fault_count == len(report.faults)
    return {fault.where for fault in report.faults}


def test_a_sound_volume_is_proved(volume: Path, published: tuple[Path, Path, Path]) -> None:
    reporter = CountingReporter()
    for torrent in (None, *published[1:]):
        report = verify_tree(volume, now=NOW, torrent=torrent, reporter=reporter)
        assert (report.kind, report.sound, report.faults, report.notes) == ("volume", True, (), ())
        assert report.files == 7
        assert report.bytes == sum(p.stat().st_size for p in volume.rglob("*") if p.is_file())
    assert reporter.items == 21


def test_a_renamed_folder_is_noted(volume: Path, published: tuple[Path, Path, Path]) -> None:
    report = verify_tree(volume.rename(volume.with_name("x")), now=NOW, torrent=published[1])
    assert report.sound
    assert "calls this folder demo-80-100" in report.notes[0]


def test_pad_files_of_old_clients_are_noted(volume: Path, published: tuple[Path, Path, Path]) -> None:
    """volume.md, clause 2: aria2 and Transmission 3 write them like any other file."""
    (volume / ".pad").mkdir()
    (volume / ".pad/0.372864").write_bytes(bytes(372_864))
    report = verify_tree(volume, now=NOW, torrent=published[2])
    assert report.sound
    assert "1 pad files" in report.notes[0]
    for name, data in {"0.372864": b"x" * 372_864, "1.5": b"four", "x": b""}.items():
        (volume / ".pad" / name).write_bytes(data)
        assert f".pad/{name}" in _faults(verify_tree(volume, now=NOW))


def _flip(path: Path, at: int = -1) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def _replace(path: Path, make: Callable[[Path], None]) -> None:
    path.unlink()
    make(path)


def _double(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines, lines[-1]]))


def _lead_away(volume: Path) -> None:
    (volume / "80-100").rename(volume.parent / "away")
    (volume / "80-100").symlink_to(volume.parent / "away")


HARMS: list[tuple[str, Callable[[Path], object]]] = [
    (AUDIO, lambda v: _flip(v / AUDIO)),
    (AUDIO, lambda v: (v / AUDIO).unlink()),
    (AUDIO, lambda v: (v / AUDIO).write_bytes(b"")),
    (AUDIO, lambda v: _replace(v / AUDIO, lambda p: p.mkdir())),
    (AUDIO, lambda v: _replace(v / AUDIO, lambda p: p.symlink_to("/etc/passwd"))),
    (AUDIO, lambda v: _replace(v / AUDIO, os.mkfifo)),
    (
        "80-100",
        _lead_away,
    ),
    ("extra", lambda v: (v / "extra").write_bytes(b"x")),
    ("80-100/extra", lambda v: (v / "80-100/extra").write_bytes(b"x")),
    ("README.TXT", lambda v: (v / "README.TXT").write_bytes(b"x")),
    ("a\\nb", lambda v: (v / "a\nb").write_bytes(b"x")),
    ("\\udcff", lambda v: Path(os.fsdecode(os.fsencode(v) + b"/\xff")).write_bytes(b"x")),
    ("SHA256SUMS", lambda v: (v / "SHA256SUMS").write_bytes(b"\0" * 5_000_000)),
    ("SHA256SUMS", lambda v: (v / "SHA256SUMS").write_bytes(b"a" * 64 + b"  ../../etc/passwd\n")),
    ("rights.csv", lambda v: _double(v / "SHA256SUMS")),
    ("SHA256SUMS", lambda v: (v / "SHA256SUMS").write_bytes(b"")),
    ("index.parquet", lambda v: (v / "index.parquet").write_bytes(b"PAR1 nonsense PAR1")),
    ("index.parquet", lambda v: (v / "index.parquet").unlink()),
    ("rights.csv", lambda v: _double(v / "rights.csv")),
    ("rights.csv", lambda v: (v / "rights.csv").write_bytes(b"\xff")),
    (
        SMALL,
        lambda v: (v / "rights.csv").write_bytes(
            b"".join((v / "rights.csv").read_bytes().splitlines(True)[:2])
        ),
    ),
    (
        SMALL,
        lambda v: (v / "rights.csv").write_bytes(
            (v / "rights.csv").read_bytes().replace(b",CC-BY-4.0,tag", b",,tag")
        ),
    ),
    ("playlist.m3u8", lambda v: (v / "playlist.m3u8").unlink()),
]


@pytest.mark.parametrize(("where", "harm"), HARMS)
def test_every_harm_is_a_fault_with_its_path(
    where: str, harm: Callable[[Path], object], volume: Path
) -> None:
    harm(volume)
    report = verify_tree(volume, now=NOW)
    assert not report.sound
    assert where in _faults(report)


def test_rot_shows_against_the_torrent_too(volume: Path, published: tuple[Path, Path, Path]) -> None:
    """Even where somebody wrote fitting sums."""
    _flip(volume / AUDIO)
    for torrent, what in zip(published[1:], ("pieces root", "v1 pieces"), strict=True):
        report = verify_tree(volume, now=NOW, torrent=torrent)
        assert any(f.where == AUDIO and what in f.what for f in report.faults)


def test_a_wrong_or_malformed_torrent_is_a_fault(volume: Path, tmp_path: Path) -> None:
    for data in (b"", b"d4:infod", b"d4:infodee", b"\0" * 11_000_000):
        (tmp_path / "x.torrent").write_bytes(data)
        assert _faults(verify_tree(volume, now=NOW, torrent=tmp_path / "x.torrent")) == {"x.torrent"}
    assert _faults(verify_tree(volume, now=NOW, torrent=tmp_path / "none")) == {"none"}


def test_random_damage_to_the_papers_never_raises(volume: Path) -> None:
    chance = random.Random(7)
    for name in ("index.parquet", "SHA256SUMS", "rights.csv"):
        original = (volume / name).read_bytes()
        for _ in range(25):
            damaged = bytearray(original)
            for _ in range(chance.choice([1, 3, 30])):
                damaged[chance.randrange(len(damaged))] = chance.randrange(256)
            (volume / name).write_bytes(damaged)
            assert damaged == original or not verify_tree(volume, now=NOW).sound
        (volume / name).write_bytes(original)


def test_deep_folders_are_a_fault(volume: Path) -> None:
    deep = volume
    for _ in range(40):
        deep /= "d"
    deep.mkdir(parents=True)
    assert not verify_tree(volume, now=NOW).sound


@pytest.mark.parametrize("make", [lambda _: None, lambda p: p.mkdir(), lambda p: p.write_bytes(b"x")])
def test_what_is_neither_is_said(tmp_path: Path, make: Callable[[Path], object]) -> None:
    make(tmp_path / "thing")
    with pytest.raises(NotFoundError):
        verify_tree(tmp_path / "thing", now=NOW)
