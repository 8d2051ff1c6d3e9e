"""An archive is a folder; this is its layout (docs/formats/archive.md) and who opens what in it."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tenuto.app import config as configuration
from tenuto.app.config import Config
from tenuto.app.lock import writer_lock
from tenuto.engine import DaskEngine, Engine, LocalEngine
from tenuto.fsync import atomic_write_bytes
from tenuto.ledger import SqliteLedger
from tenuto.model.errors import ConfigurationError, NotFoundError, UsageError
from tenuto.model.ports import ObjectStore
from tenuto.store import BucketAddress, LocalStore, S3Store, open_bucket

CONFIGURATION = "tenuto.toml"
FOLDERS = (
    "harvest",
    "catalogue",
    "plans",
    "objects",
    "quarantine",
    "editions",
    "keys",
    "cache",
    "duplicates",
    "health",
)
LOCAL_ENGINE = "local"

_TEMPLATE = """# Settings of this archive; `tenuto config show --origin` lists all of them.
[archive]
name = "{name}"
"""


class Archive:
    """Paths and configuration of one archive; opens nothing by itself."""

    def __init__(self, root: Path, config: Config) -> None:
        self.root, self.config = root, config
        self.harvest, self.catalogue, self.plans = (root / name for name in FOLDERS[:3])
        self.objects, self.quarantine, self.editions = (root / name for name in FOLDERS[3:6])
        self.keys, self.cache, self.duplicates, self.health = (root / name for name in FOLDERS[6:])

    @property
    def name(self) -> str:
        return self.config.text("archive.name")

    @property
    def synthetic_seed(self) -> int | None:
        """The seed from which listens are drawn, or None where they are counted."""
        seed = self.config.number("rank.synthetic_seed")
        return seed if seed >= 0 else None

    def ledger(self, *, read_only: bool = False) -> SqliteLedger:
        return SqliteLedger(self.root / "ledger.sqlite", read_only=read_only)

    @property
    def bucket(self) -> BucketAddress | None:
        """Where the objects are, or None where they are files of the archive."""
        url = self.config.text("store.url")
        if not url:
            return None
        return BucketAddress(
            url, self.config.text("store.endpoint"), self.config.number("store.retry_seconds")
        )

    def store(self) -> ObjectStore:
        return S3Store(open_bucket(self.bucket)) if self.bucket else LocalStore(self.objects)

    def local_store(self) -> LocalStore:
        """For who needs objects as files. `ConfigurationError` where they are in a bucket."""
        if self.bucket:
            raise ConfigurationError(
                "this needs the objects as files, and they are in a bucket (store.url)",
                where=self.bucket.url,
                remedy="Copy the bucket's objects folder to objects/ of an archive without store.url "
                "(docs: Clusters)",
            )
        return LocalStore(self.objects)

    def engine(self) -> Engine:
        """Where `characterise` works. `ConfigurationError`."""
        url = self.config.text("work.engine")
        if url == LOCAL_ENGINE:
            return LocalEngine(self.config.jobs)
        return DaskEngine(url, self.config.number("work.patience"))

    @contextmanager
    def writing(self, command: str) -> Iterator[SqliteLedger]:
        """The writer lock and the ledger, for the length of a command."""
        with writer_lock(self.root / "lock", command), self.ledger() as ledger:
            yield ledger


def init(root: Path, name: str | None) -> Archive:
    """Lays out an archive. Doing it again changes nothing; a folder with other things in it is refused."""
    if root.exists() and not root.is_dir():
        raise UsageError("a file stands there", where=str(root), remedy="Name a new or empty folder")
    if root.is_dir() and not (root / CONFIGURATION).exists() and any(root.iterdir()):
        raise UsageError(
            "the folder holds other things", where=str(root), remedy="Name a new or empty folder"
        )
    root.mkdir(parents=True, exist_ok=True)
    for folder in FOLDERS:
        (root / folder).mkdir(exist_ok=True, mode=0o700 if folder == "keys" else 0o755)
    if not (root / CONFIGURATION).exists():
        text = _TEMPLATE.format(name=_archive_name(name or root.resolve().name))
        atomic_write_bytes(root / CONFIGURATION, text.encode())
    archive = open_archive(root)
    archive.ledger().close()
    return archive


def open_archive(root: Path | None, flags: Mapping[str, configuration.Value] | None = None) -> Archive:
    """The archive at `root`, or else the nearest one around the working directory. `NotFoundError`."""
    found = root if root is not None else _around(Path.cwd())
    if found is None or not (found / CONFIGURATION).is_file():
        raise NotFoundError(
            f"no archive here ({CONFIGURATION} is missing)",
            where=str(found or Path.cwd()),
            remedy="Give --archive DIR, or make one with `tenuto init DIR`",
        )
    return Archive(found, configuration.load(found, flags or {}, os.environ))


def _around(start: Path) -> Path | None:
    return next((folder for folder in (start, *start.parents) if (folder / CONFIGURATION).is_file()), None)


def _archive_name(text: str) -> str:
    name = "".join(c if c.isascii() and c.isalnum() else "-" for c in text.lower()).strip("-")[:40]
    if not name:
        raise ConfigurationError(
            f"{text!r} gives no usable archive name", remedy="Give --name with letters a-z"
        )
    return name
