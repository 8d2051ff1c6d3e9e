"""Audio in Debian packages that the operator names, fetched through the system's apt."""

import shutil
import tarfile
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, Final, cast

from tenuto.formats import deb, dep5
from tenuto.formats.text import percent_path
from tenuto.model.errors import BadInputError, ConfigurationError
from tenuto.model.ids import SourceKey, SourceName
from tenuto.model.ports import Reporter
from tenuto.model.rights import Evidence, EvidenceKind
from tenuto.model.source import Access, Location, RejectedRow, SourceDescription, SourceRow
from tenuto.sources.apt import Apt, Archive, Archives
from tenuto.sources.audio_row import AudioFile, audio_row
from tenuto.sources.kinds import MAGIC_LENGTH, MEDIA_TYPES, extension, media_type
from tenuto.sources.prose import licence_statement
from tenuto.sources.quiet import Quiet
from tenuto.sources.tags import Tags, read_tags

_SPOOLED: Final = 8 * 2**20
"""Bytes of one file that are held in memory while its tags are read; more goes to a temporary file."""

_COPYRIGHT_LIMIT: Final = 4 * 2**20

Witness = Callable[[bytes], Evidence | None]
"""From an installed path to what the package's copyright file says of it."""


class DebianSource:
    """The packages in alphabetical order, each package's audio in its own order.

    Keys are `<package>/<percent-encoded path>`: without the version, so that an update keeps ids.
    """

    def __init__(
        self,
        name: SourceName,
        packages: Sequence[str],
        cache: Path,
        *,
        priority: int = 100,
        apt: Apt | None = None,
    ) -> None:
        if not packages:
            raise ConfigurationError("no package is named", where=name, remedy="Name at least one")
        self._name, self._packages, self._priority = name, sorted(set(packages)), priority
        self._cache, self._apt, self._at_hand = cache, apt or Apt(cache), Archives()

    def prepare(self, reporter: Reporter, *, refresh: bool = False) -> None:
        """Brings the packages into the cache. Raises the first package's error when none could be had."""
        self._at_hand = self._apt.archives(self._packages, reporter, refresh=refresh)
        if not self._at_hand.found:
            raise next(iter(self._at_hand.faults.values()))

    def describe(self) -> SourceDescription:
        """`version` names each package's version, or says that it is missing."""
        held = self._prepared(Quiet()).found
        versions = (
            f"{each}_{held[each].name.version}" if each in held else f"{each} missing"
            for each in self._packages
        )
        settings: dict[str, str | list[str]] = {
            "packages": self._packages,
            "cache": str(self._cache.resolve()),
        }
        version = ", ".join(versions)
        return SourceDescription(
            self._name, "debian", self._priority, version, settings=settings, keys_are_recordings=False
        )

    def rows(self, reporter: Reporter, *, start: int = 0) -> Iterator[SourceRow | RejectedRow]:
        return islice(self._rows(reporter), start, None)

    def _rows(self, reporter: Reporter) -> Iterator[SourceRow | RejectedRow]:
        at_hand = self._prepared(reporter)
        ordinal = 0
        for package in self._packages:
            if package in at_hand.faults:
                yield RejectedRow(self._name, ordinal, package, str(at_hand.faults[package]))
                ordinal += 1
                continue
            for row in self._package_rows(at_hand.found[package], ordinal):
                yield row
                ordinal += 1

    def _prepared(self, reporter: Reporter) -> Archives:
        if not self._at_hand.found:
            self.prepare(reporter)
        return self._at_hand

    def _package_rows(self, archive: Archive, start: int) -> Iterator[SourceRow | RejectedRow]:
        """A damaged package yields what could be read of it, then one reject."""
        ordinal = start
        try:
            witness = _witness(archive)
            with archive.path.open("rb") as file:
                for member, data in deb.members(file, archive.path.name):
                    row = self._member_row(archive, member, data, witness, ordinal)
                    if row is not None:
                        yield row
                        ordinal += 1
        except BadInputError as error:
            yield RejectedRow(self._name, ordinal, archive.path.name, str(error))

    def _member_row(
        self, archive: Archive, member: tarfile.TarInfo, data: BinaryIO | None, witness: Witness, ordinal: int
    ) -> SourceRow | RejectedRow | None:
        path = deb.installed_path(member)
        name = path.rpartition(b"/")[2].decode("utf-8", "surrogateescape")
        if data is None or not member.size:
            if extension(name) not in MEDIA_TYPES or member.isdir():
                return None
            where = f"{archive.name.package}/{percent_path(path)}"
            return RejectedRow(self._name, ordinal, where, _unusable(member))
        kind, tags = _read(data, name)
        if kind is None:
            return None
        evidence = witness(path)
        audio = _audio_file(archive, member, name, kind, (evidence,) if evidence else ())
        return audio_row(self._name, ordinal, audio, tags)


def _audio_file(
    archive: Archive, member: tarfile.TarInfo, name: str, kind: str, stated: tuple[Evidence, ...]
) -> AudioFile:
    package, path = archive.name.package, percent_path(deb.installed_path(member))
    uri = f"deb:{package}/{archive.name.version}/{path}"
    location = Location(uri, Access.HELD, member.size, media_type=kind)
    return AudioFile(path, name, SourceKey(f"{package}/{path}"), package, member.size, location, stated)


def _read(data: BinaryIO, name: str) -> tuple[str | None, Tags]:
    """(media type, tags) of a member; (None, no tags) when it isn't audio."""
    head = data.read(MAGIC_LENGTH)
    kind = media_type(name, head)
    if kind is None:
        return None, Tags()
    with SpooledTemporaryFile(max_size=_SPOOLED) as spool:
        spool.write(head)
        shutil.copyfileobj(data, spool)
        spool.seek(0)
        return kind, read_tags(cast("BinaryIO", spool), name)


def _unusable(member: tarfile.TarInfo) -> str:
    if member.issym() or member.islnk():
        return (
            "a link, which is never followed; the file itself has a row of its own if it is in this package"
        )
    return "the file is empty (0 bytes)" if member.isreg() else "not a regular file"


def _witness(archive: Archive) -> Witness:
    """Evidence from the package's copyright file: by stanza where it is machine-readable, else prose."""
    inner = f"usr/share/doc/{archive.name.package}/copyright"
    origin = f"deb:{archive.name.package}/{archive.name.version}/{inner}"
    text = _text_member(archive, inner.encode())
    if text is None:
        return lambda _path: None
    try:
        parsed = dep5.parse(text)
    except dep5.NotMachineReadable:
        prose = Evidence(EvidenceKind.FREE_TEXT, licence_statement(text), origin)
        return lambda _path: prose
    return lambda path: parsed.evidence_for(path.decode("utf-8", "surrogateescape"), origin)


def _text_member(archive: Archive, wanted: bytes) -> str | None:
    with archive.path.open("rb") as file:
        for member, data in deb.members(file, archive.path.name):
            if data is not None and deb.installed_path(member) == wanted:
                return data.read(_COPYRIGHT_LIMIT).decode("utf-8", "replace")
    return None
