"""Folders and packages: nothing outside of them is reachable; space is checked first."""

import hashlib
import io
import os
import shutil
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tenuto.acquire import DebianFetcher, FolderFetcher, SchemeFetcher, bring_in, quarantine_path
from tenuto.model.errors import BadInputError, ConfigurationError, FixityError, NotFoundError, SpaceError
from tenuto.model.ids import SourceName
from tenuto.model.source import Access, Location


def held(uri: str, length: int | None = None) -> Location:
    return Location(uri, Access.HELD, length)


@pytest.fixture
def folder(tmp_path: Path) -> FolderFetcher:
    root = tmp_path / "music"
    (root / "a b").mkdir(parents=True)
    (root / "a b" / "ü.ogg").write_bytes(b"audio")
    (tmp_path / "secret").write_bytes(b"secret")
    (root / "link.ogg").symlink_to(tmp_path / "secret")
    (root / "out").symlink_to(tmp_path)
    os.mkfifo(root / "pipe.ogg")
    return FolderFetcher({SourceName("music"): root})


def test_a_folders_file_is_copied(folder: FolderFetcher, tmp_path: Path) -> None:
    assert bring_in(held("folder:music/a%20b/%C3%BC.ogg", 5), tmp_path / "q" / "x", folder) == 5
    assert (tmp_path / "q" / "x").read_bytes() == b"audio"


@pytest.mark.parametrize(
    "path",
    ["link.ogg", "out/secret", "../secret", "a%20b/../../secret", "/etc/passwd", "pipe.ogg", "nothing"],
)
def test_no_path_leads_out_of_the_folder(folder: FolderFetcher, tmp_path: Path, path: str) -> None:
    with pytest.raises((NotFoundError, BadInputError)):
        bring_in(held(f"folder:music/{path}"), tmp_path / "q" / "x", folder)
    assert not (tmp_path / "q" / "x").exists()


AUDIO = {name: hashlib.new(name, b"audio").hexdigest() for name in ("sha256", "sha1", "md5")}


@pytest.mark.parametrize("wrong", ["sha256", "sha1", "md5"])
def test_the_strongest_digest_that_is_stated_is_checked(
    folder: FolderFetcher, tmp_path: Path, wrong: str
) -> None:
    """Weaker ones beside it aren't; a mismatch drops the bytes."""
    order = list(AUDIO)
    stated: dict[str, Any] = {name: AUDIO[name] for name in order[order.index(wrong) :]}
    location = replace(held("folder:music/a%20b/%C3%BC.ogg", 5), **stated)
    name = {"sha256": "SHA-256", "sha1": "SHA-1", "md5": "MD5"}[wrong]
    spoiled: dict[str, Any] = {wrong: "00"}
    with pytest.raises(FixityError, match=f"{name} is {AUDIO[wrong]}, stated was 00"):
        bring_in(replace(location, **spoiled), tmp_path / "q" / "x", folder)
    assert list((tmp_path / "q").iterdir()) == []
    weaker: dict[str, Any] = dict.fromkeys(order[order.index(wrong) + 1 :], "00")
    assert bring_in(replace(location, **weaker), tmp_path / "q" / "x", folder) == 5


def test_unknown_sources_and_schemes_are_named(folder: FolderFetcher, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="'other'"):
        folder.fetch(held("folder:other/x"), tmp_path / "x")
    with pytest.raises(ConfigurationError, match="'ftp'"):
        SchemeFetcher({"folder": folder}).fetch(held("ftp://host/x"), tmp_path / "x")


def test_a_full_disk_is_told_before_the_first_byte(
    folder: FolderFetcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage(NamedTuple):
        total: int
        used: int
        free: int

    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10, 10, 0))
    with pytest.raises(SpaceError, match="0 bytes free"):
        bring_in(held("folder:music/a%20b/%C3%BC.ogg", 5), tmp_path / "q" / "x", folder)
    assert list((tmp_path / "q").iterdir()) == []


def package(path: Path, files: dict[str, bytes]) -> None:
    """A minimal .deb: ar(5) with debian-binary and data.tar.xz."""
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w:xz") as out:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            out.addfile(info, io.BytesIO(data))
    with path.open("wb") as file:
        file.write(b"!<arch>\n")
        for name, data in (("debian-binary", b"2.0\n"), ("data.tar.xz", tar.getvalue())):
            file.write(
                f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(data):<10}`\n".encode()
                + data
                + b"\n" * (len(data) % 2)
            )


def test_members_come_out_of_a_package_unpacked_once(tmp_path: Path) -> None:
    archives = tmp_path / "archives"
    archives.mkdir()
    package(archives / "tunes_1%3a2-3_all.deb", {"./usr/a.ogg": b"a" * 7, "./../../evil.ogg": b"evil"})
    fetcher = DebianFetcher(archives, tmp_path / "scratch")
    assert bring_in(held("deb:tunes/1:2-3/usr/a.ogg", 7), tmp_path / "q" / "a", fetcher) == 7
    (archives / "tunes_1%3a2-3_all.deb").unlink()
    assert bring_in(held("deb:tunes/1:2-3/usr/a.ogg", 7), tmp_path / "q" / "b", fetcher) == 7
    with pytest.raises(NotFoundError, match="not in the package"):
        fetcher.fetch(held("deb:tunes/1:2-3/usr/b.ogg"), tmp_path / "x")
    with pytest.raises(NotFoundError, match="not in the cache"):
        fetcher.fetch(held("deb:tunes/9/usr/a.ogg"), tmp_path / "x")
    assert not (tmp_path / "evil.ogg").exists()
    fetcher.close()
    assert not (tmp_path / "scratch").exists()


def test_quarantine_names_are_safe(tmp_path: Path) -> None:
    assert quarantine_path(tmp_path, "../../x/original").parent.parent == tmp_path
