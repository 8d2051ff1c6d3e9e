"""The source row of one audio file, whether it lies in a folder or in a package."""

import re
from dataclasses import dataclass
from typing import Final

import msgspec

from tenuto.formats.package import PackagedRecording
from tenuto.formats.text import canonical, clean
from tenuto.model.ids import SourceKey, SourceName
from tenuto.model.rights import Evidence
from tenuto.model.source import Entity, Location, SourceRow
from tenuto.sources.described import Described, describe
from tenuto.sources.tags import Tags

_DISC_FOLDER: Final = re.compile(r"/?(?:cd|disc|disk)[ _-]?(?:%20)?\d{1,2}$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AudioFile:
    """What is known of a file besides its tags. `path` is percent-encoded, `name` its last part as text."""

    path: str
    name: str
    key: SourceKey
    home: str
    """What its release is told apart by where its tags name no release artist: folder or package."""
    length: int
    location: Location
    stated: tuple[Evidence, ...] = ()
    """Evidence from outside the file."""
    cover: str = ""
    namesake: str = ""
    """Another file beside it whose name differs only in case or Unicode form, percent-encoded."""
    package: PackagedRecording | None = None
    """What the package that it came in says of it."""


def audio_row(source: SourceName, ordinal: int, file: AudioFile, tags: Tags) -> SourceRow:
    """Fields from the tags; evidence from outside the file first."""
    told = describe(tags, clean(_stem(file.name)))
    return SourceRow(
        source,
        ordinal,
        Entity.RECORDING,
        file.key,
        _raw(file, tags),
        title=told.title,
        artist=told.artist,
        release=told.release,
        release_key=_release_key(told, file.home),
        release_artist=told.release_artist,
        disc_number=told.disc_number,
        track_number=told.track_number,
        year=told.year,
        duration_ms=tags.duration_ms,
        genre=told.genre,
        label=told.label,
        identifiers=told.identifiers,
        evidence=file.stated + told.evidence,
        location=file.location,
    )


def release_home(folder: str) -> str:
    """A folder, percent-encoded, without a last component that only numbers a disc (`CD 1`)."""
    return _DISC_FOLDER.sub("", folder)


def _release_key(told: Described, home: str) -> SourceKey | None:
    """Equal for the files of one release: its title with its artist, or else with where it lies."""
    if not told.release:
        return None
    beside = f"by {told.release_artist.casefold()}" if told.release_artist else f"in {home}"
    return SourceKey(f"{told.release.casefold()}\n{beside}")


def _stem(name: str) -> str:
    stem, dot, _ = name.rpartition(".")
    return stem if dot and stem else name


def _raw(file: AudioFile, tags: Tags) -> str:
    """What was found, canonical. Keys without content are left out."""
    found: dict[str, object] = {
        "cover": file.cover,
        "fault": tags.fault,
        "length": file.length,
        "namesake": file.namesake,
        "package": msgspec.to_builtins(file.package),
        "path": file.path,
        "pictures": tags.pictures,
        "tags": tags.found,
        "undecodable": tags.undecodable,
    }
    return canonical({name: value for name, value in found.items() if value})
