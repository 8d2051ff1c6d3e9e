"""Bags and OCFL roots made by other people's tools, sound and with every damage that has a name."""

import shutil
from functools import partial
from pathlib import Path

import bagit  # type: ignore[import-untyped]  # has no types
import pytest
from ocfl.object import Object  # type: ignore[import-untyped]  # has no types
from ocfl.storage_root import StorageRoot  # type: ignore[import-untyped]  # has no types
from ocfl.version_metadata import VersionMetadata  # type: ignore[import-untyped]  # has no types

from tenuto.model.errors import BadInputError, NotFoundError
from tenuto.model.ids import SourceName
from tenuto.model.rights import EvidenceKind
from tenuto.model.source import RejectedRow, SourceRow
from tenuto.sources.packages import BagSource, OcflSource
from tenuto.testing.source import Opener, SourceContract, everything
from tests.sources.fixtures import write_tone

NAME = SourceName("deposit")
RIGHTS = 'version = 1\nstatement = "CC-BY-4.0"\n'


def make_payload(folder: Path) -> Path:
    for number in range(3):
        write_tone(
            folder / f"side a/{number}.flac", seconds=0.1 + number / 10, tags={"title": f"Tone {number}"}
        )
    write_tone(folder / "100%.ogg", seconds=0.1)
    (folder / "notes.txt").write_text("about the tape")
    (folder / "empty.txt").touch()
    (folder / "rights.toml").write_text(RIGHTS)
    return folder


