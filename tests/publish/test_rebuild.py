"""A reader rebuilds a volume's infohashes from its index and its files, by the documented format alone.

Of ours nothing is used below the line: hashlib, a bencoder of these few lines, docs/formats/torrent.md and
objects.md. The volume's folder is as a downloader has it.
"""

from hashlib import sha1, sha256
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tenuto.formats.torrent import Kind
from tenuto.model.edition import VolumeSummary
from tenuto.publish.volume import Layout

from .archive import lay_out, publish_example


@pytest.fixture(params=[Kind.HYBRID, Kind.V2])
def volume(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[VolumeSummary, Path]:
    summary, edition, store, _ = publish_example(tmp_path, layout=Layout("demo", kind=request.param))
    return summary.volumes[0], lay_out(edition, store, summary.volumes[0].name, tmp_path / "copy")


# ---------------------------------------------------------------------------------------------------------

PIECE, BLOCK = 524_288, 16_384


def bencoded(value: Any) -> bytes:
    """BEP 3."""
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    if isinstance(value, list):
        return b"l" + b"".join(map(bencoded, value)) + b"e"
    return b"d" + b"".join(bencoded(key) + bencoded(value[key]) for key in sorted(value)) + b"e"


def root_of(nodes: list[bytes], filling: bytes) -> bytes:
    """objects.md, clauses 4 and 5."""
    while len(nodes) & (len(nodes) - 1):
        nodes = [*nodes, filling]
    while len(nodes) > 1:
        nodes = [sha256(nodes[i] + nodes[i + 1]).digest() for i in range(0, len(nodes), 2)]
    return nodes[0]


def pieces_root(data: bytes) -> bytes:
    leaves = [sha256(data[i : i + BLOCK]).digest() for i in range(0, len(data), BLOCK)]
    if len(data) <= PIECE:
        return root_of(leaves, bytes(32))
    a_piece = PIECE // BLOCK
    leaves += [bytes(32)] * (-len(leaves) % a_piece)
    layer = [root_of(leaves[i : i + a_piece], b"") for i in range(0, len(leaves), a_piece)]
    return root_of(layer, root_of([bytes(32)] * a_piece, b""))


def tree_of(files: dict[str, bytes]) -> dict[bytes, Any]:
    """torrent.md, the info dictionary: `file tree`."""
    tree: dict[bytes, Any] = {}
    for path, data in files.items():
        node = tree
        for part in path.encode().split(b"/"):
            node = node.setdefault(part, {})
        node[b""] = {b"length": len(data), b"pieces root": pieces_root(data)}
    return tree


def v1_of(files: dict[str, bytes]) -> dict[bytes, Any]:
    """torrent.md, clauses 6 and 7: `files` with pad files, and `pieces`."""
    entries, payload = [], b""
    for number, (path, data) in enumerate(files.items()):
        entries.append({b"length": len(data), b"path": path.encode().split(b"/")})
        payload += data
        padding = -len(data) % PIECE
        if padding and number < len(files) - 1:
            entries.append(
                {b"attr": b"p", b"length": padding, b"path": [b".pad", b"%d.%d" % (number, padding)]}
            )
            payload += bytes(padding)
    pieces = b"".join(sha1(payload[i : i + PIECE]).digest() for i in range(0, len(payload), PIECE))
    return {b"files": entries, b"pieces": pieces}


def test_the_infohashes_follow_from_index_and_files(volume: tuple[VolumeSummary, Path]) -> None:
    """torrent.md, clauses 5 to 10; the index names the audio, and every other file is a paper."""
    said, folder = volume
    rows = pq.read_table(folder / "index.parquet").to_pylist()
    papers = [path.name for path in folder.iterdir() if path.is_file()]
    paths = sorted([*(row["path"] for row in rows), *papers], key=lambda path: path.encode().split(b"/"))
    files = {path: (folder / path).read_bytes() for path in paths}
    common = {b"name": folder.name.encode(), b"piece length": PIECE}
    v2 = {b"file tree": tree_of(files), b"meta version": 2}
    if said.infohash_v1 is None:
        assert sha256(bencoded(common | v2)).hexdigest() == said.infohash_v2
        return
    v1 = v1_of(files)
    hybrid, twin = bencoded(common | v1 | v2), bencoded(common | v1)
    assert sha256(hybrid).hexdigest() == said.infohash_v2
    assert sha1(hybrid).hexdigest() == said.infohash_v1
    assert sha1(twin).hexdigest() == said.infohash_twin
    for row in rows:
        assert pieces_root(files[row["path"]]).hex() == row["pieces_root"]
        assert sha256(files[row["path"]]).hexdigest() == row["sha256"]


def test_index_and_offset_are_those_of_the_payload(volume: tuple[VolumeSummary, Path]) -> None:
    """torrent.md, clause 9: a byte range of the payload is the file."""
    _, folder = volume
    rows = pq.read_table(folder / "index.parquet").to_pylist()
    place = index = 0
    for row in sorted(rows, key=lambda row: row["path"].encode().split(b"/")):
        assert (row["file_index"], row["offset"], row["length"]) == (
            index,
            place,
            (folder / row["path"]).stat().st_size,
        )
        padding = -row["length"] % PIECE
        place, index = place + row["length"] + padding, index + (2 if padding else 1)
