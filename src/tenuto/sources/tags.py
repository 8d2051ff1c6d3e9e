"""The tags and the declared duration of one audio file, read with bounds on what a hostile file may cost."""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final, TypeAlias

import mutagen
from mutagen._vorbis import VComment
from mutagen.aac import AAC
from mutagen.aiff import AIFF
from mutagen.apev2 import APEv2
from mutagen.flac import FLAC
from mutagen.id3 import ID3
from mutagen.monkeysaudio import MonkeysAudio
from mutagen.mp3 import MP3
from mutagen.mp4 import MP4, MP4Tags
from mutagen.musepack import Musepack
from mutagen.oggflac import OggFLAC
from mutagen.oggopus import OggOpus
from mutagen.oggspeex import OggSpeex
from mutagen.oggvorbis import OggVorbis
from mutagen.trueaudio import TrueAudio
from mutagen.wave import WAVE
from mutagen.wavpack import WavPack

from tenuto.formats.text import clean, decode, percent_path, repair
from tenuto.sources.tag_names import ID3_FRAMES, MP4_ATOMS, PICTURES, SYNONYMS
from tenuto.sources.vorbis_comment import raw_comments

Untyped: TypeAlias = Any
"""An object of mutagen, which has no types."""

_FORMATS: Final = [
    *(MP3, OggVorbis, OggOpus, OggFLAC, OggSpeex, FLAC, AIFF, MP4, WAVE, WavPack, Musepack, MonkeysAudio),
    *(TrueAudio, AAC),
]

READ_LIMIT: Final = 64 * 2**20
"""Bytes that reading one file's tags may read. Tags with more art than that are not read at all."""

VALUES_LIMIT: Final = 100
"""Of one tag, like its artists; a hostile file has a hundred thousand, and every page would show them."""

_RIGHTS: Final = {"license", "copyright"}
"""Never cut short: the last statement may be the one that refuses."""

VALUE_LIMIT: Final = 4096
"""Characters of one tag value that are kept; lyrics and hostile values are cut."""

TOO_LONG: Final = f"a statement of more than {VALUE_LIMIT} characters"
"""Stands for a rights statement that isn't read: no licence is known by this name, so it can't clear."""

_DURATION_LIMIT_S: Final = 7 * 24 * 3600
"""A header that declares more lies; the duration counts as unknown."""


@dataclass(frozen=True, slots=True)
class Tags:
    """What a file says of itself. `values` has one vocabulary (`tag_names`) and cleaned text."""

    values: dict[str, list[str]] = field(default_factory=dict)
    found: list[list[str]] = field(default_factory=list)
    """(name, value) pairs under the file's own names, in its order, pictures left out."""
    undecodable: list[list[str]] = field(default_factory=list)
    """(name, percent-encoded bytes) of values that are not in the encoding that their format asks for."""
    pictures: int = 0
    duration_ms: int | None = None
    fault: str = ""
    """Why tags could not be read; empty when they could."""

    def first(self, name: str) -> str:
        values = self.values.get(name)
        return values[0] if values else ""

    def joined(self, name: str) -> str:
        """Distinct values in order, with `; ` between them."""
        return "; ".join(dict.fromkeys(self.values.get(name, ())))


