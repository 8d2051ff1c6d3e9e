"""What harvesting says of rights, and what a damaged record may stop."""

from pathlib import Path

import pytest

from tenuto.app.archive import Archive, init
from tenuto.app.stages import harvest as stage
from tenuto.app.stages.result import StageResult
from tenuto.ledger import SqliteLedger
from tenuto.model.errors import ConfigurationError
from tenuto.testing.source import Silence
from tests.shared import SHARED_DATA, needs_shared_data


def harvest_table(archive: Archive, mapping: str, folder: str) -> StageResult:
    source = stage.table_source(mapping, SHARED_DATA / folder, None, 100)
    with archive.ledger() as ledger:
        return stage.harvest(archive, ledger, source, Silence())


@needs_shared_data
def test_freemusicc_is_decided_row_by_row(tmp_path: Path) -> None:
    """The licence facts of the data set's own description."""
    result = harvest_table(init(tmp_path / "archive", None), "freemusicc", "freemusicc")
    assert result.facts["cleared"] == 1_359
    assert result.facts["refused"] == {"no-evidence": 2_238, "not-free": 17_853, "unknown-statement": 52}


@needs_shared_data
def test_rows_that_speak_of_listens_only_are_not_decided(tmp_path: Path) -> None:
    result = harvest_table(init(tmp_path / "archive", None), "classic_rock_plays", "classic_rock_plays")
    assert "cleared" not in result.facts


def test_a_damaged_record_stops_only_its_own_source(tmp_path: Path) -> None:
    archive = init(tmp_path / "archive", None)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    with archive.ledger() as ledger:
        for name in ("one", "two"):
            stage.harvest(archive, ledger, stage.folder_source(tmp_path / name, None, 100), Silence())
        (archive.harvest / "one" / "harvest.json").write_bytes(b"{")
        results = stage.again(archive, ledger, Silence())
        assert [(r.facts["source"], r.counts.failed) for r in results] == [("two", 0), ("one", 1)]
        assert_force_mends(archive, ledger, tmp_path / "one")
        assert not any(r.counts.failed for r in stage.again(archive, ledger, Silence()))


def assert_force_mends(archive: Archive, ledger: SqliteLedger, folder: Path) -> None:
    source = stage.folder_source(folder, None, 100)
    with pytest.raises(ConfigurationError, match="--force"):
        stage.harvest(archive, ledger, source, Silence())
    stage.harvest(archive, ledger, source, Silence(), force=True)
