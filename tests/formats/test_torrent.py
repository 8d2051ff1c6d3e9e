"""Torrents assembled from digests are what libtorrent makes from the files (torrent.md)."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import libtorrent as lt
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tenuto.formats.bencode import decode, encode
from tenuto.formats.digests import digests_of
from tenuto.formats.paths import tree_order
from tenuto.formats.torrent import (
    Assembled,
    Beside,
    Kind,
    Limits,
    TorrentFile,
    announce_anew,
    assemble,
    place,
    torrent_cost,
)
from tenuto.formats.torrent_view import parse_torrent
from tenuto.model.errors import BadInputError
from tenuto.model.objects import PIECE_LENGTH

from .torrents import libtorrent_info, payload, torrent_files

Contents = dict[tuple[str, ...], bytes]

AWKWARD_LENGTHS = [1, 5, 16_383, 16_384, 16_385, 32_769, PIECE_LENGTH - 1, PIECE_LENGTH, PIECE_LENGTH + 1]
AWKWARD_LENGTHS += [PIECE_LENGTH + 16_385, 2 * PIECE_LENGTH, 2 * PIECE_LENGTH + 1, 3 * PIECE_LENGTH - 1]

lengths = st.sampled_from(AWKWARD_LENGTHS)
names = st.text(st.characters(codec="ascii", categories=["Lu", "Ll", "Nd"]), min_size=1, max_size=4)
awkward_names = names | st.sampled_from(["disc", "disc 1", "disc-1", "disc.1", "Ä", "ß", "東京", "a" * 100])
paths = st.lists(awkward_names, min_size=1, max_size=4).map(tuple)
contents_strategy = st.dictionaries(paths, lengths, min_size=1, max_size=6).map(
    lambda found: {path: payload(length, i) for i, (path, length) in enumerate(found.items())}
)
relaxed = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _assembled(contents: Contents) -> Assembled:
    try:
        return assemble("vol", torrent_files(contents))
    except BadInputError as error:
        assume("clashes" not in str(error))
        raise


def _info(torrent: bytes) -> dict[bytes, Any]:
    document: Any = decode(torrent)
    return dict(document[b"info"])


def _with_libtorrents_pad_names(info: dict[bytes, Any]) -> dict[bytes, Any]:
    files = [
        file | {b"path": [b".pad", b"%d" % file[b"length"]]} if b"attr" in file else file
        for file in info[b"files"]
    ]
    return info | {b"files": files}


@given(contents_strategy)
@relaxed
def test_libtorrent_reads_both_twins_with_our_infohashes(contents: Contents) -> None:
    """Clauses 5, 6 and 8."""
    made = _assembled(contents)
    assert made.twin is not None
    hybrid, twin = lt.torrent_info(made.hybrid), lt.torrent_info(made.twin)
    assert str(hybrid.info_hashes().v1) == made.infohash_v1
    assert str(hybrid.info_hashes().v2) == made.infohash_v2
    assert str(twin.info_hashes().v1) == made.infohash_twin != made.infohash_v1
    assert not twin.info_hashes().has_v2()


@given(contents_strategy)
@relaxed
def test_the_info_dictionary_is_libtorrents_but_for_pad_names(contents: Contents) -> None:
    """Clauses 5 to 7: libtorrent read the files, we didn't. Its v1 order errs at times."""
    info = _info(_assembled(contents).hybrid)
    in_tree_order = sorted(contents, key=tree_order)
    theirs = libtorrent_info("vol", {path: contents[path] for path in in_tree_order})
    assert theirs[b"file tree"] == info[b"file tree"]
    whole_string_order = sorted(contents, key=lambda path: "/".join(path).encode())
    if in_tree_order == whole_string_order and len(contents) > 1:
        assert encode(theirs) == encode(_with_libtorrents_pad_names(info))


