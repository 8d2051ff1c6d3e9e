"""Deltas between snapshots (docs/formats/delta.md)."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tenuto.catalogue import current, delta, rank
from tenuto.catalogue.revisions import revision
from tenuto.catalogue.snapshots import load
from tenuto.fsync import publish
from tenuto.model.errors import BadInputError, FixityError, NotFoundError, TenutoError, UsageError
from tenuto.model.ids import SnapshotId
from tenuto.testing.source import Silence
from tests.catalogue.harvests import SMALL, built, files_of, harvest, isrc, plays, row


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[SnapshotId]]:
    """An archive with three builds and one ranking, each on the one before."""
    root = tmp_path_factory.mktemp("origin")
    rows = [row(f"k{n}", f"T{n}", artist=f"A{n % 7}", identifiers=(isrc(n),)) for n in range(60)]
    versions = [
        rows,
        [*rows[:50], row("new", "New"), plays("k3", 5)],
        [*rows[5:], row("k0", "Other", identifiers=(isrc(9),)), plays("k3", 6)],
    ]
    found: list[SnapshotId] = []
    for n, version in enumerate(versions):
        found.append(built(root, [harvest(root / str(n), "a", version)], found[-1] if found else None))
    found.append(rank(root, found[-1], Silence(), synthetic_seed=7, resources=SMALL))
    return root, found


def chain(origin: tuple[Path, list[SnapshotId]], place: Path) -> list[Path]:
    root, snapshots = origin
    folders = [place / f"d{n}" for n in range(len(snapshots))]
    for base, target, folder in zip([None, *snapshots], snapshots, folders, strict=False):
        delta.write(root, base, target, folder, Silence())
    return folders


def published(root: Path) -> dict[str, bytes]:
    return {name: data for name, data in files_of(root).items() if not name.startswith("look")}


def test_a_chain_of_deltas_gives_the_origin_byte_for_byte(
    origin: tuple[Path, list[SnapshotId]], tmp_path: Path
) -> None:
    """delta.md, clauses 3 and 6."""
    mirror = tmp_path / "mirror"
    for folder in chain(origin, tmp_path):
        delta.apply(mirror, folder, Silence())
    assert published(mirror) == published(origin[0])
    assert current(mirror) == origin[1][-1]
    assert not (mirror / "catalogue" / "incoming").exists()


def test_a_delta_holds_what_the_base_has_not(origin: tuple[Path, list[SnapshotId]], tmp_path: Path) -> None:
    """delta.md, clause 3: ranking writes no part."""
    root, snapshots = origin
    written = delta.write(root, snapshots[2], snapshots[3], tmp_path / "d", Silence())
    assert [each.name for each in written.files] == ["popularity.parquet", "snapshot.json"]
    over = delta.write(root, snapshots[0], snapshots[3], tmp_path / "over", Silence())
    mirror = tmp_path / "mirror"
    delta.apply(mirror, chain(origin, tmp_path)[0], Silence())
    delta.apply(mirror, tmp_path / "over", Silence())
    for each in over.files:
        assert (tmp_path / "over" / each.name).stat().st_size == each.bytes
    for table, parts in load(root, snapshots[3]).parts.items():
        for part in parts:
            path = Path("catalogue") / "core" / table / part.file_name
            assert (mirror / path).read_bytes() == (root / path).read_bytes()


def test_the_same_delta_has_the_same_bytes(origin: tuple[Path, list[SnapshotId]], tmp_path: Path) -> None:
    root, (one, two, *_) = origin
    for name in "ab":
        delta.write(root, one, two, tmp_path / name, Silence())
    files = [{path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in "ab"]
    assert files[0] == files[1]
    with pytest.raises(UsageError, match="other things"):
        delta.write(root, one, two, tmp_path / "a", Silence())


@pytest.mark.parametrize("fatal", range(1, 40, 5))
def test_a_kill_at_any_rename_is_mended_by_running_again(
    origin: tuple[Path, list[SnapshotId]], tmp_path: Path, fatal: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """delta.md, clause 6."""
    mirror, folders = tmp_path / "mirror", chain(origin, tmp_path)
    delta.apply(mirror, folders[0], Silence())
    calls = [0]

    def dying(temporary: Path, path: Path) -> None:
        calls[0] += 1
        if calls[0] == fatal:
            raise KeyboardInterrupt
        publish(temporary, path)

    with monkeypatch.context() as patch:
        patch.setattr("tenuto.catalogue.delta.publish", dying)
        try:
            delta.apply(mirror, folders[1], Silence())
        except KeyboardInterrupt:
            assert current(mirror) == origin[1][0]
            load(mirror, origin[1][0])
    for folder in folders[1:]:
        delta.apply(mirror, folder, Silence())
    assert published(mirror) == published(origin[0])


def _edited(change: Callable[[dict[str, object]], object]) -> Callable[[Path], object]:
    def edit(folder: Path) -> None:
        members = json.loads((folder / "delta.json").read_bytes())
        change(members)
        (folder / "delta.json").write_text(json.dumps(members))

    return edit


def _part(folder: Path) -> Path:
    return next(folder.glob("recordings.*.parquet"))


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        (lambda folder: _part(folder).write_bytes(b"x" * _part(folder).stat().st_size), FixityError),
        (lambda folder: _part(folder).write_bytes(_part(folder).read_bytes() + b"x"), FixityError),
        (lambda folder: _part(folder).write_bytes(_part(folder).read_bytes()[:-1]), FixityError),
        (lambda folder: _part(folder).unlink(), NotFoundError),
        (lambda folder: (folder / "snapshot.json").write_bytes(b"{}"), BadInputError),
        (lambda folder: (folder / "delta.json").write_bytes(b"\xff"), BadInputError),
        (lambda folder: (folder / "delta.json").unlink(), NotFoundError),
        (_edited(lambda m: m.update(format=2)), BadInputError),
        (_edited(lambda m: m.update(target="../../../../etc")), BadInputError),
        (_edited(lambda m: m.update(base="0123456789abcdef")), NotFoundError),
        (_edited(lambda m: m.update(base=None)), BadInputError),
        (_edited(lambda m: m["files"][0].update(name="../../tenuto.toml")), BadInputError),  # type: ignore[index]  # JSON
        (_edited(lambda m: m["files"].pop()), BadInputError),  # type: ignore[attr-defined]  # JSON
    ],
)
def test_a_wrong_delta_changes_nothing(
    origin: tuple[Path, list[SnapshotId]],
    tmp_path: Path,
    damage: Callable[[Path], object],
    error: type[TenutoError],
) -> None:
    """delta.md, clause 5."""
    mirror, folders = tmp_path / "mirror", chain(origin, tmp_path)
    delta.apply(mirror, folders[0], Silence())
    before = published(mirror)
    damage(folders[1])
    with pytest.raises(error):
        delta.apply(mirror, folders[1], Silence())
    assert published(mirror) == before


def test_the_base_must_be_there_and_whole(origin: tuple[Path, list[SnapshotId]], tmp_path: Path) -> None:
    """delta.md, clause 5."""
    mirror, folders = tmp_path / "mirror", chain(origin, tmp_path)
    with pytest.raises(NotFoundError, match="no such snapshot"):
        delta.apply(mirror, folders[1], Silence())
    delta.apply(mirror, folders[0], Silence())
    shutil.rmtree(mirror / "catalogue" / "core" / "artists")
    with pytest.raises(NotFoundError, match="missing or cut"):
        delta.apply(mirror, folders[1], Silence())


def test_a_delta_may_lead_back(origin: tuple[Path, list[SnapshotId]], tmp_path: Path) -> None:
    """delta.md, clause 4: the base is any snapshot; what it has isn't in the delta."""
    root, (one, two, *_) = origin
    mirror, folders = tmp_path / "mirror", chain(origin, tmp_path)
    for folder in folders[:2]:
        delta.apply(mirror, folder, Silence())
    back = delta.write(root, two, one, tmp_path / "back", Silence())
    assert [each.name for each in back.files] == ["popularity.parquet", "snapshot.json"]
    delta.apply(mirror, tmp_path / "back", Silence())
    assert current(mirror) == one


def test_snapshots_are_named_as_people_name_them(origin: tuple[Path, list[SnapshotId]]) -> None:
    root, snapshots = origin
    assert revision(root, "current") == snapshots[-1]
    assert revision(root, "current~1") == snapshots[-2]
    assert revision(root, f"{snapshots[1][:5]}~1") == snapshots[0]
    for wrong in ("", "cur", "../..", "abc", "current~", "CURRENT"):
        with pytest.raises(UsageError):
            revision(root, wrong)
    with pytest.raises(NotFoundError):
        revision(root, "current~9")
