"""`tenuto characterise` on local processes and on a real Dask cluster, with objects in files and in a real S3
server: the same results, the same bytes, whatever is lost on the way.
"""

import random
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path

import pytest

from tenuto.app.archive import init, open_archive
from tenuto.app.stages import catalogue, intake, plan
from tenuto.app.stages.harvest import folder_source, harvest
from tenuto.app.view import View
from tenuto.ledger import Held
from tenuto.model.rights import Cleared
from tenuto.model.work import Counts, Stage
from tenuto.testing.reporter import Notes
from tests.app.tenuto_command import TODAY, stages, start, tenuto
from tests.audio_files import write_tone
from tests.engine.dask_cluster import dask_cluster, kill_tree
from tests.store.s3_server import CREDENTIALS, S3Server, s3_server

SOUND, BROKEN = 76, 2
CHARACTERISE = ("characterise", "--json", "--progress", "off")


@pytest.fixture(scope="module", autouse=True)
def _credentials() -> Iterator[None]:
    """For this process and all that it starts."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="module")
def acquired(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with everything in quarantine, part of it to become access copies. Take a copy."""
    folder = tmp_path_factory.mktemp("acquired")
    kinds = [".flac", ".wav", ".mp3", ".opus"]
    for number in range(SOUND):
        path = folder / "music" / f"{number:03}{kinds[number % 4]}"
        write_tone(path, seconds=0.3 + number / 200, hertz=200 + number, tags=None)
    for number in range(BROKEN):
        (folder / "music" / f"broken-{number}.flac").write_bytes(b"fLaC\0\0\0\x22" + bytes(5000 + number))
    (folder / "music" / "rights.toml").write_text('version = 1\nstatement = "CC0-1.0"\n')
    archive = init(folder / "archive", "tones")
    (archive.root / "tenuto.toml").write_text('[plan]\nbudget = "2MB"\n[rank]\nsynthetic_seed = 7\n')
    archive = open_archive(archive.root)
    with archive.writing("test") as ledger:
        harvest(archive, ledger, folder_source(folder / "music", "music", 100), Notes())
        catalogue.build(archive, ledger, Notes())
        plan.plan(archive, ledger, Notes())
        intake.acquire_only(archive, ledger, Notes())
    return archive.root


@pytest.fixture(scope="module")
def expected(acquired: Path, tmp_path_factory: pytest.TempPathFactory) -> "Outcome":
    """One process on this machine."""
    root = copied(acquired, tmp_path_factory.mktemp("expected"))
    tenuto(root, *CHARACTERISE, jobs=1, expect=4)
    found = outcome(root)
    tiers = {holding.tier for holding, _, _ in found[0]}
    assert len(tiers) == 2, "originals and access copies"
    return found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("s3")) as started:
        yield started


Outcome = tuple[list[Held], dict[str, bytes], Counts]


def copied(archive: Path, folder: Path, **store: str) -> Path:
    shutil.copytree(archive, folder / "archive")
    with (folder / "archive" / "tenuto.toml").open("a") as file:
        file.write("[store]\n" + "".join(f'{key} = "{value}"\n' for key, value in store.items()))
        file.write("retry_seconds = 2\n")
    return folder / "archive"


def outcome(root: Path, objects: Mapping[str, bytes] | None = None) -> Outcome:
    """All that the ledger knows of what is held, every object's bytes, and the stage's totals."""
    archive = open_archive(root)
    if objects is None:
        files = (path for path in archive.objects.rglob("*") if path.is_file())
        objects = {path.relative_to(archive.objects).as_posix(): path.read_bytes() for path in files}
    torn = {name for name, data in objects.items() if sha256(data).hexdigest() != name.rpartition("/")[2]}
    assert torn == set()
    with archive.ledger(read_only=True) as ledger:
        return list(ledger.all_held()), dict(objects), ledger.counts(Stage.CHARACTERISE)


def in_bucket(server: S3Server, prefix: str) -> dict[str, bytes]:
    files = server.files(prefix)
    objects = {
        name.removeprefix("objects/"): data for name, data in files.items() if name.startswith("objects/")
    }
    assert objects.keys() == {name.removeprefix("objects/") for name in files}, "no quarantine is left behind"
    return objects


def done(root: Path) -> int:
    with open_archive(root).ledger(read_only=True) as ledger:
        return ledger.counts(Stage.CHARACTERISE).done


