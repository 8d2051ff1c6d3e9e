"""Differences between snapshots (docs/formats/delta.md)."""

from dataclasses import asdict
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tenuto.catalogue.diff import FILES, Difference, diff
from tenuto.model.errors import UsageError
from tenuto.model.ids import SnapshotId, SourceKey, SourceName, recording_id
from tests.catalogue.harvests import SMALL, built, harvest, isrc, plays, row


def rid(source: str, key: str) -> str:
    return recording_id(SourceName(source), SourceKey(key))


def lists(folder: Path) -> dict[str, list[dict[str, object]]]:
    return {name: pq.read_table(folder / f"{name}.parquet").to_pylist() for name in FILES}


def adds_up(found: Difference) -> bool:
    return found.before + found.added + found.split_off - found.removed - found.merged == found.after


@pytest.fixture(scope="module")
def built_twice(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SnapshotId, SnapshotId]:
    root = tmp_path_factory.mktemp("archive")
    same = [row(f"s{n}", f"Same {n}") for n in range(20)]
    one = [
        *same, row("title", "Old", year=1970), row("gone", "Gone"), plays("title", 3), row("m", "Merges"),
        row("p", "Part", identifiers=(isrc(1),)), row("q", "Other part", identifiers=(isrc(1),)),
    ]  # fmt: skip
    two = [
        *same, row("title", "New", year=1970), row("new", "Added"), plays("title", 4),
        row("m", "Merges", identifiers=(isrc(2),)), row("p", "Part"), row("q", "Other part"),
    ]  # fmt: skip
    other = [row("x", "Target", identifiers=(isrc(2),))]
    first = built(root, [harvest(root / "1", "a", other, 1), harvest(root / "1", "b", one, 2, files=True)])
    second = built(
        root, [harvest(root / "2", "a", other, 1), harvest(root / "2", "b", two, 2, files=True)], first
    )
    return root, first, second


def test_what_a_build_on_another_changed(
    built_twice: tuple[Path, SnapshotId, SnapshotId], tmp_path: Path
) -> None:
    """delta.md, clauses 7 and 8."""
    root, one, two = built_twice
    found = diff(root, one, two, to=tmp_path / "out", resources=SMALL)
    assert (found.added, found.removed, found.merged, found.split, found.split_off) == (1, 1, 1, 1, 1)
    assert adds_up(found)
    written = lists(tmp_path / "out")
    assert [each["title"] for each in written["added"]] == ["Added"]
    assert [each["title"] for each in written["removed"]] == ["Gone"]
    (merged,) = written["merged"]
    assert (str(merged["id"]), str(merged["target"])) == (rid("b", "m"), rid("a", "x"))
    assert (merged["method"], merged["evidence"], merged["key"]) == ("isrc", "GBTST0000002", "m")
    assert {(str(each["id"]), str(each["target"])) for each in written["split"]} == {
        (rid("b", "p"), rid("b", "p")),
        (rid("b", "p"), rid("b", "q")),
    }
    changed = {str(each["id"]): each for each in written["changed"]}
    assert changed[rid("b", "title")]["what"] == ["listens", "source_rows", "title"]
    assert (changed[rid("b", "title")]["old_title"], changed[rid("b", "title")]["title"]) == ("Old", "New")
    assert rid("b", "s1") not in changed


def test_snapshots_that_were_built_apart_differ_in_the_same(
    built_twice: tuple[Path, SnapshotId, SnapshotId], tmp_path: Path
) -> None:
    """delta.md, clause 9."""
    root, one, two = built_twice
    back = diff(root, two, one, to=tmp_path / "back", resources=SMALL)
    assert (back.added, back.removed, back.changed) == (1, 1, diff(root, one, two, resources=SMALL).changed)
    assert adds_up(back)
    assert [each["title"] for each in lists(tmp_path / "back")["added"]] == ["Gone"]


def test_a_snapshot_differs_from_itself_in_nothing(
    built_twice: tuple[Path, SnapshotId, SnapshotId], tmp_path: Path
) -> None:
    root, one, _ = built_twice
    found = diff(root, one, one, to=tmp_path / "out", resources=SMALL)
    assert not any(asdict(found)[name] for name in (*FILES, "split_off", "changed_in"))
    with pytest.raises(UsageError, match="other things"):
        diff(root, one, one, to=tmp_path / "out", resources=SMALL)