def test_disc_beside_disc_1_is_in_tree_order_where_libtorrent_refuses_its_own() -> None:
    """Clause 6."""
    contents: Contents = {("disc", "x"): b"1", ("disc 1", "x"): b"2"}
    made = _assembled(contents)
    assert [file.path for file in parse_torrent(made.hybrid).files] == ["disc/x", "disc 1/x"]
    assert lt.torrent_info(made.hybrid).num_files() == 3
    theirs = libtorrent_info("vol", contents)
    with pytest.raises(RuntimeError):
        lt.torrent_info(encode({b"info": theirs, b"piece layers": {}}))


@given(contents_strategy)
@relaxed
def test_places_are_libtorrents(contents: Contents) -> None:
    """Clause 9: index and offset are those of a client's file list, pad files counted."""
    made = _assembled(contents)
    for torrent in (made.hybrid, made.twin or b""):
        theirs = lt.torrent_info(torrent).files()
        view = parse_torrent(torrent)
        assert len(view.files) == len(contents)
        for file in view.files:
            assert theirs.file_path(file.index).replace("\\", "/") == f"vol/{file.path}"
            assert (theirs.file_offset(file.index), theirs.file_size(file.index)) == (
                file.offset,
                file.length,
            )
            last = file is view.files[-1]
            digests = digests_of(contents[tuple(file.path.split("/"))])
            expected = digests.v1_pieces[:-20] + digests.v1_tail if last else digests.v1_pieces
            assert view.file_pieces(file) == expected


@given(contents_strategy)
@relaxed
def test_v2_only_is_the_hybrids_second_half(contents: Contents) -> None:
    """Clause 10: places are those of the hybrid, in libtorrent too."""
    hybrid = _assembled(contents)
    made = assemble("vol", torrent_files(contents), kind=Kind.V2)
    assert (made.twin, made.infohash_v1, made.infohash_twin, made.magnet_twin) == (None,) * 4
    assert "btih" not in made.magnet
    info = _info(made.hybrid)
    assert info.keys() == {b"file tree", b"meta version", b"name", b"piece length"}
    assert info[b"file tree"] == _info(hybrid.hybrid)[b"file tree"]
    theirs = lt.torrent_info(made.hybrid)
    assert str(theirs.info_hashes().v2) == made.infohash_v2 != hybrid.infohash_v2
    assert not theirs.info_hashes().has_v1()
    view, layout = parse_torrent(made.hybrid), theirs.layout()
    assert view.files == parse_torrent(hybrid.hybrid).files
    assert (view.pieces, view.infohash_v1, view.infohash_v2) == (b"", None, made.infohash_v2)
    for file in view.files:
        # libtorrent takes a v2 torrent of one file at the top for a single-file torrent
        assert f"vol/{layout.file_path(file.index)}".endswith(f"vol/{file.path}")
        assert (layout.file_offset(file.index), layout.file_size(file.index)) == (file.offset, file.length)


@pytest.mark.parametrize("name", [b"a/b", b"..", b".pad"])
def test_hostile_v2_names_are_refused(name: bytes) -> None:
    """Clauses 1, 2 and 12."""
    leaf: Any = {b"": {b"length": 1, b"pieces root": bytes(32)}}
    tree: Any = {name: {b"x": leaf}} if name == b".pad" else {name: leaf}
    info: Any = {b"file tree": tree, b"meta version": 2, b"name": b"vol", b"piece length": PIECE_LENGTH}
    with pytest.raises(BadInputError):
        parse_torrent(encode({b"info": info, b"piece layers": {}}))


def test_order_given_does_not_matter() -> None:
    contents = {("b",): b"1", ("a", "z"): b"2", ("a", "B"): b"3"}
    backwards = dict(reversed(contents.items()))
    assert _assembled(contents) == _assembled(backwards)


