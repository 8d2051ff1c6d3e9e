"""What every `ObjectStore` must do, and one in memory that behaves like the real ones.

An adapter's test subclasses `ObjectStoreContract` and gives it a `store` fixture.
"""

import io
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import pytest

from tenuto.formats.digests import digests_of
from tenuto.model.errors import BadInputError, FixityError, NotFoundError
from tenuto.model.ids import Sha256
from tenuto.model.objects import ObjectDigests
from tenuto.model.ports import LocalPaths, ObjectStore

ABSENT = Sha256("0" * 64)
CONTENT = bytes(range(256)) * 100


class MemoryStore:
    """An `ObjectStore` without a disk. `opened` lists every object that was opened, in order."""

    def __init__(self) -> None:
        self._objects: dict[Sha256, bytes] = {}
        self.opened: list[Sha256] = []

    def put(self, source: Path, digests: ObjectDigests) -> None:
        """Reads `source`, which is gone afterwards."""
        if not source.is_file():
            raise BadInputError("nothing to put there", where=str(source), remedy="Fetch it again")
        data = source.read_bytes()
        if len(data) != digests.length:
            raise FixityError(
                f"{len(data)} bytes where {digests.length} were hashed",
                where=str(source),
                remedy="Fetch it again",
            )
        self._objects.setdefault(digests.sha256, data)
        source.unlink()

    def open(self, object_id: Sha256) -> BinaryIO:
        """For reading. `NotFoundError`."""
        self.opened.append(object_id)
        return io.BytesIO(self._get(object_id))

    def __contains__(self, object_id: Sha256) -> bool:
        return object_id in self._objects

    def length(self, object_id: Sha256) -> int:
        """Bytes. `NotFoundError`."""
        return len(self._get(object_id))

    def _get(self, object_id: Sha256) -> bytes:
        try:
            return self._objects[object_id]
        except KeyError:
            raise NotFoundError("no such object", where=object_id, remedy="Put it first") from None


class ObjectStoreContract:
    """The suite. Each test quotes the sentence of `ports.ObjectStore` that it proves."""

    @staticmethod
    def _file(folder: Path, data: bytes) -> Path:
        folder.mkdir(exist_ok=True)
        path = folder / f"incoming-{len(list(folder.iterdir()))}"
        path.write_bytes(data)
        return path

    def test_what_was_put_is_read_back(self, store: ObjectStore, tmp_path: Path) -> None:
        """Immutable bytes named by their SHA-256."""
        data = bytes(range(256)) * 5000
        source = self._file(tmp_path / "in", data)
        digests = digests_of(data)
        assert digests.sha256 not in store
        store.put(source, digests)
        assert digests.sha256 in store
        assert store.length(digests.sha256) == len(data)
        with store.open(digests.sha256) as file:
            assert sha256(file.read()).hexdigest() == digests.sha256

    def test_the_source_is_gone_afterwards(self, store: ObjectStore, tmp_path: Path) -> None:
        """Takes `source` over (it is gone afterwards)."""
        source = self._file(tmp_path / "in", b"abc")
        store.put(source, digests_of(b"abc"))
        assert not source.exists()

    def test_putting_again_is_a_success(self, store: ObjectStore, tmp_path: Path) -> None:
        """Putting what is there already is a success and changes nothing."""
        for _ in range(2):
            source = self._file(tmp_path / "in", b"abc")
            store.put(source, digests_of(b"abc"))
            assert not source.exists()
        with store.open(digests_of(b"abc").sha256) as file:
            assert file.read() == b"abc"

    def test_what_is_not_there_is_not_found(self, store: ObjectStore) -> None:
        """`NotFoundError` if it isn't there."""
        assert ABSENT not in store
        with pytest.raises(NotFoundError):
            store.open(ABSENT)
        with pytest.raises(NotFoundError):
            store.length(ABSENT)

    def test_a_cut_source_is_refused(self, store: ObjectStore, tmp_path: Path) -> None:
        """The caller has read and hashed it: a file of another length isn't what was hashed."""
        source = self._file(tmp_path / "in", b"ab")
        digests = digests_of(b"abc")
        with pytest.raises(FixityError):
            store.put(source, digests)
        assert digests.sha256 not in store

    def test_a_missing_source_is_one_clear_error(self, store: ObjectStore, tmp_path: Path) -> None:
        """Before `put` returns, the bytes aren't there at all."""
        digests = digests_of(b"abc")
        with pytest.raises(BadInputError):
            store.put(tmp_path / "nothing", digests)
        assert digests.sha256 not in store


class LocalPathsContract:
    """What every `LocalPaths` must do, for stores that are one. `local` has just been given `CONTENT`."""

    def test_the_path_leads_to_the_object(self, local: LocalPaths) -> None:
        """The object's file."""
        path = local.path(digests_of(CONTENT).sha256)
        assert path.name == digests_of(CONTENT).sha256
        assert path.read_bytes() == CONTENT

    def test_nobody_may_write_to_it(self, local: LocalPaths) -> None:
        """Never to be written to."""
        assert not local.path(digests_of(CONTENT).sha256).stat().st_mode & 0o222

    @pytest.mark.parametrize(
        "name", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 63 + "/", "0" * 64 + "\n"]
    )
    def test_what_is_no_digest_leads_nowhere(self, local: LocalPaths, name: str) -> None:
        with pytest.raises(NotFoundError):
            local.path(Sha256(name))
