"""A prefix of an S3-compatible bucket: what was uploaded is proved to be there, and errors are ours."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import obstore
from obstore import exceptions
from obstore.store import S3Store as Client

from tenuto.fsync import space_or
from tenuto.model.errors import BadInputError, ConfigurationError, FixityError, NetworkError, NotFoundError
from tenuto.model.ids import Sha256

PART: Final = 16 * 1024 * 1024
"""Files above this many bytes are uploaded in parts of as many (S3 allows 10,000 parts)."""


@dataclass(frozen=True, slots=True)
class BucketAddress:
    """Where a bucket is. Credentials aren't part of it: obstore takes them from the environment."""

    url: str
    """`s3://bucket/prefix`; the prefix is this archive's alone."""
    endpoint: str = ""
    """Of servers other than Amazon's, `https://host`; "" leaves it to the environment."""
    retry_seconds: int = 120
    """For how long a server that doesn't answer is asked again."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a file holds, from one reading."""

    length: int
    sha256: Sha256
    etags: frozenset[str]
    """The entity tags that S3 servers by convention give to these bytes: MD5, of the whole or of parts."""


class Bucket:
    """One prefix. May be shared by threads; not by processes: open it anew there."""

    def __init__(self, address: BucketAddress) -> None:
        self._url, endpoint = address.url.rstrip("/"), address.endpoint
        parts = urlsplit(self._url)
        if parts.scheme != "s3" or not parts.hostname or parts.netloc != parts.hostname or parts.query:
            raise ConfigurationError(
                "store.url is no bucket",
                remedy="Write s3://BUCKET/PREFIX, and credentials into the environment",
            )
        seconds = timedelta(seconds=address.retry_seconds)
        self._client = Client(
            parts.hostname,
            prefix=parts.path.strip("/") or None,
            client_options={"allow_http": True, "connect_timeout": timedelta(seconds=5)},
            retry_config={
                "max_retries": 10 * address.retry_seconds,
                "retry_timeout": seconds,
                "backoff": {"max_backoff": timedelta(seconds=2)},
            },
            config={"endpoint": endpoint} if endpoint else {},
        )

    def length(self, name: str) -> int:
        """Bytes. `NotFoundError`."""
        with self._errors(name):
            return obstore.head(self._client, name)["size"]

    def send(self, source: Path, name: str, content: Content) -> None:
        """Uploads the file, unless it is there already; returns when the server is proved to hold its bytes.

        Readers see all of it or nothing. `FixityError` where the server holds other bytes than were sent.
        """
        if self._holds(name, content):
            return
        with self._errors(name):
            obstore.put(self._client, name, source, use_multipart=content.length > PART, chunk_size=PART)
        if not self._holds(name, content):
            raise FixityError(
                "the server holds other bytes than were sent",
                where=f"{self._url}/{name}",
                remedy="Check its disks, and run again",
            )

    def _holds(self, name: str, content: Content) -> bool:
        """By length and entity tag; where the tag is of another kind, the bytes are read back."""
        try:
            with self._errors(name):
                found = obstore.head(self._client, name)
        except NotFoundError:
            return False
        if found["size"] != content.length:
            return False  # no S3 server shows half an upload, but one that died may leave it behind
        if (found["e_tag"] or "").strip('"') in content.etags:
            return True
        digest = hashlib.sha256()
        for block in self.blocks(name):
            digest.update(block)
        return digest.hexdigest() == content.sha256

    def fetch(self, name: str, destination: Path, sha256: Sha256) -> None:
        """Downloads to `destination`. `NotFoundError`, `FixityError` where other bytes came."""
        digest = hashlib.sha256()
        try:
            with destination.open("wb") as file:
                for block in self.blocks(name):
                    digest.update(block)
                    file.write(block)
        except OSError as error:
            raise space_or(error, destination.parent) from error
        if digest.hexdigest() != sha256:
            remedy = "Run again; the file is sent anew then"
            raise FixityError("other bytes came than were sent", where=f"{self._url}/{name}", remedy=remedy)

    def blocks(self, name: str) -> Iterator[memoryview]:
        """The bytes as they come, some MiB at a time. `NotFoundError` at the first."""
        with self._errors(name):
            for block in obstore.get(self._client, name).stream(min_chunk_size=1 << 20):
                yield memoryview(block)

    def names(self, prefix: str) -> Iterator[str]:
        """All below `prefix`, streamed, in ascending order as S3 lists them."""
        with self._errors(prefix):
            for page in obstore.list(self._client, prefix):
                yield from (found["path"] for found in page)

    def drop(self, names: list[str]) -> None:
        """Those that aren't there are no error."""
        with self._errors(names[0] if names else ""):
            obstore.delete(self._client, names)

    @contextmanager
    def _errors(self, name: str) -> Iterator[None]:
        where = f"{self._url}/{name}"
        try:
            yield
        except FileNotFoundError:
            remedy = "Check store.url and store.endpoint, or run `tenuto acquire` to bring it in again"
            raise NotFoundError("no such object", where=where, remedy=remedy) from None
        except (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError):
            raise ConfigurationError(
                "the server refuses our credentials",
                where=where,
                remedy="Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of who may read and write there",
            ) from None
        except (exceptions.BaseError, OSError) as error:
            raise NetworkError(
                f"the object server fails: {_reason(error)}",
                where=where,
                remedy="Run again when it answers; what is done stays done",
            ) from None


def read_content(path: Path) -> Content:
    """Reads the file once. `BadInputError` where it can't be read."""
    length, sha256 = 0, hashlib.sha256()
    whole, parts = hashlib.md5(usedforsecurity=False), []
    try:
        with path.open("rb") as file:
            while block := file.read(PART):
                length += len(block)
                sha256.update(block)
                whole.update(block)
                parts.append(hashlib.md5(block, usedforsecurity=False).digest())
    except OSError as error:
        remedy = "Fetch it again"
        raise BadInputError(f"can't be read: {error.strerror}", where=str(path), remedy=remedy) from error
    of_parts = hashlib.md5(b"".join(parts), usedforsecurity=False)
    etags = frozenset({whole.hexdigest(), f"{of_parts.hexdigest()}-{len(parts)}"})
    return Content(length, Sha256(sha256.hexdigest()), etags)


def _reason(error: Exception) -> str:
    """The first line, without the request's particulars and the dump of the library's inner state."""
    line = str(error).partition("\n")[0]
    return line.partition(" - ")[2].partition(":")[0] or line