def test_trackers_and_web_seeds_stay_out_of_the_infohash() -> None:
    """Clause 8."""
    files = torrent_files({("a",): b"1"})
    plain = assemble("vol", files)
    ancestor = "ab" * 20
    beside = Beside(["http://t/4:infoi0e"], ["http://w/"], [ancestor], ["demo-80-100-0001"])
    announced = assemble("vol", files, beside=beside)
    assert (plain.infohash_v1, plain.infohash_v2) == (announced.infohash_v1, announced.infohash_v2)
    read = lt.torrent_info(announced.hybrid)
    assert [tracker.url for tracker in read.trackers()] == ["http://t/4:infoi0e"]
    assert [seed["url"] for seed in read.web_seeds()] == ["http://w/"]
    assert [str(each) for each in read.similar_torrents()] == [ancestor]
    assert read.collections() == ["demo-80-100-0001"]
    for torrent in (announced.hybrid, announced.twin):
        assert torrent is not None
        moved = announce_anew(torrent, trackers=["udp://n/"], web_seeds=[])
        again = lt.torrent_info(moved)
        assert again.info_hashes() == lt.torrent_info(torrent).info_hashes()
        assert ([t.url for t in again.trackers()], again.web_seeds()) == (["udp://n/"], [])
        assert again.collections() == ["demo-80-100-0001"]
        assert announce_anew(moved, trackers=beside.trackers, web_seeds=beside.web_seeds) == torrent
    query = parse_qs(urlsplit(announced.magnet).query)
    assert query["xt"] == [f"urn:btih:{plain.infohash_v1}", f"urn:btmh:1220{plain.infohash_v2}"]
    assert query["tr"] == ["http://t/4:infoi0e"]
    assert str(lt.parse_magnet_uri(announced.magnet).info_hashes.v2) == plain.infohash_v2
    assert plain.magnet_twin is not None
    assert f"urn:btih:{plain.infohash_twin}" in plain.magnet_twin
    assert "btmh" not in plain.magnet_twin


@pytest.mark.parametrize(
    "names",
    [
        [("..", "x")],
        [("a/b",)],
        [("a\\b",)],
        [("",)],
        [()],
        [(".",)],
        [("a\0",)],
        [("a\n",)],
        [("a\u202e",)],
        [("\ud800",)],
        [("c:x",)],
        [("a.",)],
        [("x" * 256,)],
        [("d" * 250,) * 5],
        [(".pad", "0.5")],
        [(".PAD", "0.5")],
        [("a",), ("A",)],
        [("straße",), ("STRASSE",)],
        [("é",), ("e\u0301",)],
        [("ﬁ",), ("fi",)],
        [("a",), ("a", "b")],
        [("a", "b"), ("a",)],
        [("A", "b"), ("a",)],
        [("a", "x"), ("A", "y")],
        [("a",), ("a",)],
        [],
    ],
)
def test_unsafe_and_clashing_paths_are_refused(names: list[tuple[str, ...]]) -> None:
    """Clauses 1 to 3."""
    digests = digests_of(b"x")
    with pytest.raises(BadInputError):
        assemble("vol", [TorrentFile(path, digests) for path in names])


@pytest.mark.parametrize("name", ["", "..", "a/b", "a\nb"])
def test_unsafe_torrent_names_are_refused(name: str) -> None:
    with pytest.raises(BadInputError, match="torrent name"):
        assemble(name, torrent_files({("a",): b"1"}))


def test_limits_are_kept() -> None:
    """Clause 4."""
    files = torrent_files({("a",): b"1", ("b",): b"22"})
    for limits in (Limits(files=1), Limits(bytes=2), Limits(torrent_bytes=100)):
        with pytest.raises(BadInputError, match="Cut it into more volumes"):
            assemble("vol", files, limits=limits)


@given(st.dictionaries(paths, lengths, min_size=1, max_size=40))
@relaxed
def test_the_cost_of_files_bounds_the_torrent(found: dict[tuple[str, ...], int]) -> None:
    contents = {path: payload(length, 1) for path, length in found.items()}
    made = _assembled(contents)
    assert len(made.hybrid) <= 400 + sum(torrent_cost(path, length) for path, length in found.items())


@given(st.lists(st.integers(1, 3 * PIECE_LENGTH), min_size=1, max_size=9), st.integers(1, 10**9))
def test_what_follows_moves_nothing(lengths: list[int], more: int) -> None:
    """Clause 9: index and offset of a file depend only on the files before it."""
    assert [(p.index, p.offset) for p in place([*lengths, more])][:-1] == [
        (p.index, p.offset) for p in place(lengths)
    ]
