"""The JSON dumps: `release.tar.xz`, `recording.tar.xz`, `artist.tar.xz`, one document a line.

`recording.tar.xz` holds only what is on no release; every other recording stands in its releases' tracks.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from tenuto.model.errors import BadInputError
from tenuto.model.ids import SourceName
from tenuto.model.ports import Reporter
from tenuto.model.source import RejectedRow, SourceRow
from tenuto.sources.dumps import Stream, lines, members, open_dump, printable, strict_text, whole
from tenuto.sources.musicbrainz import ws2
from tenuto.sources.musicbrainz.rows import OnRelease, RowBuilder

ENTITIES: Final = ("release", "recording", "artist")
"""Whose dumps are read, in this order."""

_SCHEMA, _SCHEMA_NUMBER = "JSON_DUMPS_SCHEMA_NUMBER", b"1"

Document = TypeVar("Document")
Item = SourceRow | RejectedRow
Entry = tuple[int, Callable[[int], Iterator[Item]]]
"""How many items a line gives, and what makes them, given the first one's ordinal."""


class DocumentDumps:
    """Rows of JSON dumps, archive by archive, line by line; a release first, then its tracks."""

    def __init__(self, source: SourceName, paths: Sequence[Path], *, genres: bool) -> None:
        self._source, self._paths = source, paths
        self._builder = RowBuilder(source, genres=genres)

    def rows(self, reporter: Reporter, *, start: int = 0) -> Iterator[Item]:
        """Lines before `start` are decoded, for a release's line gives as many rows as it has tracks."""
        ordinal = 0
        for path in self._paths:
            for size, make in self._entries(path, reporter):
                if ordinal + size > start:
                    for item in make(ordinal):
                        if item.ordinal >= start:
                            yield item
                ordinal += size

    def _entries(self, path: Path, reporter: Reporter) -> Iterator[Entry]:
        """What is wrong with the archive as a whole is its last reject."""
        entity, found = path.name.partition(".")[0], False
        read = {"release": self._release, "recording": self._recording, "artist": self._artist}[entity]
        try:
            with open_dump(path, reporter) as archive:
                for name, member in members(archive, {f"mbdump/{entity}", _SCHEMA}):
                    if name == _SCHEMA:
                        _check_schema(member)
                    else:
                        found = True
                        yield from self._lines(member, read)
            if not found:
                yield self._reject(path.name, f"no mbdump/{entity} in the archive", "fetch the dump again")
        except BadInputError as error:
            yield self._reject(error.where, error.what, error.remedy or "fetch the dump again")

    def _lines(self, member: Stream, read: Callable[[bytes, str], Entry]) -> Iterator[Entry]:
        for number, line in lines(member):
            if not line or line == b"\r":
                continue
            where = f"{member.where}:{number}"
            try:
                strict_text(whole(line))
                yield read(whole(line), where)
            except _FAULTS as error:
                yield self._reject(where, _said(error), "mend the line", printable(line))

    def _recording(self, line: bytes, _: str) -> Entry:
        recording = _decoded(line, ws2.decode_recording)
        return 1, lambda ordinal: iter((self._builder.recording(ordinal, recording),))

    def _artist(self, line: bytes, _: str) -> Entry:
        artist = _decoded(line, ws2.decode_artist)
        return 1, lambda ordinal: iter((self._builder.artist(ordinal, artist),))

    def _release(self, line: bytes, where: str) -> Entry:
        release = _decoded(line, ws2.decode_release)
        tracks = [(medium.position, raw) for medium in release.media or () for raw in ws2.tracks_of(medium)]

        def make(ordinal: int) -> Iterator[Item]:
            yield self._builder.release(ordinal, release)
            on = OnRelease(release)
            for place, (disc, raw) in enumerate(tracks, 1):
                yield self._track(ordinal + place, bytes(raw), on, disc or None, f"{where}, track {place}")

        return 1 + len(tracks), make

    def _track(self, ordinal: int, raw: bytes, on: OnRelease, disc: int | None, where: str) -> Item:
        try:
            return self._builder.track(ordinal, _decoded(raw, ws2.decode_track), on, disc)
        except _FAULTS as error:
            return RejectedRow(self._source, ordinal, where, f"{_said(error)}; mend the line", printable(raw))

    def _reject(self, where: str, what: str, remedy: str, raw: str = "") -> Entry:
        return 1, lambda ordinal: iter((RejectedRow(self._source, ordinal, where, f"{what}; {remedy}", raw),))


_FAULTS: Final = (msgspec.MsgspecError, ValueError, RecursionError, BadInputError)
_members: Final = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def _said(error: Exception) -> str:
    return error.what if isinstance(error, BadInputError) else f"not a document of this kind ({error})"


def _decoded(line: bytes, decode: Callable[[bytes], Document]) -> Document:
    """Raises one of `_FAULTS`; a name that stands twice in an object is one, for which value counts?"""
    found = _members(line)
    # Written without spaces, as the dumps are, a document is as long as its members, unless a name repeats.
    length = 1 + sum(len(name) + 4 + len(memoryview(value)) for name, value in found.items())
    if length != len(line):
        json.loads(line, object_pairs_hook=_unrepeated)
    return decode(line)


def _unrepeated(pairs: list[tuple[str, Any]]) -> None:
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        repeated = next(name for name in names if names.count(name) > 1)
        raise BadInputError(f"the name {repeated[:80]!r} stands twice in one object")


def _check_schema(member: Stream) -> None:
    number = member.read(16).strip()
    if number != _SCHEMA_NUMBER:
        raise BadInputError(
            f"written in JSON schema {number.decode('ascii', 'replace')}, which isn't known",
            where=member.where,
            remedy="use a newer Tenuto; what could be understood was read",
        )
