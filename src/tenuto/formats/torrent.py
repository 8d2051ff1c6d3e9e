"""Torrents assembled from stored digests: hybrid (BEP 52 with a BEP 3 part) with a v1-only twin, or v2-only.

Specified in docs/formats/torrent.md. No byte of the files is read.
Sources: BEP 3, BEP 12 (trackers), BEP 19 (web seeds), BEP 38 (similar), BEP 47 (pad files), BEP 52 (v2).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha1, sha256
from typing import Final

from tenuto.formats.bencode import Bencoded, Encoded, decode, encode
from tenuto.formats.digests import SHA1_LENGTH, SHA256_LENGTH
from tenuto.formats.magnet import magnet
from tenuto.formats.paths import PAD_FOLDER, PathParts, check_paths, component_fault, tree_order
from tenuto.model.errors import BadInputError
from tenuto.model.objects import PIECE_LENGTH, ObjectDigests


@dataclass(frozen=True, slots=True)
class Limits:
    """What every common client loads with its default settings (measured; torrent.md, clause 4)."""

    files: int = 10_000
    """Pad files don't count."""
    bytes: int = 64 * 10**9
    """Of the files, padding not counted."""
    torrent_bytes: int = 8 * 10**6
    """Of the hybrid `.torrent`."""


DEFAULT_LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class TorrentFile:
    """A file to be: its path below the torrent's folder, and its object's digests."""

    path: PathParts
    digests: ObjectDigests


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a file stands, in bytes. `index` counts pad files too, as libtorrent and v1 clients do."""

    index: int
    offset: int
    length: int
    padding: int
    """Bytes of the pad file after it; 0: there is none."""


class Kind(StrEnum):
    """Which torrents a volume gets."""

    HYBRID = "hybrid"
    """And its v1-only twin: every client can take one of them."""
    V2 = "v2"
    """Only for swarms whose clients all know BEP 52."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands outside `info`, and so may change without changing the infohash."""

    trackers: Sequence[str] = ()
    web_seeds: Sequence[str] = ()
    similar: Sequence[str] = ()
    """v1 infohashes of torrents with files of the same bytes (BEP 38), 40 hexadecimal digits each."""
    collections: Sequence[str] = ()
    """Names that torrents with files of the same bytes share (BEP 38)."""


@dataclass(frozen=True, slots=True)
class Assembled:
    """A hybrid torrent and its v1-only twin over the same files; or a v2-only one, without what is None."""

    hybrid: bytes
    twin: bytes | None
    infohash_v1: str | None
    infohash_v2: str
    infohash_twin: str | None
    magnet: str
    magnet_twin: str | None


def place(lengths: Sequence[int]) -> tuple[Placed, ...]:
    """Lays files of these lengths, in tree order, on piece boundaries; only the last gets no padding."""
    placed: list[Placed] = []
    index = offset = 0
    for ordinal, length in enumerate(lengths):
        padding = -length % PIECE_LENGTH if ordinal < len(lengths) - 1 else 0
        placed.append(Placed(index, offset, length, padding))
        index += 2 if padding else 1
        offset += length + padding
    return tuple(placed)


def assemble(
    name: str,
    files: Sequence[TorrentFile],
    *,
    kind: Kind = Kind.HYBRID,
    beside: Beside = Beside(),
    limits: Limits = DEFAULT_LIMITS,
) -> Assembled:
    """The torrents of `files`, in any order given. `BadInputError` for unsafe paths or beyond `limits`."""
    _check(name, files, limits)
    ordered = sorted(files, key=lambda file: tree_order(file.path))
    v1 = _v1_info(name, ordered) if kind is Kind.HYBRID else {}
    v2: dict[bytes, Bencoded] = {b"file tree": _file_tree(ordered), b"meta version": 2}
    common: dict[bytes, Bencoded] = {b"name": name.encode(), b"piece length": PIECE_LENGTH}
    info = encode(common | v1 | v2)
    outside = _outside(beside)
    torrent = encode(outside | {b"info": Encoded(info), b"piece layers": _piece_layers(ordered)})
    if len(torrent) > limits.torrent_bytes:
        raise _beyond(name, f"a .torrent of {len(torrent)} bytes", limits.torrent_bytes)
    twin = encode(v1) if v1 else None
    infohash_v1, infohash_twin = _sha1(info) if v1 else None, _sha1(twin) if twin else None
    infohash_v2 = sha256(info).hexdigest()
    return Assembled(
        hybrid=torrent,
        twin=encode(outside | {b"info": Encoded(twin)}) if twin else None,
        infohash_v1=infohash_v1,
        infohash_v2=infohash_v2,
        infohash_twin=infohash_twin,
        magnet=_magnet(name, infohash_v1, infohash_v2, beside),
        magnet_twin=_magnet(name, infohash_twin, None, beside) if infohash_twin else None,
    )


