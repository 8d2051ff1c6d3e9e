"""`edition.json`, the edition's index and the file lists (edition.md)."""

import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from tenuto.formats.edition import (
    EditionIndexWriter,
    find_place,
    read_edition,
    read_files,
    read_places,
    write_edition,
    write_files,
)
from tenuto.model.edition import EditionSummary, PublishedPlace, VolumeEntry, VolumeSummary
from tenuto.model.errors import BadInputError
from tenuto.model.ids import EditionId, RecordingId, Sha256, SnapshotId
from tenuto.model.plan import Tier

VOLUME = VolumeSummary(
    name="demo-00-19-0001-r2-0",
    band=(0, 19),
    number=1,
    revision=2,
    replaces="demo-00-19-0001-r1-0",
    recordings=1,
    files=6,
    bytes=10**15,
    synthetic_listens=True,
    infohash_v1="1" * 40,
    infohash_v2="2" * 64,
    infohash_twin="3" * 40,
    magnet="magnet:?a",
    magnet_twin="magnet:?b",
)
SUMMARY = EditionSummary(
    id=EditionId("e0002"),
    parent=EditionId("e0001"),
    published="2026-01-01",
    snapshot=SnapshotId("0" * 16),
    volumes=(VOLUME,),
    recordings=1,
    bytes=10**15,
    synthetic_listens=True,
    refused={"no-evidence": 3},
    numbers={"00-19": 1},
)
PLACE = PublishedPlace(
    EditionId("e0001"), "demo-00-19-0001-0", "a/b.ogg", 2, 10**13, 5, Tier.ACCESS, Sha256("f" * 64), "0" * 64
)


def test_an_edition_reads_back_from_canonical_json() -> None:
    """Clause 2."""
    data = write_edition(SUMMARY)
    assert read_edition(data) == SUMMARY
    assert rfc8785.dumps(json.loads(data)) == data


@given(st.text(), st.integers(0, 2**53 - 1), st.none() | st.just(RecordingId("r")))
def test_files_read_back(path: str, length: int, recording: RecordingId | None) -> None:
    """Clause 4."""
    entries = (VolumeEntry(path, Sha256("0" * 64), length, recording),)
    data = write_files(entries)
    assert read_files(data) == entries
    assert rfc8785.dumps(json.loads(data)) == data


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"[" * 100_000,
        b"{}",
        write_edition(SUMMARY) + b" ",
        write_edition(SUMMARY).replace(b'"refused"', b'"more":1,"refused"'),
        write_edition(SUMMARY).replace(b"tenuto-edition-2", b"tenuto-edition-3"),
        write_edition(SUMMARY).replace(b"true", b'"yes"'),
    ],
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(BadInputError):
        read_edition(data)
    with pytest.raises(BadInputError):
        read_files(data)


def test_torrents_are_known_by_forty_digits() -> None:
    assert VOLUME.infohashes == ("1" * 40, "2" * 40, "3" * 40)
    alone = replace(VOLUME, infohash_v1=None, infohash_twin=None, magnet_twin=None)
    assert alone.infohashes == ("2" * 40,)
    assert read_edition(write_edition(replace(SUMMARY, volumes=(alone,)))).volumes == (alone,)


def test_places_read_back(tmp_path: Path) -> None:
    """Clause 3."""
    path = tmp_path / "index.parquet"
    with EditionIndexWriter(path) as writer:
        writer.write([(RecordingId("r0"), "CC0-1.0", PLACE)])
        writer.write([(RecordingId("r1"), "CC0-1.0", PLACE)])
    assert list(read_places(path, PLACE.edition)) == [(RecordingId("r0"), PLACE), (RecordingId("r1"), PLACE)]
    assert find_place(path, PLACE.edition, RecordingId("r1")) == PLACE
    assert find_place(path, PLACE.edition, RecordingId("r2")) is None
    assert pq.read_metadata(path).num_row_groups == 2
    with path.open("rb") as stream:
        assert len(list(read_places(stream, PLACE.edition))) == 2


def test_other_columns_and_tiers_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "index.parquet"
    pq.write_table(pa.table({"a": [1]}), path)
    with pytest.raises(BadInputError, match="columns"):
        list(read_places(path, PLACE.edition))
    with EditionIndexWriter(path) as writer:
        table = pa.Table.from_pylist(
            [
                {
                    **dict.fromkeys(
                        ["recording_id", "volume", "path", "sha256", "pieces_root", "licence"], ""
                    ),
                    "tier": "x",
                    **dict.fromkeys(["file_index", "offset", "length"], 0),
                }
            ],
            schema=pq.read_schema(_empty(tmp_path)),
        )
        writer._writer.write_table(table)
    with pytest.raises(BadInputError, match="no tier"):
        list(read_places(path, PLACE.edition))


def _empty(folder: Path) -> Path:
    with EditionIndexWriter(folder / "empty.parquet"):
        pass
    return folder / "empty.parquet"
