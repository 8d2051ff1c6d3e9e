"""Objects in S3-compatible storage, and a quarantine there that workers on other machines reach."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from tenuto.model.errors import FixityError, NotFoundError
from tenuto.model.ids import Sha256
from tenuto.model.objects import ObjectDigests
from tenuto.store.bucket import Bucket, BucketAddress, read_content
from tenuto.store.names import check_length, object_path

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_OBJECTS: Final = "objects"
_QUARANTINE: Final = "quarantine"
_PAGE: Final = 1000


class S3Store:
    """An `ObjectStore` below `objects/` of a bucket's prefix. Specified in docs/formats/objects.md."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def __contains__(self, object_id: Sha256) -> bool:
        try:
            self.length(object_id)
        except NotFoundError:
            return False
        return True

    def length(self, object_id: Sha256) -> int:
        """Bytes; one request. `NotFoundError`."""
        return self._bucket.length(_name(object_id))

    def open(self, object_id: Sha256) -> BinaryIO:
        """For reading from beginning to end, streamed. `NotFoundError`."""
        blocks = self._bucket.blocks(_name(object_id))
        first = next(blocks, memoryview(b""))  # so that what isn't there shows now
        return io.BufferedReader(_Stream(first, blocks))

    def put(self, source: Path, digests: ObjectDigests) -> None:
        """Uploads `source`, proves that it is there, and removes it. `FixityError`, `NetworkError`."""
        self.upload(source, digests)
        source.unlink()

    def upload(self, source: Path, digests: ObjectDigests) -> None:
        """As `put`, and leaves `source` where it is."""
        check_length(source, digests)
        content = read_content(source)
        if content.sha256 != digests.sha256:
            remedy = "The file changed after hashing: fetch it again"
            raise FixityError("not the bytes that were hashed", where=str(source), remedy=remedy)
        self._bucket.send(source, _name(digests.sha256), content)


@dataclass(frozen=True, slots=True)
class Sent:
    """A file in the bucket's quarantine."""

    name: str
    sha256: Sha256
    """Of what was sent, so that a worker works on no other bytes."""


class S3Quarantine:
    """Files that wait for workers, below `quarantine/` of a bucket's prefix."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def send(self, path: Path) -> Sent:
        """Uploads the file under its own name. `BadInputError`, `NetworkError`."""
        content = read_content(path)
        self._bucket.send(path, f"{_QUARANTINE}/{path.name}", content)
        return Sent(path.name, content.sha256)

    def fetch(self, sent: Sent, destination: Path) -> None:
        """`NotFoundError`, `FixityError`, `NetworkError`."""
        self._bucket.fetch(f"{_QUARANTINE}/{sent.name}", destination, sent.sha256)

    def drop(self, sent: Iterable[Sent]) -> None:
        """Those that nobody needs any more."""
        self._bucket.drop([f"{_QUARANTINE}/{each.name}" for each in sent])

    def clear(self) -> None:
        """What a run that was killed left behind. Only for the one writer of an archive."""
        names = self._bucket.names(_QUARANTINE)
        while page := list(islice(names, _PAGE)):
            self._bucket.drop(page)


@lru_cache(maxsize=4)
def open_bucket(address: BucketAddress) -> Bucket:
    """The one of this process: connections are kept."""
    return Bucket(address)


def _name(object_id: Sha256) -> str:
    return f"{_OBJECTS}/{object_path(object_id)}"


class _Stream(io.RawIOBase):
    """Blocks as a file that can be read once."""

    def __init__(self, first: memoryview, rest: Iterator[memoryview]) -> None:
        super().__init__()
        self._waiting, self._rest = first, rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        if not self._waiting:
            self._waiting = next(self._rest, self._waiting)
        target = memoryview(buffer)
        count = min(len(target), len(self._waiting))
        target[:count] = self._waiting[:count]
        self._waiting = self._waiting[count:]
        return count
