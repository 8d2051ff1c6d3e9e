"""`tenuto.sources.dumps` against sound, cut, damaged and hostile dump files."""

import bz2
import gzip
import io
import lzma
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenuto.model.errors import BadInputError, NotFoundError
from tenuto.sources.dumps import Overlong, Stream, lines, members, open_dump, printable, strict_text, whole
from tenuto.testing.reporter import Notes


def _zstd(data: bytes) -> bytes:
    packed: bytes = pa.compress(data, codec="zstd", asbytes=True)
    return packed


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": _zstd,
}
packers = pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
cuttable = pytest.mark.parametrize("pack", list(PACKERS.values())[1:], ids=list(PACKERS)[1:])

TEXT = b"".join(b"%d %x\n" % (number, number * 2654435761 % 2**32) for number in range(100_000))
"""Two megabytes that don't compress well."""


class Bytes:
    """A `Stream` over bytes, in pieces of a given size."""

    where = "here"

    def __init__(self, data: bytes, piece: int = 7) -> None:
        self._file, self._piece = io.BytesIO(data), piece

    def read(self, size: int = 2**18, /) -> bytes:
        return self._file.read(min(size, self._piece))


def _all(stream: Stream) -> tuple[bytes, str]:
    """What can be read, and the error that ended it."""
    data = b""
    try:
        while piece := stream.read():
            data += piece
    except BadInputError as error:
        return data, str(error)
    return data, ""


def _tar(*files: tuple[str, bytes], style: int = tarfile.GNU_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=style) as archive:
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


