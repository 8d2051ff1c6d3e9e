"""docs/formats/duplicates.md, clause by clause."""

import json
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tenuto.formats import duplicates as files
from tenuto.model.duplicates import DuplicatesSummary, Member, Pair, Tie
from tenuto.model.errors import BadInputError
from tenuto.model.ids import DuplicatesId, RecordingId, Sha256

IDS = [RecordingId(f"00000000-0000-5000-8000-{number:012d}") for number in range(20_000)]


def pairs() -> list[Pair]:
    """Each with its neighbour, from both sides."""
    found = []
    for one, other in zip(IDS[::2], IDS[1::2], strict=True):
        found += [
            Pair(one, other, Tie.LIKENESS, 0.01, 1.5, 100.0),
            Pair(other, one, Tie.LIKENESS, 0.01, -1.5, 100.0),
        ]
    return found


def members() -> list[Member]:
    return [
        Member(each, IDS[number & ~1], number & 1, Sha256("ab" * 32)) for number, each in enumerate(IDS[:10])
    ]


SUMMARY = DuplicatesSummary(DuplicatesId(""), 12, 5, 10, dict.fromkeys(Tie, 2))
DIGESTS = dict.fromkeys(("clusters.parquet", "pairs.parquet", "doubts.parquet"), "ab" * 32)


def test_clause_1_members_and_pairs_come_back(tmp_path: Path) -> None:
    """1. … columns in this order, none nullable."""
    files.write_members(tmp_path / "clusters.parquet", members())
    files.write_pairs(tmp_path / "pairs.parquet", pairs())
    assert list(files.read_members(tmp_path / "clusters.parquet")) == members()
    assert list(files.read_pairs(tmp_path / "pairs.parquet")) == pairs()
    for name in ("clusters.parquet", "pairs.parquet"):
        assert not any(field.nullable for field in pq.read_schema(tmp_path / name))


def test_clause_2_one_recording_is_found_in_one_row_group(tmp_path: Path) -> None:
    """2. Row groups of 8,192 rows …"""
    path = tmp_path / "pairs.parquet"
    files.write_pairs(path, pairs())
    assert pq.ParquetFile(path).metadata.row_group(0).num_rows == 8_192
    assert files.pairs_of(path, IDS[12_345]) == (pairs()[12_345],)
    assert files.pairs_of(path, RecordingId("unheard of")) == ()


def test_clause_3_equal_rows_give_equal_bytes(tmp_path: Path) -> None:
    """3. Equal rows give equal bytes …"""
    for name in ("one", "other"):
        files.write_pairs(tmp_path / name, iter(pairs()))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def test_nothing_is_a_table_too(tmp_path: Path) -> None:
    files.write_members(tmp_path / "members", [])
    files.write_pairs(tmp_path / "pairs", [])
    assert list(files.read_members(tmp_path / "members")) == []
    assert files.pairs_of(tmp_path / "pairs", IDS[0]) == ()


def test_clause_7_the_id_is_the_content_s() -> None:
    """7. … `id` is the first 16 hexadecimal digits of the SHA-256 of the same document without `id`."""
    identity, document = files.encode_summary(SUMMARY, DIGESTS)
    assert files.decode_summary(document) == replace(SUMMARY, id=identity)
    assert files.encode_summary(SUMMARY, {**DIGESTS, "pairs.parquet": "cd" * 32})[0] != identity
    changed = json.dumps({**json.loads(document), "members": 11}).encode()
    with pytest.raises(BadInputError, match="id"):
        files.decode_summary(changed)


@pytest.mark.parametrize("document", [b"", b"{}", b'{"format": "another"}', b"\xff"])
def test_what_is_no_summary(document: bytes) -> None:
    with pytest.raises(BadInputError):
        files.decode_summary(document)


def test_what_is_no_table(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello", encoding="ascii")
    files.write_members(tmp_path / "members", members())
    files.write_pairs(tmp_path / "pairs", [replace(pairs()[0], tie="hearsay")])  # type: ignore[arg-type]  # on purpose
    for name in ("text", "members", "pairs"):
        with pytest.raises(BadInputError):
            list(files.read_pairs(tmp_path / name))
