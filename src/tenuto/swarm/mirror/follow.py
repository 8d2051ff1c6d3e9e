"""Follows an archive's signed metadata as a TUF client, and brings an edition's papers in.

Source: The Update Framework specification 1.0, section 5 (python-tuf's `ngclient`); docs/formats/metadata.md.
The folder of an edition is a TUF repository of its own; the client's state is kept from edition to edition.
"""

import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import quote

from httpx2 import codes
from tuf.api.exceptions import (
    BadVersionNumberError,
    DownloadError,
    DownloadHTTPError,
    DownloadLengthMismatchError,
    ExpiredMetadataError,
    LengthOrHashMismatchError,
    RepositoryError,
    UnsignedMetadataError,
)
from tuf.api.metadata import (  # type: ignore[attr-defined]  # re-exported without `__all__`
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
)
from tuf.ngclient.config import UpdaterConfig
from tuf.ngclient.updater import Updater

from tenuto.formats.paths import path_fault, split_path
from tenuto.fsync import fsync_directory, make_folders, publish
from tenuto.model.errors import FixityError, NetworkError, SpaceError, TenutoError, UsageError
from tenuto.model.ids import EditionId
from tenuto.model.ports import Reporter
from tenuto.swarm.mirror.fetch import HttpFetcher

LONGEST_ROLE: Final = 64 * 2**20
"""Bytes of one metadata file: far above what 86 million recordings need."""

MOST_ROLES: Final = 4096
_POINTER: Final = re.compile(r"(e[0-9]{4,9})\n?")
_ROLE: Final = re.compile(r"[a-z0-9-]{1,64}\.json")
_TAKEN: Final = frozenset({"root.json", "timestamp.json", "snapshot.json"})
_LONGEST_POINTER: Final = 16
_SPARE_BYTES: Final = 64 * 2**20

_CONFIG: Final = UpdaterConfig(
    targets_max_length=LONGEST_ROLE, snapshot_max_length=LONGEST_ROLE, prefix_targets_with_hash=False
)


def newest_edition(url: str, fetcher: HttpFetcher) -> EditionId:
    """What the archive's unsigned pointer names; it only says where to look."""
    with explained(f"{url}/current"):
        data = fetcher.download_bytes(f"{url}/current", _LONGEST_POINTER)
    match = _POINTER.fullmatch(data.decode("ascii", "replace"))
    if match is None:
        raise NetworkError(
            "no edition's name stands there",
            where=f"{url}/current",
            remedy="Give the URL of the archive's editions",
        )
    return EditionId(match[1])


def optional_file(url: str, fetcher: HttpFetcher, longest: int) -> bytes | None:
    """An unsigned file, if it is there; at most so many bytes. `NetworkError`, `FixityError` for more."""
    with explained(url):
        try:
            return fetcher.download_bytes(url, longest)
        except DownloadHTTPError as error:
            if error.status_code == codes.NOT_FOUND:
                return None
            raise


def first_root(url: str, fetcher: HttpFetcher) -> bytes:
    """The root metadata that the server offers; to be trusted only when its owner says so."""
    place = f"{url}/{newest_edition(url, fetcher)}/metadata/1.root.json"
    with explained(place):
        return fetcher.download_bytes(place, _CONFIG.root_max_length)


def fingerprint(root: bytes) -> str:
    """To compare with what the archive states elsewhere: the root role's key ids, and the file's SHA-256."""
    with explained("root metadata"):
        role = Metadata[Root].from_bytes(root).signed
        keys = ", ".join(sorted(role.roles[Root.type].keyids))
    return f"root keys {keys}; SHA-256 of 1.root.json {sha256(root).hexdigest()}"


def check_roles(names: Iterable[str], where: str) -> None:
    """`FixityError` for more roles than an archive has, or a file name that is unsafe or taken."""
    for number, name in enumerate(names):
        if number >= MOST_ROLES or not _ROLE.fullmatch(name) or name in _TAKEN:
            raise FixityError(f"no role may be signed as {name!r}", where=where, remedy=_NOT_THERE)


