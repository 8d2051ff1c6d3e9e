"""One catalogue from two real tables: freemusi.cc and a week of radio plays."""

import shutil
from pathlib import Path

import pytest

from tenuto.catalogue import Resources, SnapshotCatalogue, build, build_derived, find_harvests, open_current
from tenuto.model.catalogue import ListensBasis
from tenuto.model.errors import ConfigurationError
from tenuto.model.ids import SnapshotId, SourceName
from tenuto.sources.harvest import harvest
from tenuto.sources.table import TableSource, load_mapping
from tenuto.testing.source import Silence
from tests.catalogue.harvests import files_of, rows_of
from tests.shared import SHARED_DATA, needs_shared_data

pytestmark = needs_shared_data

COLLECTIONS = (("freemusicc", "freemusicc"), ("classic_rock_plays", "classic_rock_plays"))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archive")
    for mapping, data in COLLECTIONS:
        name = SourceName(mapping.replace("_", "-"))
        source = TableSource(name, load_mapping(mapping), SHARED_DATA / data)
        harvest(source, folder / "harvest", Silence())
    return folder


@pytest.fixture(scope="module")
def snapshot(root: Path) -> SnapshotId:
    harvests = find_harvests(root / "harvest")
    return build(root, harvests, None, Silence(), resources=Resources("400MB", 1))


@pytest.fixture(scope="module")
def catalogue(root: Path, snapshot: SnapshotId) -> SnapshotCatalogue:
    build_derived(root, snapshot, Silence())
    return open_current(root)


def test_counts(catalogue: SnapshotCatalogue) -> None:
    """408 of the 21,502 tracks repeat another's URL; 26 of the 37,673 plays name no artist (rejected)."""
    counts = catalogue.summary().counts
    assert counts["source_rows"] == 21_502 + 37_673 - 26
    assert counts["releases"] == 2_289
    by_source = {share.name: share.count for share in catalogue.statistics().by_source.shares}
    assert by_source["freemusicc"] == 21_502 - 408
    assert counts["recordings"] == sum(by_source.values())


def test_listens(catalogue: SnapshotCatalogue) -> None:
    assert catalogue.summary().listens_basis[ListensBasis.COUNTED] == 2_229
    counted = [d for d in catalogue.ranked() if d.summary.popularity.basis is ListensBasis.COUNTED]
    assert sum(each.count for d in counted for _, each in d.listens) == 37_673 - 26
    assert (counted[0].summary.title, counted[0].listens[0][1].count) == ("Dream On", 142)
    assert counted[0].summary.popularity.listens == pytest.approx(142, rel=0.02)
    assert counted[0].summary.popularity.popularity == 100


def test_invariant_7_every_source_row_traces_to_a_recording(root: Path, snapshot: SnapshotId) -> None:
    recordings = {each[0] for each in rows_of(root, snapshot, "recordings")}
    assert rows_of(root, snapshot, "unplaced_rows") == []
    for entity, number, *_ in rows_of(root, snapshot, "source_rows"):
        assert entity == "recording"
        assert number in recordings


def test_search(catalogue: SnapshotCatalogue) -> None:
    assert catalogue.find("back in bla").recordings[0].title == "Back In Black"
    (found,) = catalogue.find("orange horiz val lia").recordings
    detail = catalogue.show(found.id)
    assert found.release == detail.tracks[0].title == "Early Reflections"
    assert detail.locations[0].uri.startswith("http://www.archive.org/download/dt006/")


def test_two_threads_give_the_same_bytes(root: Path, snapshot: SnapshotId, tmp_path: Path) -> None:
    harvests = find_harvests(root / "harvest")
    assert build(tmp_path, harvests, None, Silence(), resources=Resources("400MB", 2)) == snapshot
    assert files_of(tmp_path) == files_of(root)


def test_a_harvest_that_is_not_whole_is_named(root: Path, tmp_path: Path) -> None:
    """Without it, its recordings would vanish from the catalogue."""
    folder = tmp_path / "freemusicc"
    shutil.copytree(root / "harvest" / "freemusicc", folder)
    assert len(find_harvests(tmp_path)) == 1
    next(folder.glob("rows-*.parquet")).unlink()
    with pytest.raises(ConfigurationError, match="freemusicc: rows are missing"):
        find_harvests(tmp_path)
