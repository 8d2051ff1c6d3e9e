"""An archive with two editions, the second of which withdraws a recording; seeders for both."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from tenuto.app.archive import Archive, init, open_archive
from tenuto.app.run import after_harvest
from tenuto.app.stages.harvest import folder_source, harvest
from tenuto.app.swarm import seed_volumes
from tenuto.formats.edition import read_edition
from tenuto.model.edition import EditionSummary
from tenuto.swarm.seeder import Seeder
from tenuto.testing.reporter import Notes
from tests.audio_files import write_samples
from tests.swarm.servers import Server

SETTINGS = """[archive]
name = "tones"
[rank]
synthetic_seed = 7
[publish]
bands = ["90", "0"]
[work]
jobs = 1
"""
RIGHTS = 'version = 1\nstatement = "CC-BY-4.0"\n'
WITHDRAWN = "3.flac"


@dataclass(frozen=True)
class Editions:
    """`first` is the editions' folder as it stood after the first publication, `both` after the second."""

    archive: Archive
    first: Path
    both: Path

    def summary(self, edition: str) -> EditionSummary:
        return read_edition((self.both / edition / "edition.json").read_bytes())

    def root(self) -> bytes:
        return (self.both / "e0001" / "metadata" / "1.root.json").read_bytes()

    @contextmanager
    def seeding(self, edition: str) -> Iterator[tuple[str, int]]:
        """The address of a seeder of this edition's volumes."""
        folder = self.both / edition
        with Seeder() as seeder:
            for volume in seed_volumes(self.archive, folder, self.summary(edition)):
                seeder.add(volume)
            yield "127.0.0.1", seeder.port


def today() -> date:
    return datetime.now(UTC).date()


def make_archive(folder: Path, on: date) -> tuple[Archive, Path]:
    """Six recordings of noise, which no codec can shrink."""
    init(folder / "archive", "tones")
    (folder / "archive" / "tenuto.toml").write_text(SETTINGS, encoding="utf-8")
    music, noise = folder / "music", np.random.default_rng(1)
    for number in range(6):
        samples = noise.integers(-20_000, 20_000, 96_000 + 24_000 * number, dtype=np.int16)
        write_samples(music / f"{number}.flac", samples, {"title": f"Noise {number}"})
    (music / "rights.toml").write_text(RIGHTS)
    return publish(open_archive(folder / "archive"), music, on), music


def publish(archive: Archive, music: Path, on: date) -> Archive:
    with archive.writing("test") as ledger:
        harvest(archive, ledger, folder_source(music, "music", 100), Notes())
        after_harvest(archive, ledger, Notes(), on=on)
    return archive


@pytest.fixture(scope="session")
def editions(tmp_path_factory: pytest.TempPathFactory) -> Editions:
    folder = tmp_path_factory.mktemp("mirrored")
    archive, music = make_archive(folder, today() - timedelta(days=1))
    shutil.copytree(archive.editions, folder / "first")
    with (music / "rights.toml").open("a") as file:
        file.write(
            f'\n[[files]]\nglob = "{WITHDRAWN}"\nstatement = "https://rightsstatements.org/vocab/InC/1.0/"\n'
        )
    publish(archive, music, today())
    return Editions(archive, folder / "first", archive.editions)


@pytest.fixture
def first(editions: Editions) -> Iterator[Server]:
    """The archive's own server, before the second edition."""
    with Server(editions.first).running() as server:
        yield server


@pytest.fixture
def both(editions: Editions) -> Iterator[Server]:
    """The archive's own server, after the second edition."""
    with Server(editions.both).running() as server:
        yield server
