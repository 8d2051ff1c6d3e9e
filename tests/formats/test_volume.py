"""A volume's papers (volume.md)."""

import io
from dataclasses import replace

import pyarrow.parquet as pq
import pytest

from tenuto.formats.rights_table import read_rights, write_rights
from tenuto.formats.torrent import Placed
from tenuto.formats.volume import PAPERS, VolumeContent, VolumeItem, volume_name
from tenuto.formats.volume_index import INDEX_SCHEMA, find_named, read_index, write_index
from tenuto.formats.volume_texts import write_playlist, write_readme
from tenuto.model.catalogue import ListensBasis
from tenuto.model.errors import BadInputError
from tenuto.model.rights import Evidence, EvidenceKind
from tests.publish.archive import cleared, synthetic_digests


def _content(*, basis: ListensBasis = ListensBasis.COUNTED, title: str = "Étude") -> VolumeContent:
    items = tuple(
        VolumeItem(
            ("40-59", "a", f"{rank}.ogg"),
            Placed(rank, rank * 524_288, 5, 524_283),
            cleared(rank, synthetic_digests(rank, 5), title=title, basis=basis),
        )
        for rank in range(3)
    )
    return VolumeContent("demo", (40, 59), 1, items)


def test_a_changed_index_gives_another_name() -> None:
    """Clause 1."""
    content = VolumeContent("demo", (0, 19), 3, ())
    assert volume_name(content, b"x") == "demo-00-19-0003-r1-2d711642"
    assert volume_name(replace(content, revision=2), b"x") == "demo-00-19-0003-r2-2d711642"
    assert volume_name(content, b"y") != volume_name(content, b"x")


def test_papers_come_after_every_band_folder() -> None:
    """Clause 3."""
    assert list(PAPERS) == sorted(PAPERS)
    assert all(paper > "99" for paper in PAPERS)


def test_the_index_holds_every_field_and_reads_back() -> None:
    """Clauses 4 to 6."""
    data = write_index(_content())
    assert write_index(_content()) == data
    rows = list(read_index(data))
    assert [row["path"] for row in rows] == ["40-59/a/0.ogg", "40-59/a/1.ogg", "40-59/a/2.ogg"]
    first = rows[0]
    assert first["isrcs"] == ["QZTST2600000"]
    assert first["mbids"] == []
    assert first["evidence"][0]["statement"] == "CC-BY-4.0"
    assert (first["title"], first["listens"], first["listens_basis"]) == ("Étude", 1000.0, "counted")
    assert first["true_peak_dbtp"] is None
    assert bytes.fromhex(first["pieces_root"]) == synthetic_digests(0, 5).pieces_root
    assert pq.read_schema(io.BytesIO(data)).names == INDEX_SCHEMA.names
    assert "rank" not in INDEX_SCHEMA.names  # clause 7: nothing that other volumes can move


def test_a_recording_is_found_by_a_name_that_others_gave_it() -> None:
    data, names = write_index(_content()), [row["isrcs"][0] for row in read_index(write_index(_content()))]
    identities = [row["recording_id"] for row in read_index(data)]
    assert [find_named(data, name) for name in names] == identities
    assert find_named(data, "qz-tst-26-00000") == identities[0]
    assert find_named(data, "QZTST2699999") is None


@pytest.mark.parametrize("cut", [0, 10, 100, -1, -8, -200])
def test_a_malformed_index_is_refused(cut: int) -> None:
    data = write_index(_content())
    with pytest.raises(BadInputError, match="Parquet"):
        list(read_index(data[:cut]))


def test_the_rights_table_is_guarded_and_reads_back() -> None:
    """Clauses 10 to 12."""
    content = _content(title="=cmd|' /C calc'!A0\nsecond line")
    more = (
        *content.items[0].cleared.evidence,
        Evidence(EvidenceKind.DEP5_STANZA, "CC-BY-4.0", "debian/copyright"),
    )
    item = replace(content.items[0], cleared=replace(content.items[0].cleared, evidence=more))
    rows = list(read_rights(write_rights(replace(content, items=(item, *content.items[1:])))))
    assert len(rows) == 3
    assert rows[0]["title"] == "'=cmd|' /C calc'!A0 second line"
    assert rows[0]["rights_holder"] == "'=HYPERLINK(evil)"
    assert rows[0]["evidence_kind"] == "tag | dep5-stanza"
    assert rows[0]["evidence_statement"] == "CC-BY-4.0"
    assert rows[0]["evidence_origin"] == "LICENSE tag | debian/copyright"


@pytest.mark.parametrize("data", [b"", b"a,b\r\n", b"\xff", b'"', b"x" * 300_000])
def test_a_malformed_rights_table_is_refused(data: bytes) -> None:
    with pytest.raises(BadInputError, match="rights table"):
        list(read_rights(data))


def test_a_rights_row_too_short_is_refused() -> None:
    with pytest.raises(BadInputError):
        list(read_rights(write_rights(_content()) + b"only,three,cells\r\n"))


def test_the_playlist_cannot_be_broken_by_a_title() -> None:
    """Clause 13."""
    lines = write_playlist(_content(title="a\n#EXTINF:0,\r\n/etc/passwd")).decode().splitlines()
    assert len(lines) == 7
    assert lines[:3] == ["#EXTM3U", "#EXTINF:61,Björk & Łódź - a #EXTINF:0, /etc/passwd", "40-59/a/0.ogg"]


def test_the_readme_names_licences_and_how_to_check() -> None:
    """Clauses 14 and 15."""
    text = write_readme(_content(), "demo-40-59-0001-00000000").decode()
    assert "CC-BY-4.0: 3 recordings" in text
    assert "sha256sum -c SHA256SUMS" in text
    assert "SYNTHETIC" not in text
    assert max(map(len, text.splitlines())) <= 80


def test_the_readme_says_when_listens_are_synthetic() -> None:
    """Clause 15."""
    assert "SYNTHETIC" in write_readme(_content(basis=ListensBasis.SYNTHETIC), "demo-40-59-0001-0").decode()
