"""A small archive of real audio that went the whole way, with something dark in it; and copies of it."""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tenuto.app.archive import Archive, init, open_archive
from tenuto.app.run import after_harvest
from tenuto.app.stages.harvest import folder_source, harvest
from tenuto.app.stages.result import StageResult
from tenuto.app.view import View
from tenuto.model.ids import Sha256
from tenuto.testing.reporter import Notes
from tests.app.music import make_collection

ON = date(2026, 1, 2)
SETTINGS = """[archive]
name = "tones"
[plan]
budget = "100MB"
[rank]
synthetic_seed = 7
[publish]
bands = ["98", "94", "90", "85", "0"]
[work]
jobs = 1
"""


def new_archive(root: Path, keys: Path | None = None) -> Archive:
    """Laid out; with given keys, so that signatures are the same too."""
    init(root, "tones")
    (root / "tenuto.toml").write_text(SETTINGS, encoding="utf-8")
    if keys is not None:
        shutil.copytree(keys, root / "keys", dirs_exist_ok=True)
    return open_archive(root)


def journey(archive: Archive, collection: Path) -> tuple[StageResult, ...]:
    """Harvests the collection and walks all stages."""
    with archive.writing("test") as ledger:
        first = harvest(archive, ledger, folder_source(collection, "music", 100), Notes())
        return (first, *after_harvest(archive, ledger, Notes(), on=ON))


def withdraw(collection: Path, path: str) -> None:
    """The operator finds out that one file is in copyright."""
    with (collection / "rights.toml").open("a", encoding="utf-8") as file:
        file.write(
            f'\n[[files]]\nglob = "{path}"\nstatement = "https://rightsstatements.org/vocab/InC/1.0/"\n'
        )


def objects(archive: Archive) -> dict[Sha256, Path]:
    """All objects by name."""
    found = (path for path in archive.objects.glob("??/??/*") if path.is_file())
    return {Sha256(path.name): path for path in found}


def audio_objects(archive: Archive) -> set[Sha256]:
    """Those that hold a recording."""
    with archive.ledger(read_only=True) as ledger:
        return {holding.object for holding, _, _ in ledger.all_held()}


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Archive, Path]:
    """(archive, collection). Not to be written to: take a copy."""
    folder = tmp_path_factory.mktemp("invariants")
    collection = make_collection(folder / "music")
    archive = new_archive(folder / "archive")
    journey(archive, collection)
    return archive, collection


@pytest.fixture
def copied(finished: tuple[Archive, Path], tmp_path: Path) -> tuple[Archive, Path]:
    """The same archive and collection, to be done with as the test likes."""
    shutil.copytree(finished[0].root, tmp_path / "archive")
    shutil.copytree(finished[1], tmp_path / "music", symlinks=True)
    return open_archive(tmp_path / "archive"), tmp_path / "music"


@pytest.fixture
def fresh(finished: tuple[Archive, Path], tmp_path: Path) -> Archive:
    """An empty archive with the finished one's settings and keys."""
    return new_archive(tmp_path / "fresh", finished[0].keys)


@pytest.fixture
def view(finished: tuple[Archive, Path]) -> Iterator[View]:
    with View(finished[0]) as view:
        yield view