@packers
def test_every_compression_is_told_by_its_magic(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "dump"
    path.write_bytes(pack(TEXT))
    notes = Notes()
    with open_dump(path, notes) as stream:
        assert _all(stream) == (TEXT, "")
    assert notes.bytes == path.stat().st_size


@packers
def test_an_empty_file_and_empty_contents_are_no_fault(
    tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    (tmp_path / "dump").write_bytes(pack(b""))
    with open_dump(tmp_path / "dump", Notes()) as stream:
        assert _all(stream) == (b"", "")


@cuttable
def test_streams_behind_one_another_are_one(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    """As pbzip2, pigz and `xz --threads` write them."""
    (tmp_path / "dump").write_bytes(pack(b"one\n") + pack(b"two\n"))
    with open_dump(tmp_path / "dump", Notes()) as stream:
        assert _all(stream) == (b"one\ntwo\n", "")


@cuttable
@pytest.mark.parametrize("kept", [0.3, 0.999])
def test_a_cut_file_gives_all_before_the_cut(
    tmp_path: Path, pack: Callable[[bytes], bytes], kept: float
) -> None:
    packed = pack(TEXT)
    (tmp_path / "dump.xy").write_bytes(packed[: int(len(packed) * kept)])
    with open_dump(tmp_path / "dump.xy", Notes()) as stream:
        data, error = _all(stream)
    assert TEXT.startswith(data)
    assert len(data) > len(TEXT) * (kept - 0.4)
    assert error.startswith("dump.xy: cut or damaged at byte")
    assert str(int(len(packed) * kept)) in error


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_damage_is_one_error(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    packed = bytearray(pack(TEXT))
    packed[len(packed) // 2] ^= 0xFF
    (tmp_path / "dump").write_bytes(packed)
    with open_dump(tmp_path / "dump", Notes()) as stream:
        assert "cut or damaged" in _all(stream)[1]


def test_a_missing_dump_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError), open_dump(tmp_path / "dump", Notes()):
        pass


@pytest.mark.parametrize("style", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_members_come_by_their_exact_names(style: int) -> None:
    long = "mbdump/" + "/".join(["é" * 40] * (1 if style == tarfile.USTAR_FORMAT else 5))
    data = _tar(("a", b"1"), ("../a", b"2"), ("/a", b"3"), (long, b"4" * 600), ("./b", b"5"), style=style)
    found = [(name, _all(member)) for name, member in members(Bytes(data), {"a", long, "b"})]
    assert found == [("a", (b"1", "")), (long, (b"4" * 600, "")), ("b", (b"5", ""))]


def test_members_that_are_not_read_are_passed_over() -> None:
    data = _tar(("a", b"x" * 5000), ("b", b"y" * 5000))
    assert [name for name, _ in members(Bytes(data, 512), {"a", "b"})] == ["a", "b"]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE])
def test_links_and_devices_are_never_followed(kind: bytes) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        info = tarfile.TarInfo("a")
        info.type, info.linkname = kind, "/etc/passwd"
        archive.addfile(info)
    other = _tar(("b", b"1"))
    both = buffer.getvalue()[:512] + other
    assert [name for name, _ in members(Bytes(both), {"b"})] == ["b"]
    with pytest.raises(BadInputError, match="a is a link"):
        list(members(Bytes(both), {"a"}))


def test_a_name_that_comes_twice_is_an_error_after_the_first() -> None:
    found = members(Bytes(_tar(("a", b"1"), ("a", b"2"))), {"a"})
    assert next(found)[0] == "a"
    with pytest.raises(BadInputError, match="second time"):
        next(found)


@pytest.mark.parametrize("style", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_members_may_be_larger_than_eight_gibibytes(style: Literal[1, 2]) -> None:
    """The octal field can't say so: GNU tar counts to the base 256 there, pax in a header before."""
    info = tarfile.TarInfo("a")
    info.size = 300 * 10**9
    (_, member) = next(members(Bytes(info.tobuf(style) + b"x" * 100), {"a"}))
    assert member.size == 300 * 10**9
    assert _all(member)[0] == b"x" * 100


def test_a_huge_header_is_refused_before_it_is_held() -> None:
    info = tarfile.TarInfo("a")
    info.type, info.size = tarfile.XHDTYPE, 2**40
    with pytest.raises(BadInputError, match="tar header of"):
        list(members(Bytes(info.tobuf(tarfile.GNU_FORMAT)), {"a"}))


def test_a_cut_archive_gives_what_was_complete() -> None:
    data = _tar(("a", b"1\n"), ("b", b"2\n" * 1000))[:2000]
    seen: list[bytes | Overlong] = []
    with pytest.raises(BadInputError, match="ends too early"):
        seen.extend(line for _, member in members(Bytes(data), {"a", "b"}) for _, line in lines(member))
    with pytest.raises(BadInputError, match="not a tar header"):
        list(members(Bytes(b"nonsense" * 100), {"a"}))


@given(st.lists(st.binary(max_size=40).map(lambda line: line.replace(b"\n", b""))), st.integers(1, 50))
def test_lines_are_those_of_the_bytes(expected: list[bytes], piece: int) -> None:
    data = b"".join(line + b"\n" for line in expected)
    assert list(lines(Bytes(data, piece))) == list(enumerate(expected, 1))
    assert list(lines(Bytes(data + b"end", piece))) == list(enumerate([*expected, b"end"], 1))


@given(st.integers(1, 50))
def test_a_line_beyond_the_limit_is_passed_over(piece: int) -> None:
    data = b"a\n" + b"x" * 1000 + b"\nb\n" + b"y" * 1000
    first, long, second, last = (line for _, line in lines(Bytes(data, piece), limit=99))
    assert (first, second) == (b"a", b"b")
    assert isinstance(long, Overlong)
    assert isinstance(last, Overlong)
    assert (long.length, last.length) == (1000, 1000)
    with pytest.raises(BadInputError, match="1000 bytes"):
        whole(long)
    assert whole(first) == b"a"
    assert set(printable(long)) == {"x"}


def test_text_is_utf8_without_nul() -> None:
    assert strict_text("é".encode()) == "é"
    with pytest.raises(BadInputError, match="not UTF-8 at byte 1"):
        strict_text(b"a\xff")
    with pytest.raises(BadInputError, match="NUL character at byte 2"):
        strict_text("é\0".encode())
    assert printable(b"a\xff") == "a\\xff"