class Follower:
    """The TUF client of one mirror for one edition's folder. Everything that it hands out is verified."""

    def __init__(
        self, url: str, edition: EditionId, state: Path, fetcher: HttpFetcher, trusted: bytes | None
    ) -> None:
        """`trusted`: root metadata to begin with; None: what `state` has. `UsageError` where it has none."""
        if trusted is None and not (state / "root.json").exists():
            raise UsageError(
                "nothing says which keys to trust",
                where=url,
                remedy="Give the archive's 1.root.json with --root, or --trust-first-use after reading its "
                "fingerprint",
            )
        self._base, self._state, self._fetcher = f"{url}/{edition}", state, fetcher
        with explained(self._base):
            self._updater = Updater(
                str(state),
                f"{self._base}/metadata/",
                target_base_url=f"{self._base}/",
                fetcher=fetcher,
                config=_CONFIG,
                bootstrap=trusted,
            )
            self._updater.refresh()
            self._snapshot = Metadata[Snapshot].from_file(str(state / "snapshot.json")).signed
            self._consistent = Metadata[Root].from_file(str(state / "root.json")).signed.consistent_snapshot

    def bring(self, target: Path, former: Path | None, reporter: Reporter) -> None:
        """The whole folder of the edition, with its metadata, to `target`, which appears when it is whole.

        Files that `former` (an older edition here) has too are linked, not fetched. `FixityError` where what
        comes isn't what was signed, `NetworkError`, `SpaceError`.
        """
        building = target.with_name(f".{target.name}.part")
        building.mkdir(exist_ok=True)
        self._bring_roles(building / "metadata")
        files = list(self._files())
        reporter.phase("edition", items=len(files), total_bytes=sum(file.length for file in files))
        self._require_space(building, files)
        for file in files:
            self._bring_file(file, building, former)
            reporter.advance(done_bytes=file.length)
        strays = {p for p in building.rglob("*") if p.is_file() and p.parent != building / "metadata"}
        for stray in strays - {building / file.path for file in files}:
            stray.unlink()  # of an attempt at this number before the archive renewed its metadata
        fsync_directory(building)
        old = target.with_name(f".{target.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        if target.exists():  # the same edition, before the archive renewed its metadata
            target.rename(old)
        building.rename(target)
        fsync_directory(target.parent)
        shutil.rmtree(old, ignore_errors=True)

    def paper(self, path: str, scratch: Path) -> bytes:
        """One file of the edition, without bringing the others. `FixityError`, `NetworkError`."""
        return self.fetch(path, scratch).read_bytes()

    def fetch(self, path: str, scratch: Path) -> Path:
        """The same as a file, until the next one is fetched into `scratch`."""
        with explained(f"{self._base}/{path}"):
            found = self._updater.get_targetinfo(path)
            if found is None:
                raise FixityError("nobody signed for this file", where=f"{self._base}/{path}")
            return Path(self._updater.download_target(found, str(scratch / "paper")))

    def is_as_signed(self, folder: Path) -> bool:
        """Whether this edition, with the metadata of now, is in `folder` already."""
        stamp = folder / "metadata" / "timestamp.json"
        return stamp.is_file() and stamp.read_bytes() == (self._state / "timestamp.json").read_bytes()

    def _bring_roles(self, folder: Path) -> None:
        """All metadata under the names that they are published with."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        check_roles(self._snapshot.meta, self._base)
        for name, meta in self._snapshot.meta.items():
            published = self._published(name, meta.version)
            _write(folder / published, self._fitting(name, meta, published))
        snapshot = self._published("snapshot.json", self._snapshot.version)
        _write(folder / snapshot, (self._state / "snapshot.json").read_bytes())
        for root in (self._state / "root_history").iterdir():
            _write(folder / root.name, root.read_bytes())
        _write(folder / "timestamp.json", (self._state / "timestamp.json").read_bytes())
        fsync_directory(folder)

    def _published(self, name: str, version: int) -> str:
        """The name of a role's file on the server (TUF, 6.2)."""
        return f"{version}.{name}" if self._consistent else name

    def _fitting(self, name: str, meta: MetaFile, published: str) -> bytes:
        """A role's file as the snapshot promises it: the one in the state, or the archive's."""
        kept = self._kept(name)
        if kept.is_file():
            data = kept.read_bytes()
            if _fits(meta, data):
                return data
        place = f"{self._base}/metadata/{quote(published)}"
        with explained(place):
            data = self._fetcher.download_bytes(place, min(meta.length or LONGEST_ROLE, LONGEST_ROLE))
            meta.verify_length_and_hashes(data)
        _write(kept, data)
        return data

    def _files(self) -> Iterator[TargetFile]:
        """Every file that the archive vouches for, by path. `FixityError` where a role oversteps."""
        paths: set[str] = set()
        for name in self._snapshot.meta:
            with explained(name):
                role = Metadata[Targets].from_file(str(self._kept(name))).signed
            paths |= role.targets.keys()
        for path in sorted(paths):
            with explained(self._base):
                found = self._updater.get_targetinfo(path)
            if found is None:
                raise FixityError(f"a role vouches for {path!r} that may not", where=self._base)
            if path_fault(split_path(path)) or PurePosixPath(path).parts[0] == "metadata":
                raise FixityError(f"an unsafe name is signed: {path!r}", where=self._base)
            yield found

    def _bring_file(self, file: TargetFile, building: Path, former: Path | None) -> None:
        target = building / file.path
        make_folders(target.parent)
        if target.is_file() and _holds(file, target):
            return
        target.unlink(missing_ok=True)
        if former is not None and (former / file.path).is_file() and _holds(file, former / file.path):
            target.hardlink_to(former / file.path)
            return
        temporary = self._state / "download"
        with explained(f"{self._base}/{file.path}"):
            self._updater.download_target(file, str(temporary))
        publish(temporary, target)

    def _require_space(self, building: Path, files: list[TargetFile]) -> None:
        needed, free = sum(file.length for file in files), shutil.disk_usage(building).free
        if free < needed + _SPARE_BYTES:
            raise SpaceError(
                f"{needed:,} bytes of indexes and torrents, {free:,} free", where=str(building.parent)
            )

    def _kept(self, name: str) -> Path:
        """Where `ngclient` keeps a role's file."""
        return self._state / f"{quote(name.removesuffix('.json'), '')}.json"


def _write(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".{path.name}.part")
    temporary.write_bytes(data)
    publish(temporary, path)


def _fits(meta: MetaFile, data: bytes) -> bool:
    try:
        meta.verify_length_and_hashes(data)
    except LengthOrHashMismatchError:
        return False
    return True


def _holds(file: TargetFile, path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            file.verify_length_and_hashes(stream)
    except LengthOrHashMismatchError:
        return False
    return True


@contextmanager
def explained(where: str) -> Iterator[None]:
    """What the TUF client found wrong, as a sentence for the mirror's keeper."""
    try:
        yield
    except (RepositoryError, DownloadError, ValueError, KeyError) as error:
        raise _explained(error, where) from error


def _explained(error: Exception, where: str) -> TenutoError:
    for kind, (wrong, what, remedy) in _MEANINGS.items():
        if isinstance(error, kind):
            return wrong(f"{what} ({error})", where=where, remedy=remedy)
    return FixityError(f"the signed metadata doesn't hold ({error})", where=where, remedy=_NOT_THERE)


_NOT_THERE: Final = "Nothing was taken over; ask the archive, or mirror from another server of its"
_MEANINGS: Final[dict[type[Exception], tuple[type[TenutoError], str, str]]] = {
    BadVersionNumberError: (
        FixityError,
        "older metadata than this mirror has seen already: a rollback",
        _NOT_THERE,
    ),
    ExpiredMetadataError: (
        FixityError,
        "the metadata has expired: this server stands still, or the archive hasn't renewed it",
        _NOT_THERE,
    ),
    UnsignedMetadataError: (FixityError, "not signed by the keys that this mirror trusts", _NOT_THERE),
    LengthOrHashMismatchError: (
        FixityError,
        "what came isn't what was signed: mixed editions, or a file was exchanged",
        _NOT_THERE,
    ),
    DownloadLengthMismatchError: (FixityError, "more bytes came than were signed", _NOT_THERE),
    DownloadHTTPError: (NetworkError, "the server hasn't what it should have", "Try again later"),
    DownloadError: (NetworkError, "the server can't be reached or broke off", "Try again later"),
}
"""By what went wrong; the first that fits. docs/mirror.md has the list for people."""