def announce_anew(torrent: bytes, *, trackers: Sequence[str], web_seeds: Sequence[str]) -> bytes:
    """A torrent that we made, with other trackers and web seeds; all else stays as it was."""
    document = decode(torrent)
    assert isinstance(document, dict)  # `assemble` wrote it
    for key in (b"announce", b"announce-list", b"url-list"):
        document.pop(key, None)
    return encode(document | _outside(Beside(trackers, web_seeds)))


def _magnet(name: str, v1: str | None, v2: str | None, beside: Beside) -> str:
    return magnet(name, v1=v1, v2=v2, trackers=beside.trackers, web_seeds=beside.web_seeds)


def _sha1(info: bytes) -> str:
    return sha1(info).hexdigest()  # noqa: S324  BEP 3 names it


def torrent_cost(path: PathParts, length: int) -> int:
    """An upper bound of the bytes that one more file adds to a hybrid `.torrent`, for cutting volumes."""
    pieces = -(-length // PIECE_LENGTH)
    names = sum(2 * len(part.encode()) + 10 for part in path)
    return pieces * (SHA1_LENGTH + SHA256_LENGTH) + names + _COST_OF_KEYS


_COST_OF_KEYS: Final = 212
"""Entry in `files` 32 bytes at most, its pad file's 56, leaf of `file tree` 77, key of `piece layers` 44."""


def _check(name: str, files: Sequence[TorrentFile], limits: Limits) -> None:
    fault = component_fault(name)
    if fault:
        raise BadInputError(f"not a torrent name: {fault}", remedy="Give it a plain name")
    if not files:
        raise BadInputError("a torrent without files", where=name, remedy="Publish at least one recording")
    check_paths(file.path for file in files)
    if any(file.digests.length <= 0 for file in files):
        raise BadInputError("an empty file", where=name, remedy="Leave empty files out (they have no root)")
    if len(files) > limits.files:
        raise _beyond(name, f"{len(files)} files", limits.files)
    total = sum(file.digests.length for file in files)
    if total > limits.bytes:
        raise _beyond(name, f"{total} bytes of files", limits.bytes)


def _beyond(name: str, what: str, limit: int) -> BadInputError:
    return BadInputError(f"{what}, limit {limit}", where=name, remedy="Cut it into more volumes")


def _v1_info(name: str, files: Sequence[TorrentFile]) -> dict[bytes, Bencoded]:
    """The keys that both torrents share. Every v1 piece belongs to one file, so stored hashes line up."""
    entries: list[Bencoded] = []
    pieces: list[bytes] = []
    placed = place([file.digests.length for file in files])
    for ordinal, (file, where) in enumerate(zip(files, placed, strict=True)):
        entries.append({b"length": where.length, b"path": [part.encode() for part in file.path]})
        pieces.append(file.digests.v1_pieces)
        if where.padding:
            entries.append(_pad_entry(ordinal, where.padding))
    pieces[-1] = pieces[-1][:-SHA1_LENGTH] + files[-1].digests.v1_tail
    return {
        b"files": Encoded(encode(entries)),  # most of the work, and two torrents hold it
        b"name": name.encode(),
        b"piece length": PIECE_LENGTH,
        b"pieces": b"".join(pieces),
    }


def _pad_entry(ordinal: int, length: int) -> Bencoded:
    """Unique names: rtorrent refuses two pad files of one name (torrent.md, clause 7)."""
    return {b"attr": b"p", b"length": length, b"path": [PAD_FOLDER.encode(), b"%d.%d" % (ordinal, length)]}


def _file_tree(files: Sequence[TorrentFile]) -> dict[bytes, Bencoded]:
    tree: dict[bytes, Bencoded] = {}
    for file in files:
        node = tree
        for part in file.path:
            child = node.setdefault(part.encode(), {})
            assert isinstance(child, dict)  # `check_paths` found no file where a folder stands
            node = child
        node[b""] = {b"length": file.digests.length, b"pieces root": file.digests.pieces_root}
    return tree


def _piece_layers(files: Sequence[TorrentFile]) -> Bencoded:
    return {f.digests.pieces_root: f.digests.piece_layer for f in files if f.digests.length > PIECE_LENGTH}


def _outside(beside: Beside) -> dict[bytes, Bencoded]:
    keys: dict[bytes, Bencoded] = {}
    if beside.trackers:
        keys[b"announce"] = beside.trackers[0].encode()
        keys[b"announce-list"] = [[tracker.encode()] for tracker in beside.trackers]
    if beside.web_seeds:
        keys[b"url-list"] = [seed.encode() for seed in beside.web_seeds]
    if beside.similar:
        keys[b"similar"] = [bytes.fromhex(infohash) for infohash in beside.similar]
    if beside.collections:
        keys[b"collections"] = [name.encode() for name in beside.collections]
    return keys
