"""What is particular to objects as files."""

import errno
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tenuto.formats.digests import digests_of
from tenuto.fsync import publish
from tenuto.model.errors import FixityError, NotFoundError, SpaceError
from tenuto.model.ids import Sha256
from tenuto.store import LocalStore, digest_file

ABC = digests_of(b"abc")


def incoming(tmp_path: Path, data: bytes = b"abc") -> Path:
    path = tmp_path / "incoming"
    path.write_bytes(data)
    return path


def test_the_layout(tmp_path: Path) -> None:
    """objects.md, clauses 10 and 11."""
    store = LocalStore(tmp_path / "objects")
    store.put(incoming(tmp_path), ABC)
    path = tmp_path / "objects" / "ba" / "78" / ABC.sha256
    assert store.path(ABC.sha256) == path
    assert stat.S_IMODE(path.stat().st_mode) == 0o444
    assert list(store.objects()) == [ABC.sha256]


def test_an_object_is_never_overwritten(tmp_path: Path) -> None:
    """objects.md, clause 11; architecture.md, invariant 1."""
    store = LocalStore(tmp_path / "objects")
    store.put(incoming(tmp_path), ABC)
    before = store.path(ABC.sha256).stat()
    store.put(incoming(tmp_path), ABC)
    after = store.path(ABC.sha256).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_an_object_of_another_length_is_a_fixity_error(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "objects")
    store.put(incoming(tmp_path), ABC)
    path = store.path(ABC.sha256)
    path.chmod(0o644)
    path.write_bytes(b"ab")
    source = incoming(tmp_path)
    with pytest.raises(FixityError):
        store.put(source, ABC)
    assert source.exists(), "the sound copy stays where it is"


def test_another_file_system_is_copied_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """objects.md, clause 12."""
    real = publish

    def across(temporary: Path, path: Path, *, mode: int) -> None:
        if temporary.name == "incoming":
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        real(temporary, path, mode=mode)

    monkeypatch.setattr("tenuto.store.local.publish", across)
    store = LocalStore(tmp_path / "objects")
    source = incoming(tmp_path)
    store.put(source, ABC)
    assert not source.exists()
    assert store.path(ABC.sha256).read_bytes() == b"abc"
    assert stat.S_IMODE(store.path(ABC.sha256).stat().st_mode) == 0o444
    assert [path.name for path in store.path(ABC.sha256).parent.iterdir()] == [ABC.sha256]


def test_a_full_disk_is_a_space_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tenuto.store.local.publish", full)
    store = LocalStore(tmp_path / "objects")
    source = incoming(tmp_path)
    with pytest.raises(SpaceError):
        store.put(source, ABC)
    assert source.exists()
    assert ABC.sha256 not in store


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "ab"])
def test_only_digests_are_names(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFoundError):
        LocalStore(tmp_path).path(Sha256(name))


PUTTING = """
import sys
from pathlib import Path
from tenuto.store import LocalStore, local
from tenuto.formats.digests import digests_of
if sys.argv[2] == "copying":
    real = local.publish
    def across(temporary, path, *, mode):
        if temporary.name == "incoming":
            raise OSError(18, "EXDEV")
        real(temporary, path, mode=mode)
    local.publish = across
root = Path(sys.argv[1])
print("ready", flush=True)
for number in range(10**6):
    data = b"%d" % number * 20_000
    (root / "incoming").write_bytes(data)
    LocalStore(root / "objects").put(root / "incoming", digests_of(data))
"""


@pytest.mark.parametrize("way", ["moving", "copying"])
@pytest.mark.parametrize("delay", [0.02, 0.11, 0.23])
def test_a_kill_leaves_no_half_object(tmp_path: Path, delay: float, way: str) -> None:
    """objects.md, clause 12: after `kill -9`, whatever bears an object's name is whole."""
    with subprocess.Popen(
        [sys.executable, "-c", PUTTING, str(tmp_path), way], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(delay)
        os.kill(process.pid, signal.SIGKILL)
    store = LocalStore(tmp_path / "objects")
    store.sweep()
    files = [path for path in (tmp_path / "objects").rglob("*") if path.is_file()]
    assert all(digest_file(path).sha256 == path.name for path in files)
    assert len(files) == len(list(store.objects()))