def disturbed(root: Path, *words: str, trouble: Callable[[], None], expect: int) -> str:
    """Runs the command, and makes trouble when the first results have reached the ledger; its stderr."""
    with start(root, *CHARACTERISE, *words) as process:
        while done(root) == 0 and process.poll() is None:
            time.sleep(0.01)
        trouble()
        _, err = process.communicate(timeout=100)
    assert "Traceback" not in err, err
    assert process.returncode == expect, err
    return err


def test_two_processes(acquired: Path, expected: Outcome, tmp_path: Path) -> None:
    root = copied(acquired, tmp_path)
    tenuto(root, *CHARACTERISE, jobs=2, expect=4)
    assert outcome(root) == expected


def test_a_cluster_on_a_shared_file_system_that_loses_its_scheduler(
    acquired: Path, expected: Outcome, tmp_path: Path
) -> None:
    """The run ends with exit code 5; the next one, on this machine, goes on where it stopped."""
    root = copied(acquired, tmp_path)
    with (root / "tenuto.toml").open("a") as file:
        file.write("[work]\npatience = 1\n")
    with dask_cluster(tmp_path) as cluster:
        words = ("--engine", cluster.url)
        lost = disturbed(root, *words, trouble=lambda: kill_tree(cluster.processes[0]), expect=5)
        assert "the scheduler doesn't answer for 1 s" in lost
    before = done(root)
    assert 0 < before < SOUND
    found = stages(tenuto(root, *CHARACTERISE, jobs=2, expect=4))["characterise"]
    assert (found["done"], found["skipped"], found["failed"]) == (SOUND - before, before, BROKEN)
    assert outcome(root) == expected
    assert not list(root.glob("quarantine/work-*"))


def test_local_processes_with_a_bucket(
    acquired: Path, expected: Outcome, server: S3Server, tmp_path: Path
) -> None:
    root = copied(acquired, tmp_path, url="s3://bucket/local", endpoint=server.endpoint)
    tenuto(root, *CHARACTERISE, jobs=2, expect=4)
    assert outcome(root, in_bucket(server, "local")) == expected
    assert not any(path.is_file() for path in (root / "objects").rglob("*"))


def test_a_cluster_with_a_bucket_whose_server_and_workers_are_lost(
    acquired: Path, expected: Outcome, server: S3Server, tmp_path: Path
) -> None:
    """The workers see nothing of the archive's folder: another working directory, no path in common."""
    root = copied(acquired, tmp_path, url="s3://bucket/cluster", endpoint=server.endpoint)
    with dask_cluster(tmp_path) as cluster:
        words = ("--engine", cluster.url)
        lost = disturbed(root, *words, trouble=server.stop, expect=5)
        assert "the object server fails" in lost
        assert CREDENTIALS["AWS_SECRET_ACCESS_KEY"] not in lost
        server.start()
        before = done(root)
        assert 0 < before < SOUND
        with start(root, *CHARACTERISE, *words) as process:
            while done(root) == before and process.poll() is None:
                time.sleep(0.01)
            kill_tree(cluster.processes[random.choice((1, 2))])
            process.communicate(timeout=100)
        assert process.returncode == 4
    tenuto(root, *CHARACTERISE, jobs=2, expect=4)  # unlike S3, this server may tear an upload that is cut
    assert outcome(root, in_bucket(server, "cluster")) == expected
    told = b"".join(path.read_bytes() for path in root.rglob("*") if path.is_file())
    assert CREDENTIALS["AWS_SECRET_ACCESS_KEY"].encode() not in told
    assert CREDENTIALS["AWS_ACCESS_KEY_ID"].encode() not in told


def test_what_needs_objects_as_files_says_so(
    acquired: Path, server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Publishing works from the ledger and puts its papers into the bucket; seeding would need the files."""
    root = copied(acquired, tmp_path, url="s3://bucket/refused", endpoint=server.endpoint)
    monkeypatch.setenv("TENUTO_PLAN_BUDGET", "100kB")
    tenuto(root, "run", "--date", TODAY, "--progress", "off", jobs=2, expect=4)
    held, objects, _ = outcome(root, in_bucket(server, "refused"))
    assert len(objects) > len({holding.object for holding, _, _ in held}) > 0
    with start(root, "seed") as process:
        _, err = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "this needs the objects as files, and they are in a bucket" in err
    with View(open_archive(root)) as view:
        cleared = Cleared(held[0][0].recording, "CC0-1.0", ())
        assert view.playable(cleared) is None
