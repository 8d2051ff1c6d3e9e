"""Reads a multi-file torrent (hybrid, v2, or v1 with piece-aligned files) strictly: what stands where.

Specified in docs/formats/torrent.md, clauses 10-13. Hostile input gives one `BadInputError`, nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha1, sha256
from typing import Final

from tenuto.formats.bencode import MAX_BYTES, Bencoded, decode, encode
from tenuto.formats.digests import SHA1_LENGTH, SHA256_LENGTH, merkle_root
from tenuto.formats.paths import PathParts, check_paths, component_fault
from tenuto.model.errors import BadInputError
from tenuto.model.objects import BLOCK_LENGTH

_MAX_PIECE_LENGTH: Final = 1 << 28


@dataclass(frozen=True, slots=True)
class ViewedFile:
    """One file; pad files are left out, but counted in `index` and `offset`."""

    path: str
    """Below the torrent's folder, `/` between components."""
    index: int
    offset: int
    """Bytes from the start of the payload."""
    length: int
    pieces_root: bytes | None
    """32 bytes; None in a v1-only torrent."""


@dataclass(frozen=True, slots=True)
class TorrentView:
    """A torrent as its readers need it."""

    name: str
    piece_length: int
    files: tuple[ViewedFile, ...]
    pieces: bytes
    """20 bytes a piece (BEP 3); empty in a v2-only torrent."""
    piece_layers: Mapping[bytes, bytes]
    """32 bytes a piece, by pieces root, of each file longer than a piece (BEP 52)."""
    infohash_v1: str | None
    infohash_v2: str | None

    def file_pieces(self, file: ViewedFile) -> bytes:
        """The v1 piece hashes of a file that starts on a piece boundary."""
        first = file.offset // self.piece_length
        last = -(-(file.offset + file.length) // self.piece_length)
        return self.pieces[first * SHA1_LENGTH : last * SHA1_LENGTH]


def parse_torrent(data: bytes, *, max_bytes: int = MAX_BYTES) -> TorrentView:
    """The view of a `.torrent` file. `BadInputError` where it is malformed, unsafe or contradicts itself."""
    document = _dictionary(decode(data, max_bytes=max_bytes), "the document")
    info = _dictionary(document.get(b"info"), "info")
    encoded = encode(info)
    name = _text(info.get(b"name"), "name")
    if component_fault(name):
        raise _fault("its name isn't safe")
    piece_length = _integer(info.get(b"piece length"), "piece length")
    if not BLOCK_LENGTH <= piece_length <= _MAX_PIECE_LENGTH or piece_length & (piece_length - 1):
        raise _fault("its piece length is no power of two from 16 KiB to 256 MiB")
    has_v1, has_v2 = b"files" in info, b"meta version" in info or b"file tree" in info
    if not (has_v1 or has_v2):
        raise _fault("it has no file list (a single-file torrent is no volume)")
    files, pieces = _v1_part(info, piece_length) if has_v1 else (_v2_files(info, piece_length), b"")
    layers: dict[bytes, bytes] = {}
    if has_v2:
        layers = _layers(document.get(b"piece layers"))
        files = _with_roots(files, info, layers, piece_length)
    return TorrentView(
        name=name,
        piece_length=piece_length,
        files=tuple(files),
        pieces=pieces,
        piece_layers=layers,
        infohash_v1=sha1(encoded).hexdigest() if has_v1 else None,  # noqa: S324  BEP 3 names it
        infohash_v2=sha256(encoded).hexdigest() if has_v2 else None,
    )


def _v1_part(info: dict[bytes, Bencoded], piece_length: int) -> tuple[list[ViewedFile], bytes]:
    files, total = _v1_files(info, piece_length)
    pieces = _bytes(info.get(b"pieces"), "pieces")
    if len(pieces) != -(-total // piece_length) * SHA1_LENGTH:
        raise _fault("its number of pieces doesn't fit its files")
    return files, pieces


def _v2_files(info: dict[bytes, Bencoded], piece_length: int) -> list[ViewedFile]:
    """Placed as in a hybrid: clients put pad files of their own between a v2 torrent's files."""
    if b"pieces" in info or b"length" in info:
        raise _fault("its v1 part has no file list")
    files: list[ViewedFile] = []
    index = offset = 0
    for path, length, _ in _tree_files(_dictionary(info.get(b"file tree"), "file tree"), ()):
        if length <= 0:
            raise _fault("a file with a length of zero or less")
        files.append(ViewedFile(path, index, offset, length, None))
        index += 1 if length % piece_length == 0 else 2
        offset += length + -length % piece_length
    check_paths(tuple(file.path.split("/")) for file in files)
    return files


def _v1_files(info: dict[bytes, Bencoded], piece_length: int) -> tuple[list[ViewedFile], int]:
    """The payload files of the v1 part, each on a piece boundary, and the payload's length with padding."""
    files: list[ViewedFile] = []
    offset = 0
    for index, item in enumerate(_list(info[b"files"], "files")):
        entry = _dictionary(item, "a file")
        length = _integer(entry.get(b"length"), "a file's length")
        if length <= 0:
            raise _fault("a file with a length of zero or less")
        if b"p" not in _bytes(entry.get(b"attr", b""), "attr"):
            if offset % piece_length:
                raise _fault("a file that doesn't start on a piece boundary")
            files.append(ViewedFile(_path(entry), index, offset, length, None))
        offset += length
    check_paths(tuple(file.path.split("/")) for file in files)
    return files, offset


def _path(entry: dict[bytes, Bencoded]) -> str:
    if b"symlink path" in entry:
        raise _fault("a symbolic link")
    parts = [_text(part, "a path component") for part in _list(entry.get(b"path"), "path")]
    if not parts or any(component_fault(part) for part in parts):
        raise _fault("an unsafe path")
    return "/".join(parts)


def _with_roots(
    files: list[ViewedFile], info: dict[bytes, Bencoded], layers: dict[bytes, bytes], piece_length: int
) -> list[ViewedFile]:
    """Adds the v2 part's roots; both parts must list the same files in the same order (BEP 52)."""
    if info.get(b"meta version") != 2:
        raise _fault("its meta version isn't 2")
    leaves = _tree_files(_dictionary(info.get(b"file tree"), "file tree"), ())
    if [(path, length) for path, length, _ in leaves] != [(file.path, file.length) for file in files]:
        raise _fault("its v1 and v2 parts list different files")
    _check_layers(leaves, layers, piece_length)
    return [
        ViewedFile(file.path, file.index, file.offset, file.length, root)
        for file, (_, _, root) in zip(files, leaves, strict=True)
    ]


def _tree_files(tree: dict[bytes, Bencoded], folder: PathParts) -> list[tuple[str, int, bytes]]:
    """(path, length, pieces root) of every file, in tree order (`decode` proved the keys sorted)."""
    found: list[tuple[str, int, bytes]] = []
    for key, value in tree.items():
        node = _dictionary(value, "a node of the file tree")
        path = (*folder, _text(key, "a name in the file tree"))
        if component_fault(path[-1]):
            raise _fault("an unsafe path")
        if b"" not in node:
            found += _tree_files(node, path)
            continue
        leaf = _dictionary(node[b""], "a file of the file tree")
        root = _bytes(leaf.get(b"pieces root"), "pieces root")
        if len(node) != 1 or len(root) != SHA256_LENGTH:
            raise _fault("a file tree that can't be")
        found.append(("/".join(path), _integer(leaf.get(b"length"), "length"), root))
    return found


def _layers(value: object) -> dict[bytes, bytes]:
    layers = _dictionary(value, "piece layers")
    return {root: _bytes(layer, "a piece layer") for root, layer in layers.items()}


def _check_layers(
    leaves: list[tuple[str, int, bytes]], layers: dict[bytes, bytes], piece_length: int
) -> None:
    """A layer for each file longer than a piece, no other, and each hashes to its root."""
    wanted = {root: length for _, length, root in leaves if length > piece_length}
    if wanted.keys() != layers.keys():
        raise _fault("its piece layers aren't those of its files")
    zero_piece = merkle_root(bytes(SHA256_LENGTH) * (piece_length // BLOCK_LENGTH))
    for root, length in wanted.items():
        layer = layers[root]
        if len(layer) != -(-length // piece_length) * SHA256_LENGTH:
            raise _fault("a piece layer of the wrong length")
        if merkle_root(layer, zero_piece) != root:
            raise _fault("a piece layer that doesn't hash to its root")


def _dictionary(value: object, what: str) -> dict[bytes, Bencoded]:
    if not isinstance(value, dict):
        raise _fault(f"{what} is no dictionary")
    return value


def _list(value: object, what: str) -> list[Bencoded]:
    if not isinstance(value, list):
        raise _fault(f"{what} is no list")
    return value


def _integer(value: object, what: str) -> int:
    if not isinstance(value, int) or value < 0:
        raise _fault(f"{what} is no size")
    return value


def _bytes(value: object, what: str) -> bytes:
    if not isinstance(value, bytes):
        raise _fault(f"{what} is no string")
    return value


def _text(value: object, what: str) -> str:
    try:
        return _bytes(value, what).decode()
    except UnicodeDecodeError:
        raise _fault(f"{what} isn't UTF-8") from None


def _fault(what: str) -> BadInputError:
    return BadInputError(f"not a volume's torrent: {what}", remedy="Get the file again from its publisher")
