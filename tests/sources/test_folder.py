"""Folders of audio: real files, and every defect that the design names."""

import os
from functools import partial
from pathlib import Path

import pytest

from tenuto.model.errors import NotFoundError
from tenuto.model.ids import SourceName
from tenuto.model.rights import EvidenceKind
from tenuto.model.source import Access, Identifier, RejectedRow, Scheme, SourceRow
from tenuto.sources.folder import FolderSource
from tenuto.testing.source import Opener, SourceContract, everything
from tests.sources.fixtures import Notes, set_tags, write_tone

NAME = SourceName("shelf")
ISRC = Identifier(Scheme.ISRC, "DEAB12345678")
MBID = Identifier(Scheme.MBID, "6c3dac12-0000-429c-b689-0bf05d778b54")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Good files beside bad ones."""
    root = tmp_path_factory.mktemp("tree")
    path = write_tone(root / "Album/01 One.ogg")
    set_tags(
        path,
        title="One",
        artist=["A", "B"],
        album="Album",
        albumartist="A",
        tracknumber="1/9",
        discnumber="2",
        date="1999-05-01",
        isrc="de-ab1-23-45678",
        musicbrainz_trackid=MBID.value,
        genre="Drone",
        organization="Label",
        license="https://creativecommons.org/licenses/by/4.0/",
        copyright="1999 A",
    )
    (root / "Album/cover.jpg").write_bytes(b"\xff\xd8")
    write_tone(root / "Album/02 Two.flac", tags={"title": "../../etc/\x1b[31mTwo"})
    for name in ("x/Same.mp3", "x/same.mp3", "x/e\u0301.wav", "x/\u00e9.wav"):
        write_tone(root / name, seconds=0.1)
    os.rename(  # noqa: PTH104  pathlib can't hold these bytes
        write_tone(root / "x/tmp.opus"), os.fsencode(root) + b"/x/caf\xe9 %41.opus"
    )
    (root / "x/empty.ogg").touch()
    (root / "x/broken.ogg").write_bytes(b"OggS" + bytes(100))
    (root / "x/noise.mp3").write_bytes(b"this is no audio")
    (root / "x/away.ogg").symlink_to("/etc/hostname")
    (root / "x/elsewhere").symlink_to("/etc")
    (root / "x/loop").symlink_to(root)
    (root / "x/words").symlink_to("notes.txt")
    (root / "x/notes.txt").write_text("no audio")
    os.rename(write_tone(root / "x/tmp.flac"), root / "x/no extension")  # noqa: PTH104  beside its twin above
    return root


class TestFolderKeepsTheContract(SourceContract):
    @pytest.fixture
    def source(self, tree: Path) -> Opener:
        return partial(FolderSource, NAME, tree)


def _by_key(root: Path) -> dict[str, SourceRow]:
    return {item.key: item for item in everything(FolderSource(NAME, root)) if isinstance(item, SourceRow)}


def test_tags_become_fields(tree: Path) -> None:
    row = _by_key(tree)["Album/01%20One.ogg"]
    assert (row.title, row.artist, row.release, row.release_artist) == ("One", "A; B", "Album", "A")
    assert (row.track_number, row.disc_number, row.year, row.genre, row.label) == (
        1,
        2,
        1999,
        "Drone",
        "Label",
    )
    assert row.identifiers == (ISRC, MBID)
    assert row.duration_ms == pytest.approx(500, abs=30)
    assert '"cover":"cover.jpg"' in row.raw


def test_locations_are_held_and_machine_independent(tree: Path) -> None:
    location = _by_key(tree)["Album/01%20One.ogg"].location
    assert location is not None
    assert location.uri == "folder:shelf/Album/01%20One.ogg"
    assert location.access is Access.HELD
    assert location.length == (tree / "Album/01 One.ogg").stat().st_size
    assert location.media_type == "audio/ogg"


def test_licence_tags_are_evidence(tree: Path) -> None:
    (evidence,) = _by_key(tree)["Album/01%20One.ogg"].evidence
    assert evidence.kind is EvidenceKind.TAG
    assert evidence.statement == "https://creativecommons.org/licenses/by/4.0/"
    assert evidence.holder == "1999 A"


def test_control_characters_and_paths_in_tags_do_no_harm(tree: Path) -> None:
    assert _by_key(tree)["Album/02%20Two.flac"].title == "../../etc/[31mTwo"


def test_any_bytes_in_a_name_survive(tree: Path) -> None:
    assert "x/caf%E9%20%2541.opus" in _by_key(tree)


def test_names_that_collide_elsewhere_are_both_kept_and_noted(tree: Path) -> None:
    rows = _by_key(tree)
    assert '"namesake":"same.mp3"' in rows["x/Same.mp3"].raw
    assert '"namesake":"%C3%A9.wav"' in rows["x/e%CC%81.wav"].raw


def test_unreadable_tags_leave_a_row_for_the_integrity_verdict(tree: Path) -> None:
    rows = _by_key(tree)
    for name in ("broken.ogg", "noise.mp3"):
        row = rows[f"x/{name}"]
        assert row.title == name[:-4]
        assert '"fault":' in row.raw


def test_magic_finds_audio_without_an_extension(tree: Path) -> None:
    row = _by_key(tree)["x/no%20extension"]
    assert row.location is not None
    assert row.location.media_type == "audio/flac"
    assert "x/notes.txt" not in _by_key(tree)


def test_empty_files_and_links_are_rejected_with_reasons(tree: Path) -> None:
    rejects = {
        item.where: item.what
        for item in everything(FolderSource(NAME, tree))
        if isinstance(item, RejectedRow)
    }
    assert set(rejects) == {"x/empty.ogg", "x/away.ogg", "x/elsewhere", "x/loop"}
    assert "0 bytes" in rejects["x/empty.ogg"]
    assert "link" in rejects["x/away.ogg"]


def test_order_is_that_of_path_bytes(tmp_path: Path) -> None:
    for name in ("a/1.wav", "a b/1.wav", "a.wav", "B.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"RIFF    WAVE")
    assert list(_by_key(tmp_path)) == ["B.wav", "a%20b/1.wav", "a.wav", "a/1.wav"]


def test_the_version_follows_the_files(tmp_path: Path) -> None:
    write_tone(tmp_path / "a.wav", seconds=0.1)
    before = FolderSource(NAME, tmp_path).describe().version
    assert FolderSource(NAME, tmp_path).describe().version == before
    os.utime(tmp_path / "a.wav", ns=(1, 1))
    assert FolderSource(NAME, tmp_path).describe().version != before


def test_several_titles_in_one_tag_give_this_files(tmp_path: Path) -> None:
    path = write_tone(tmp_path / "hr3-desert.ogg")
    titles = ["Living Caves", "Crossroads", "Desert", "R'Lyeh"]
    set_tags(path, title=titles, tracknumber=["2", "5", "10", "4"], albumartist="4")
    (row,) = _by_key(tmp_path).values()
    assert (row.title, row.track_number, row.release_artist) == ("Desert", 10, "")


def test_shift_jis_tags_are_read_and_their_bytes_kept(tmp_path: Path) -> None:
    path = write_tone(tmp_path / "a.ogg", tags={"title": "xxxxxx"})
    data = path.read_bytes()
    assert data.count(b"xxxxxx") == 1
    path.write_bytes(data.replace(b"xxxxxx", "で作成".encode("cp932")))
    (row,) = _by_key(tmp_path).values()
    assert row.title == "で作成"
    assert '"undecodable":[["title","%82%C5%8D%EC%90%AC"]]' in row.raw


def test_huge_art_is_never_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tenuto.sources.tags.READ_LIMIT", 100_000)
    path = write_tone(tmp_path / "a.mp3")
    path.write_bytes(
        b"ID3\x04\x00\x00\x00\x7f\x7f\x7f" + b"APIC" + b"\x00\x7f\x7f\x00\x00\x00" + bytes(2_000_000)
    )
    (row,) = _by_key(tmp_path).values()
    assert "more than" in row.raw


def test_rights_files_govern_downwards(tmp_path: Path) -> None:
    for name in ("a.wav", "live/b.wav", "live/deep/c.wav", "broken/d.wav"):
        write_tone(tmp_path / name, seconds=0.1)
    (tmp_path / "rights.toml").write_text('version = 1\nstatement = "CC0-1.0"\n')
    (tmp_path / "live/rights.toml").write_text(
        'version = 1\n[[files]]\nglob = "deep/*.wav"\nstatement = "CC-BY-4.0"\nholder = "A"\n'
    )
    (tmp_path / "broken/rights.toml").write_text("version = 2\n")
    notes = Notes()
    rows = {
        item.key: item for item in FolderSource(NAME, tmp_path).rows(notes) if isinstance(item, SourceRow)
    }
    stated = {key: [(each.statement, each.origin) for each in row.evidence] for key, row in rows.items()}
    assert stated == {
        "a.wav": [("CC0-1.0", "rights.toml")],
        "live/b.wav": [],
        "live/deep/c.wav": [("CC-BY-4.0", "live/rights.toml, files 1 (deep/*.wav)")],
        "broken/d.wav": [],
    }
    assert [where for where, _ in notes.faults] == ["broken/rights.toml"]


def test_a_pipe_called_rights_toml_does_not_hold_up_the_harvest(tmp_path: Path) -> None:
    """rights-file.md, clause 7: it is a broken rights file."""
    write_tone(tmp_path / "a.wav")
    os.mkfifo(tmp_path / "rights.toml")
    notes = Notes()
    (row,) = FolderSource(SourceName("f"), tmp_path).rows(notes)
    assert isinstance(row, SourceRow)
    assert row.evidence == ()
    assert [where for where, _ in notes.faults] == ["rights.toml"]


def test_a_missing_folder_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no such folder"):
        FolderSource(NAME, tmp_path / "none")
