"""Debian packages: every compression, damage told as damage, nothing held that needn't be."""

import io

import pytest

from tenuto.formats import deb
from tenuto.model.errors import BadInputError
from tests.formats.debs import COMPRESS, build_deb

FILES: dict[str, bytes | str] = {"usr/a.ogg": b"OggS" * 5000, "usr/b": "a.ogg", "usr/caf\udce9": b"x"}


def _contents(data: bytes) -> dict[bytes, bytes | None]:
    members = deb.members(io.BytesIO(data), "p.deb")
    return {deb.installed_path(info): file.read() if file else None for info, file in members}


@pytest.mark.parametrize("compression", sorted(COMPRESS))
def test_members_and_their_bytes(compression: str) -> None:
    assert _contents(build_deb(FILES, compression)) == {
        b"usr/a.ogg": b"OggS" * 5000,
        b"usr/b": None,
        b"usr/caf\xe9": b"x",
    }


@pytest.mark.parametrize("compression", [".gz", ".xz", ".bz2", ".zst", ""])
def test_a_truncated_package_is_damaged(compression: str) -> None:
    whole = build_deb({"usr/a": bytes(range(256)) * 800}, compression)
    with pytest.raises(BadInputError, match=r"p\.deb: .*let apt fetch it again"):
        _contents(whole[: len(whole) // 2])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"!<arch>\n",
        b"not a package",
        b"!<arch>\n" + bytes(60),
        build_deb({}).replace(b"data.tar.xz ", b"data.tar.lz4"),
        build_deb(FILES, ".xz").replace(b"\xfd7zXZ", b"\xfd7zXY"),
    ],
)
def test_what_is_no_package_is_said_so(data: bytes) -> None:
    with pytest.raises(BadInputError):
        _contents(data)


@pytest.mark.parametrize(
    ("name", "parsed"),
    [
        ("a-b_1%3a2.0-1_all.deb", deb.PackageName("a-b", "1:2.0-1", "all")),
        ("g++_4+x~rc1_amd64.deb", deb.PackageName("g++", "4+x~rc1", "amd64")),
        ("a_1.deb", None),
        ("../a_1_all.deb", None),
    ],
)
def test_names(name: str, parsed: deb.PackageName | None) -> None:
    assert deb.parse_name(name) == parsed
