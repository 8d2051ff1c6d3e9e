"""A mirror's folder (docs/formats/mirror.md)."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import rfc8785

from tenuto.formats.edition import read_edition
from tenuto.fsync import atomic_write_bytes
from tenuto.model.edition import EditionSummary
from tenuto.model.errors import BadInputError, LockedError, NotFoundError, UsageError
from tenuto.pointers import read_pointer

MIRROR = "mirror.json"
FORMAT = "tenuto-mirror-1"


class _MirrorFile(msgspec.Struct, frozen=True):
    format: str
    url: str


@dataclass(frozen=True, slots=True)
class MirrorFolder:
    """Paths below `root`; opens nothing by itself."""

    root: Path

    @property
    def state(self) -> Path:
        """What the TUF client trusts so far: without it, an old edition would pass for the newest."""
        return self.root / "state"

    @property
    def editions(self) -> Path:
        return self.root / "editions"

    @property
    def volumes(self) -> Path:
        """Whole, checked and durable, each under the name of its torrent."""
        return self.root / "volumes"

    @property
    def incoming(self) -> Path:
        """What is being fetched; not trusted."""
        return self.root / "incoming"

    @property
    def held(self) -> Path:
        return self.root / "held.sqlite"

    @property
    def key(self) -> Path:
        """The mirror's own private key, with which it proves what it holds."""
        return self.root / "mirror.pem"

    def current(self) -> tuple[Path, EditionSummary]:
        """The folder and the summary of the newest edition. `NotFoundError` before the first one."""
        newest = read_pointer(self.editions)
        if newest is None or not (self.editions / newest / "edition.json").is_file():
            raise NotFoundError("no edition yet", where=str(self.root), remedy="tenuto mirror URL DIR")
        folder = self.editions / newest
        return folder, read_edition((folder / "edition.json").read_bytes())

    def url(self) -> str:
        """The archive that it mirrors. `NotFoundError` where the folder is no mirror."""
        try:
            found = msgspec.json.decode((self.root / MIRROR).read_bytes(), type=_MirrorFile)
        except FileNotFoundError:
            raise NotFoundError(
                f"no mirror (no {MIRROR})", where=str(self.root), remedy="Make one with `tenuto mirror`"
            ) from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise BadInputError(f"{MIRROR} can't be read: {error}", where=str(self.root)) from None
        return found.url


@contextmanager
def open_mirror(root: Path, url: str) -> Iterator[MirrorFolder]:
    """Lays the folder out, or opens it again, for one writer.

    `UsageError` where it holds other things, or another archive's mirror; `LockedError`.
    """
    folder = MirrorFolder(root)
    if not (root / MIRROR).exists() and root.exists() and any(root.iterdir()):
        raise UsageError("the folder holds other things", where=str(root), remedy="Name a new or empty one")
    for each in (folder.state, folder.editions, folder.volumes, folder.incoming):
        each.mkdir(parents=True, exist_ok=True)
    with _lock(root):
        if not (root / MIRROR).exists():
            document = rfc8785.dumps(msgspec.to_builtins(_MirrorFile(FORMAT, url)))
            atomic_write_bytes(root / MIRROR, document)
        if folder.url() != url:
            raise UsageError(
                f"it mirrors {folder.url()}", where=str(root), remedy="Give that URL, or another folder"
            )
        yield folder


@contextmanager
def _lock(root: Path) -> Iterator[None]:
    """flock(2): the kernel drops it when its holder dies."""
    descriptor = os.open(root / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise LockedError(
            "another process updates this mirror", where=str(root), remedy="Wait until it has ended"
        ) from None
    finally:
        os.close(descriptor)
