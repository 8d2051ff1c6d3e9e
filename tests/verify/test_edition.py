"""Editions under check: signatures, what they vouch for, and that the parts agree."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tenuto.formats.digests import digests_of
from tenuto.formats.metadata import Target, sign_edition
from tenuto.formats.withdrawals import write_withdrawals
from tenuto.model.edition import Withdrawal
from tenuto.model.ids import EditionId, RecordingId
from tenuto.verify import Report, verify_tree
from tests.publish.archive import ON, fixed_keys, publish_example

NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish_example(tmp_path_factory.mktemp("published"))[1]


@pytest.fixture
def edition(published: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(published, tmp_path / "e0001"))


def _wheres(report: Report) -> set[str]:
    return {fault.where for fault in report.faults}


def _whats(report: Report) -> str:
    return "\n".join(f"{fault.where}: {fault.what}" for fault in report.faults)


def _signed_files(edition: Path) -> list[Path]:
    return [p for p in edition.rglob("*") if p.is_file() and p.parent.name != "metadata"]


def _resign(edition: Path) -> None:
    """As the holder of the online keys would: only disagreement between the parts is left to find."""
    files = _signed_files(edition)
    targets = {
        str(p.relative_to(edition)): Target(p.stat().st_size, digests_of(p.read_bytes()).sha256)
        for p in files
    }
    keys = fixed_keys()
    signed = sign_edition(targets, top=keys.top, on=ON, signers=keys.signers, former={})
    for name, data in signed.items():
        (edition / "metadata" / name).write_bytes(data)


def test_a_sound_edition_is_proved(edition: Path) -> None:
    report = verify_tree(edition, now=NOW)
    assert (report.kind, report.faults) == ("edition", ())
    assert report.files == len(_signed_files(edition))
    assert "taken on trust" in report.notes[0]
    assert verify_tree(edition, now=NOW, trusted_root=fixed_keys().roots[1]).notes == ()


def test_expiry_is_noted_not_refused(edition: Path) -> None:
    """metadata.md, clause 11."""
    report = verify_tree(edition, now=NOW + timedelta(days=20), trusted_root=fixed_keys().roots[1])
    assert report.sound
    assert len(report.notes) == 2
    assert all(any(role in note for note in report.notes) for role in ("timestamp", "withdrawals"))


def _append(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b" ")


@pytest.mark.parametrize("pattern", ["edition.json", "index.parquet", "volumes/*.torrent", "volumes/*.json"])
def test_an_altered_file_is_not_the_signed_one(edition: Path, pattern: str) -> None:
    path = min(edition.glob(pattern))
    _append(path)
    assert str(path.relative_to(edition)) in _wheres(verify_tree(edition, now=NOW))


@pytest.mark.parametrize(
    "role", ["1.targets", "1.snapshot", "timestamp", "1.root", "1.edition", "1.bins-00", "1.withdrawals"]
)
@pytest.mark.parametrize(
    "harm",
    [
        lambda p: p.unlink(),
        lambda p: p.write_bytes(b""),
        lambda p: p.write_bytes(b"[" * 100_000),
        lambda p: p.write_bytes(b'{"signed": 1, "signatures": []}'),
        lambda p: p.write_bytes(p.read_bytes().replace(b'"version":1', b'"version":2')),
    ],
)
def test_harmed_metadata_is_a_fault(edition: Path, role: str, harm: Callable[[Path], object]) -> None:
    harm(edition / "metadata" / f"{role}.json")
    assert "metadata" in _wheres(verify_tree(edition, now=NOW))


def test_metadata_of_another_edition_is_a_fault(edition: Path, tmp_path: Path) -> None:
    """Mix-and-match: metadata.md, clause 10."""
    other = publish_example(tmp_path / "other", edition=EditionId("e0002"))[1]
    shutil.copytree(other / "metadata", edition / "metadata", dirs_exist_ok=True)
    assert "edition.json: its SHA-256 isn't the signed one" in _whats(verify_tree(edition, now=NOW))
    shutil.copy(other / "metadata" / "timestamp.json", edition / "metadata")
    (edition / "metadata" / "1.snapshot.json").write_bytes(b"{}")
    assert "metadata" in _wheres(verify_tree(edition, now=NOW))


def test_a_withdrawn_object_is_nowhere_in_the_edition(edition: Path) -> None:
    """withdrawals.md, clause 2."""
    rows = pq.read_table(edition / "index.parquet").to_pylist()
    entry = Withdrawal(RecordingId("r"), rows[0]["sha256"], "not-free", EditionId("e0001"))
    (edition / "withdrawals.json").write_bytes(write_withdrawals([entry]))
    _resign(edition)
    assert "withdrawn" in _whats(verify_tree(edition, now=NOW))
    (edition / "withdrawals.json").write_bytes(b"{}")
    _resign(edition)
    assert "withdrawals.json" in _wheres(verify_tree(edition, now=NOW))


def test_another_root_is_not_trusted(edition: Path) -> None:
    other = json.loads(fixed_keys().roots[1])
    other["signatures"][0]["sig"] = "0" * 128
    report = verify_tree(edition, now=NOW, trusted_root=json.dumps(other).encode())
    assert "metadata" in _wheres(report)


def test_an_extra_file_is_signed_by_nobody(edition: Path) -> None:
    (edition / "extra").write_bytes(b"x")
    assert "extra: nobody signed" in _whats(verify_tree(edition, now=NOW))


def _change_summary(edition: Path, old: str, new: str) -> None:
    path = edition / "edition.json"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ('"recordings":6', '"recordings":7', "edition.json"),
        ('"bytes":2', '"bytes":3', "edition.json"),
        ('"files":7', '"files":8', "volumes/"),
        ('"infohash_v2":"', '"infohash_v2":"0', "volumes/"),
        ('"infohash_twin":"', '"infohash_twin":"0', "volumes/"),
        ('"name":"demo-80', '"name":"../../demo-80', "volumes/"),
        ('"format":"tenuto-edition-2"', '"format":"x"', "edition.json"),
        ('"edition":{', '"edition":{"more":1,', "edition.json"),
    ],
)
def test_parts_that_disagree_are_faults_even_when_signed(
    edition: Path, old: str, new: str, where: str
) -> None:
    _change_summary(edition, old, new)
    _resign(edition)
    report = verify_tree(edition, now=NOW)
    assert "metadata" not in _wheres(report)
    assert any(found.startswith(where) for found in _wheres(report))


def test_an_index_of_another_edition_is_a_fault(edition: Path, tmp_path: Path) -> None:
    other = publish_example(tmp_path / "other", items=lambda _: [])[1]
    shutil.copy(other / "index.parquet", edition)
    _resign(edition)
    assert "0 rows for 6 recordings" in _whats(verify_tree(edition, now=NOW))


def test_swapped_volumes_are_faults(edition: Path) -> None:
    one, two = sorted(edition.glob("volumes/*[0-9a-f].torrent"))[:2]
    a, b = one.read_bytes(), two.read_bytes()
    one.write_bytes(b)
    two.write_bytes(a)
    _resign(edition)
    assert len(_wheres(verify_tree(edition, now=NOW))) >= 2


def test_an_index_that_unpacks_to_millions_of_rows_is_refused_unread(edition: Path) -> None:
    """Twenty million equal rows take a megabyte, and took 70 seconds."""
    table = pq.read_table(edition / "index.parquet")
    row = table.slice(0, 1).take(pa.array([0] * 100_000))
    with pq.ParquetWriter(edition / "index.parquet", table.schema, compression="zstd") as writer:
        writer.write_table(row)
    report = verify_tree(edition, now=NOW)
    assert "100,000 rows, and at most" in _whats(report)
    assert report.fault_count == 2, "the signed length, and this"
