"""One file of a package: its digests checked, then what is known of it as a source row."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import BinaryIO, Final

from tenuto.formats.package import PackagedRecording
from tenuto.formats.text import clean, percent_path
from tenuto.model.errors import BadInputError
from tenuto.model.ids import Sha256, SourceKey, SourceName
from tenuto.model.rights import Evidence
from tenuto.model.source import Access, Identifier, Location, RejectedRow, Scheme, SourceRow
from tenuto.sources.audio_row import AudioFile, audio_row, release_home
from tenuto.sources.identifiers import isrc_code
from tenuto.sources.kinds import MAGIC_LENGTH, media_type
from tenuto.sources.tags import read_tags
from tenuto.sources.tree import Entry, open_entry, unreadable

Making = Callable[[int], SourceRow | RejectedRow]
"""Makes the item with this ordinal. What lies before the ordinal that a harvest goes on from isn't made."""

_MBID: Final = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CHUNK: Final = 1 << 20
_REMEDY: Final = "restore it from another copy of the package and harvest again"


@dataclass(frozen=True, slots=True)
class Member:
    """A content file of a package. `stated`: digests by algorithm, lower-case hexadecimal."""

    entry: Entry
    name: str
    """What it is called, where that isn't how it is stored (OCFL's logical path)."""
    key: str
    """Percent-encoded; the row's."""
    stated: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Package:
    """A package's folder, and the source that it is read for."""

    source: SourceName
    root: bytes

    def reject(self, where: str, what: str) -> Making:
        """Damage, named."""
        return lambda ordinal: RejectedRow(self.source, ordinal, where, what)

    def audio_type(self, member: Member) -> str | None:
        """Its media type; None for what is no audio, or can't be read."""
        try:
            with open_entry(self.root, member.entry) as file:
                return media_type(member.name, file.read(MAGIC_LENGTH))
        except OSError:
            return None

    def damage(self, member: Member) -> str:
        """What is wrong with a file; empty where its digests are as stated."""
        try:
            with open_entry(self.root, member.entry) as file:
                _proved(file, member.stated)
        except (BadInputError, OSError) as error:
            return _said(error)
        return ""

    def audio(
        self, member: Member, kind: str, evidence: tuple[Evidence, ...], told: PackagedRecording | None
    ) -> Making:
        """The row of an audio file, or its damage. `told`: what the package's own documents say of it."""

        def make(ordinal: int) -> SourceRow | RejectedRow:
            try:
                return self._row(ordinal, member, kind, evidence, told)
            except (BadInputError, OSError) as error:
                return RejectedRow(self.source, ordinal, percent_path(member.entry.path), _said(error))

        return make

    def _row(
        self,
        ordinal: int,
        member: Member,
        kind: str,
        evidence: tuple[Evidence, ...],
        told: PackagedRecording | None,
    ) -> SourceRow:
        if not member.entry.status.st_size:
            raise BadInputError("the file is empty (0 bytes)", remedy="replace it from its origin")
        with open_entry(self.root, member.entry) as file:
            sha256 = _proved(file, member.stated)
            file.seek(0)
            tags = read_tags(file, member.name)
        path, length = percent_path(member.entry.path), member.entry.status.st_size
        location = Location(
            f"folder:{self.source}/{path}", Access.HELD, length, sha256=sha256, media_type=kind
        )
        audio = AudioFile(
            path,
            member.name,
            SourceKey(member.key),
            release_home(member.key.rpartition("/")[0]),
            length,
            location,
            evidence,
            package=told,
        )
        row = audio_row(self.source, ordinal, audio, tags)
        return _with(row, told) if told else row


def _with(row: SourceRow, told: PackagedRecording) -> SourceRow:
    """What the package says goes before what the file's tags say; evidence of both counts."""
    return replace(
        row,
        title=clean(told.title) or row.title,
        artist=clean(told.artist) or row.artist,
        release=clean(told.release) or row.release,
        year=told.year if told.year is not None else row.year,
        genre=clean(told.genre) or row.genre,
        identifiers=tuple(dict.fromkeys((*row.identifiers, *_identifiers(told)))),
        evidence=tuple(dict.fromkeys((*row.evidence, *told.rights.evidence))),
    )


def _identifiers(told: PackagedRecording) -> Iterator[Identifier]:
    """Those that name recordings and have their scheme's form."""
    for each in told.identifiers:
        if each.scheme is Scheme.ISRC and (code := isrc_code(each.value)):
            yield Identifier(Scheme.ISRC, code)
        elif each.scheme is Scheme.MBID and _MBID.fullmatch(each.value):
            yield each


def _proved(file: BinaryIO, stated: Mapping[str, str]) -> Sha256:
    """The file's SHA-256. `BadInputError` where one of the stated digests isn't the file's."""
    found = {name: hashlib.new(name, usedforsecurity=False) for name in {*stated, "sha256"}}
    while data := file.read(_CHUNK):
        for digest in found.values():
            digest.update(data)
    for name, wanted in stated.items():
        if found[name].hexdigest() != wanted:
            raise BadInputError(
                f"damaged: its {name} is {found[name].hexdigest()}, stated is {wanted}", remedy=_REMEDY
            )
    return Sha256(found["sha256"].hexdigest())


def _said(error: BadInputError | OSError) -> str:
    return unreadable(error) if isinstance(error, OSError) else f"{error.what}; {error.remedy}"