@pytest.fixture(scope="module")
def payload(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_payload(tmp_path_factory.mktemp("payload") / "tape")


@pytest.fixture(scope="module")
def sound_bag(tmp_path_factory: pytest.TempPathFactory, payload: Path) -> Path:
    folder = tmp_path_factory.mktemp("bags") / "bag"
    shutil.copytree(payload, folder)
    bagit.make_bag(str(folder), {"Contact-Name": "Tape Room"}, checksums=["md5", "sha512"])
    return folder


@pytest.fixture(scope="module")
def sound_root(tmp_path_factory: pytest.TempPathFactory, payload: Path) -> Path:
    """Two objects; the first has a second version, without one of its files."""
    folder = tmp_path_factory.mktemp("roots")
    StorageRoot(str(folder / "root"), layout_name="0003-hash-and-id-n-tuple-storage-layout").initialize()
    by = VersionMetadata(message="From tape", name="Tape Room", address="mailto:tapes@example.org")
    for name in ("info:tape/1", "info:tape/2"):
        made = Object(identifier=name)
        made.create(srcdir=str(payload), objdir=str(folder / "object"), metadata=by)
        if name.endswith("1"):
            shutil.copytree(payload, folder / "second")
            (folder / "second" / "side a" / "0.flac").unlink()
            made.add_version_with_content(str(folder / "object"), str(folder / "second"), by)
        StorageRoot(str(folder / "root")).add(object_path=str(folder / "object"))
        shutil.rmtree(folder / "object")
    return folder / "root"


class TestBagsKeepTheContract(SourceContract):
    @pytest.fixture
    def source(self, sound_bag: Path, tmp_path: Path) -> Opener:
        return partial(BagSource, NAME, sound_bag, tmp_path)


class TestOcflRootsKeepTheContract(SourceContract):
    @pytest.fixture
    def source(self, sound_root: Path) -> Opener:
        return partial(OcflSource, NAME, sound_root)


class TestDamagedBagsKeepTheContract(SourceContract):
    @pytest.fixture
    def source(self, damaged_bag: Path, tmp_path: Path) -> Opener:
        return partial(BagSource, NAME, damaged_bag, tmp_path / "scratch")


class TestDamagedOcflRootsKeepTheContract(SourceContract):
    @pytest.fixture
    def source(self, damaged_root: Path) -> Opener:
        return partial(OcflSource, NAME, damaged_root)


@pytest.fixture
def damaged_bag(sound_bag: Path, tmp_path: Path) -> Path:
    bag = tmp_path / "bag"
    shutil.copytree(sound_bag, bag)
    flip(bag / "data/side a/0.flac")
    flip(bag / "data/notes.txt")
    flip(bag / "bag-info.txt")
    (bag / "data/side a/1.flac").unlink()
    (bag / "data/side a/1.flac").symlink_to("/etc/hostname")
    (bag / "data/100%25.ogg").unlink(missing_ok=True)
    (bag / "data/100%.ogg").unlink()
    shutil.copy(bag / "data/side a/2.flac", bag / "data/unlisted.flac")
    with (bag / "manifest-md5.txt").open("a") as file:
        file.write("what is this\n")
    return bag


@pytest.fixture
def damaged_root(sound_root: Path, tmp_path: Path) -> Path:
    root = tmp_path / "root"
    shutil.copytree(sound_root, root)
    first, second = object_folders(root)
    flip(first / "v1/content/side%20a/0.flac")
    flip(first / "v1/content/side%20a/1.flac")
    flip(first / "v1/content/notes.txt")
    (first / "v1/content/100%25.ogg").unlink()
    (first / "v2/content").mkdir()
    shutil.copy(first / "v1/content/side%20a/2.flac", first / "v2/content/unlisted.flac")
    with (first / "inventory.json").open("a") as file:
        file.write(" ")
    (second / "inventory.json").write_text("{")
    return root


def flip(path: Path) -> None:
    """One bit."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(data)


def object_folders(root: Path) -> list[Path]:
    """By object id."""
    return [next(root.rglob(f"info%3atape%2f{number}")) for number in (1, 2)]


def read(source: BagSource | OcflSource) -> tuple[dict[str, SourceRow], dict[str, str]]:
    """(rows by file name, what is said of rejects by where)."""
    items = everything(source)
    rows = {row.key.rpartition("/")[2]: row for row in items if isinstance(row, SourceRow)}
    rejects: dict[str, str] = {}
    for item in items:
        if isinstance(item, RejectedRow):
            rejects[item.where] = f"{rejects.get(item.where, '')} {item.what}"
    return rows, rejects


def test_a_sound_bag_gives_its_audio_with_what_is_stated_beside_it(sound_bag: Path, tmp_path: Path) -> None:
    rows, rejects = read(BagSource(NAME, sound_bag, tmp_path))
    assert rejects == {}
    assert sorted(rows) == ["0.flac", "1.flac", "100%25.ogg", "2.flac"]
    row = rows["0.flac"]
    assert row.title == "Tone 0"
    assert [evidence.kind for evidence in row.evidence] == [EvidenceKind.RIGHTS_FILE]
    assert row.location is not None
    assert row.location.uri == "folder:deposit/data/side%20a/0.flac"
    assert row.location.sha256 is not None


def test_every_damage_of_a_bag_is_named_and_the_rest_is_read(damaged_bag: Path, tmp_path: Path) -> None:
    rows, rejects = read(BagSource(NAME, damaged_bag, tmp_path / "scratch"))
    assert list(rows) == ["2.flac"]
    said = {
        "manifest-md5.txt": "line 8",
        "bag-info.txt": "damaged",
        "data/notes.txt": "damaged",
        "data/side%20a/0.flac": "damaged: its",
        "data/side%20a/1.flac": "a link",
        "data/unlisted.flac": "no manifest lists it",
        "data/100%25.ogg": "missing",
    }
    assert rejects.keys() == said.keys()
    assert all(what in rejects[where] for where, what in said.items()), rejects


def test_an_empty_audio_file_is_listed_rightly_and_rejected(tmp_path: Path) -> None:
    (tmp_path / "bag").mkdir()
    (tmp_path / "bag" / "silence.flac").touch()
    bagit.make_bag(str(tmp_path / "bag"))
    rows, rejects = read(BagSource(NAME, tmp_path / "bag", tmp_path))
    assert rows == {}
    assert "0 bytes" in rejects["data/silence.flac"]


def test_an_ocfl_root_gives_the_audio_of_its_head_versions(sound_root: Path) -> None:
    items = everything(OcflSource(NAME, sound_root))
    assert all(isinstance(item, SourceRow) for item in items)
    keys = [item.key for item in items if isinstance(item, SourceRow)]
    assert sorted(keys) == [
        "info%3Atape/1/100%25.ogg",
        "info%3Atape/1/side%20a/1.flac",
        "info%3Atape/1/side%20a/2.flac",
        *(f"info%3Atape/2/{name}" for name in ("100%25.ogg", *(f"side%20a/{n}.flac" for n in range(3)))),
    ], "the first object's second version has no 0.flac"


def test_every_damage_of_an_ocfl_root_is_named_and_the_rest_is_read(damaged_root: Path) -> None:
    rows, rejects = read(OcflSource(NAME, damaged_root))
    assert list(rows) == ["2.flac"]
    first, second = (
        str(p.relative_to(damaged_root)).replace("%", "%25") for p in object_folders(damaged_root)
    )
    said = {
        f"{first}/inventory.json": "its sha512",
        f"{first}/v1/content/side%2520a/0.flac": "damaged: its sha512",
        f"{first}/v1/content/side%2520a/1.flac": "damaged: its sha512",
        f"{first}/v1/content/notes.txt": "damaged",
        f"{first}/v1/content/100%2525.ogg": "missing",
        f"{first}/v2/content/unlisted.flac": "doesn't list it",
        f"{second}/inventory.json": "the whole object",
    }
    assert rejects.keys() == said.keys()
    assert all(what in rejects[where] for where, what in said.items()), rejects


def test_what_is_no_package_is_refused(tmp_path: Path, sound_bag: Path) -> None:
    with pytest.raises(NotFoundError):
        BagSource(NAME, tmp_path, tmp_path)
    with pytest.raises(NotFoundError):
        OcflSource(NAME, tmp_path)
    shutil.copytree(sound_bag, tmp_path / "bag")
    (tmp_path / "bag/bagit.txt").write_text("BagIt-Version: 2.0\nTag-File-Character-Encoding: UTF-8\n")
    with pytest.raises(BadInputError):
        BagSource(NAME, tmp_path / "bag", tmp_path)


def test_a_hostile_manifest_opens_nothing_outside(sound_bag: Path, tmp_path: Path) -> None:
    """Only what a walk without links finds is ever opened."""
    bag = tmp_path / "bag"
    shutil.copytree(sound_bag, bag)
    (tmp_path / "outside.flac").write_bytes(b"fLaC")
    with (bag / "manifest-sha512.txt").open("a") as file:
        file.write(f"{'0' * 128}  data/../../outside.flac\n{'0' * 128}  /etc/hostname\n")
    rows, rejects = read(BagSource(NAME, bag, tmp_path / "scratch"))
    assert len(rows) == 4
    assert {where for where, what in rejects.items() if "missing" in what} == {
        "data/../../outside.flac",
        "/etc/hostname",
    }
