"""Listens that ListenBrainz itself has summed: answers of its popularity API, and sitewide statistics.

They say how many listened, never who: nothing can be capped, and the spread over listeners isn't known.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec

from tenuto.formats.text import canonical, clean
from tenuto.model.errors import BadInputError
from tenuto.model.ids import SourceKey, SourceName
from tenuto.model.ports import Reporter
from tenuto.model.source import Entity, Identifier, Listens, RejectedRow, Scheme, SourceRow
from tenuto.sources.dumps import Overlong, Stream, lines, open_dump, whole

_MBID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ENTITIES: Final = {
    "recording_mbid": (Entity.LISTENS, ("recording_name", "track_name")),
    "release_mbid": (Entity.RELEASE, ("release_name",)),
    "artist_mbid": (Entity.ARTIST, ("artist_name", "name")),
}
"""What an entry counts, by the first of these members that it has, and where the name of that stands."""

_COUNTS: Final = ("total_listen_count", "listen_count")
_LISTS: Final = ("data", "recordings", "releases", "artists")
_PERSONAL: Final = {"user_id", "user_name"}
_LIMIT: Final = 2**24
"""Bytes of one document: decoded, it takes some twenty times as much."""

_LATEST: Final = 253_402_214_400
"""9999-12-31, in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """What is said of one recording, release or artist; or `fault`, why nothing can be said."""

    members: dict[str, Any]
    window: str = ""
    fault: str = ""


def popularity_rows(
    name: SourceName, paths: list[Path], reporter: Reporter
) -> Iterator[SourceRow | RejectedRow]:
    """One row an entry. Each line of a `.jsonl` file is a document, and all of a `.json` file is one."""
    ordinal = 0
    for path in paths:
        reporter.phase(f"read {path.name}", total_bytes=path.stat().st_size)
        for where, entry in _read(path, reporter):
            yield _item(name, ordinal, where, entry)
            ordinal += 1


def _item(name: SourceName, ordinal: int, where: str, entry: _Entry) -> SourceRow | RejectedRow:
    if entry.fault:
        return RejectedRow(name, ordinal, where, entry.fault)
    try:
        return _row(name, ordinal, entry)
    except BadInputError as error:
        return RejectedRow(name, ordinal, where, str(error))


def _read(path: Path, reporter: Reporter) -> Iterator[tuple[str, _Entry]]:
    """(where, entry)."""
    number = 0
    try:
        with open_dump(path, reporter) as stream:
            documents = [(1, _all(stream))] if path.suffix == ".json" else lines(stream, limit=_LIMIT)
            for number, document in documents:
                for place, entry in enumerate(_entries(document), 1):
                    yield f"{path.name}:{number}: entry {place}", entry
    except BadInputError as error:
        yield f"{path.name}:{number}", _Entry({}, fault=str(error))


def _all(stream: Stream) -> bytes:
    data = b""
    while chunk := stream.read():
        data += chunk
        if len(data) > _LIMIT:
            raise BadInputError(f"a document longer than {_LIMIT} bytes; give it as lines (.jsonl)")
    return data


def _entries(document: bytes | Overlong) -> Iterator[_Entry]:
    """The entries of lists, and of documents around them, which may say a window."""
    try:
        pending: list[tuple[object, str]] = [(msgspec.json.decode(whole(document)), "")]
    except (BadInputError, msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        yield _Entry({}, fault=f"not JSON ({error})")
        return
    while pending:
        value, window = pending.pop()
        if isinstance(value, list):
            pending += [(each, window) for each in reversed(value)]
        elif not isinstance(value, dict):
            yield _Entry({}, fault="neither an entry nor a list of entries")
        elif _PERSONAL & value.keys() or str(value.get("type", "")).startswith("user"):
            yield _Entry({}, fault="counts of single listeners never enter an archive; give sitewide ones")
        elif isinstance(payload := value.get("payload"), dict):
            pending.append((payload, window))
        elif within := next((value[name] for name in _LISTS if isinstance(value.get(name), list)), None):
            pending.append((within, _window(value.get("from_ts"), value.get("to_ts"))))
        else:
            yield _Entry(value, window)


def _window(first: object, last: object) -> str:
    """ISO 8601, the day after the last as its end; empty unless both times are told."""
    if not (isinstance(first, int) and isinstance(last, int) and 0 <= first <= last < _LATEST):
        return ""
    after = datetime.fromtimestamp(last, UTC).date() + timedelta(days=1)
    return f"{datetime.fromtimestamp(first, UTC).date()}/{after}"


def _row(source: SourceName, ordinal: int, entry: _Entry) -> SourceRow:
    members = entry.members
    member = next((name for name in _ENTITIES if name in members), None)
    if member is None:
        raise BadInputError("it counts no recording, release or artist")
    entity, names = _ENTITIES[member]
    mbid = _text(members, member).lower()
    title = next((found for name in names if (found := clean(_text(members, name)))), "")
    artist = title if entity is Entity.ARTIST else clean(_text(members, "artist_name"))
    known = _MBID.fullmatch(mbid) is not None
    if not known and not (title and artist):
        raise BadInputError("it says neither by MBID nor by name what it counts")
    return SourceRow(
        source,
        ordinal,
        entity,
        SourceKey(mbid if known else f"{artist}\n{title}".casefold()),
        _raw(members),
        title=title,
        artist=artist,
        release=clean(_text(members, "release_name")) if entity is Entity.LISTENS else "",
        identifiers=(Identifier(Scheme.MBID, mbid),) if known else (),
        listens=_listens(members, entry.window),
    )


def _listens(members: dict[str, Any], window: str) -> Listens | None:
    count = next((members[name] for name in _COUNTS if members.get(name) is not None), None)
    listeners = members.get("total_user_count")
    if count is None:
        return None
    for number in (count, 0 if listeners is None else listeners):
        if type(number) is not int or not 0 <= number < 2**53:
            raise BadInputError(f"{str(number)[:40]!r} is no count")
    return Listens(float(count), "listens", window, listeners=listeners)


def _raw(members: dict[str, Any]) -> str:
    try:
        return canonical(members)
    except (ValueError, RecursionError) as error:
        raise BadInputError(f"no canonical JSON can hold it ({error})") from error


def _text(members: dict[str, Any], name: str) -> str:
    value = members.get(name)
    return value if isinstance(value, str) else ""