class _Bounded:
    """A file that refuses to be read without end, with the name that mutagen judges by."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self.name, self._file, self._left = name, file, READ_LIMIT

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(self._left + 1 if size < 0 else min(size, self._left + 1))
        self._left -= len(data)
        if self._left < 0:
            raise mutagen.MutagenError(f"its tags need more than {READ_LIMIT} bytes to read")
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


def read_tags(file: BinaryIO, name: str) -> Tags:
    """Never raises for what is in the file: a fault stands in `Tags.fault`."""
    try:
        parsed = mutagen.File(_Bounded(file, name), options=_FORMATS)
        if parsed is None:
            return Tags(fault="no known audio format")
        pairs = list(_pairs(parsed.tags)) if parsed.tags is not None else []
        originals = _undecodable(file, parsed.tags)
    except Exception as error:  # noqa: BLE001  # a parser fed hostile bytes raises anything; the file stays a row
        return Tags(fault=clean(f"{type(error).__name__}: {error}")[:300])
    return _tags(pairs, originals, _duration_ms(parsed), len(getattr(parsed, "pictures", ())))


def _tags(
    pairs: list[tuple[str, str, str]],
    originals: list[tuple[str, bytes]],
    duration_ms: int | None,
    pictures: int,
) -> Tags:
    mended = {(name, data.decode("utf-8", "replace")): decode(data) for name, data in originals}
    tags = Tags(
        undecodable=[[name, percent_path(data)] for name, data in originals],
        duration_ms=duration_ms,
        pictures=pictures + sum(_is_picture(own) for _, own, _ in pairs),
    )
    for name, own, value in pairs:
        if _is_picture(own):
            continue
        text = mended.get((own, value), value)
        if len(text) > VALUE_LIMIT:
            text = TOO_LONG if name in _RIGHTS else text[:VALUE_LIMIT]
        tags.found.append([own, text.encode("utf-8", "replace").decode()])
        values = tags.values.setdefault(name, [])
        if (len(values) < VALUES_LIMIT or name in _RIGHTS) and (cleaned := clean(repair(text))):
            values.append(cleaned)
    return tags


def _is_picture(own: str) -> bool:
    return own.lower().startswith(PICTURES)


def _pairs(tags: Untyped) -> Iterator[tuple[str, str, str]]:
    """(name in our vocabulary, the file's own name, value)."""
    for kind, read in _READERS:
        if isinstance(tags, kind):
            yield from read(tags)
            return


def _id3(tags: Untyped) -> Iterator[tuple[str, str, str]]:
    for key, frame in tags.items():
        name = ID3_FRAMES.get(key) or ID3_FRAMES.get(key.upper(), key.lower())
        yield from ((name, key, value) for value in _id3_values(frame))


def _id3_values(frame: Untyped) -> list[str]:
    if hasattr(frame, "text"):
        listed = frame.text if isinstance(frame.text, list) else [frame.text]
        return [str(value) for value in listed]
    if hasattr(frame, "url"):
        return [str(frame.url)]
    return [frame.data.decode("ascii", "replace")] if frame.FrameID == "UFID" else [""]


def _mp4(tags: Untyped) -> Iterator[tuple[str, str, str]]:
    for key, values in tags.items():
        listed = values if isinstance(values, list) else [values]
        yield from ((MP4_ATOMS.get(key, key.lower()), key, _mp4_value(value)) for value in listed)


def _mp4_value(value: object) -> str:
    if isinstance(value, tuple):
        return str(value[0])
    return decode(bytes(value)) if isinstance(value, bytes) else str(value)


def _vorbis(tags: Untyped) -> Iterator[tuple[str, str, str]]:
    yield from ((SYNONYMS.get(key.lower(), key.lower()), key, value) for key, value in tags)


def _ape(tags: Untyped) -> Iterator[tuple[str, str, str]]:
    for key, values in tags.items():
        texts = [str(values)] if values.kind else list(values)
        yield from ((SYNONYMS.get(key.lower(), key.lower()), key, text) for text in texts)


_READERS: Final[list[tuple[type, Callable[[Untyped], Iterator[tuple[str, str, str]]]]]] = [
    (ID3, _id3),
    (MP4Tags, _mp4),
    (VComment, _vorbis),
    (APEv2, _ape),
]


def _undecodable(file: BinaryIO, tags: Untyped) -> list[tuple[str, bytes]]:
    """The original bytes of Vorbis comments that are not UTF-8; mutagen has put U+FFFD in their place."""
    if not isinstance(tags, VComment) or not any("\ufffd" in value for _, value in tags):
        return []
    try:
        comments = raw_comments(file)
    except (struct.error, EOFError, mutagen.MutagenError):
        return []
    return [(name, data) for name, data in comments if not _is_utf8(data)]


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _duration_ms(parsed: Untyped) -> int | None:
    seconds = getattr(parsed.info, "length", None)
    if not isinstance(seconds, int | float) or not 0 < seconds <= _DURATION_LIMIT_S:
        return None
    return round(seconds * 1000) or None
