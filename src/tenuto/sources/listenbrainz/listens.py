"""Listens out of a dump's files, in batches of one schema, and what can't be read of them."""

import hashlib
import shutil
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from tenuto.model.errors import BadInputError
from tenuto.model.ports import Reporter
from tenuto.sources import checksums
from tenuto.sources.dumps import CHUNK, Stream, lines, members, open_dump, whole
from tenuto.sources.listenbrainz.aggregate import SCHEMA
from tenuto.sources.listenbrainz.chain import Dump

_ROWS: Final = 2**17
"""Listens in a batch."""

_GROUP_LIMIT: Final = 2**31
"""Uncompressed bytes of one Parquet row group: ListenBrainz aims at a quarter of that."""

_LINE_LIMIT: Final = 2**20
"""Bytes of one listen: ListenBrainz takes no listen of more than 10,240."""

_FAR: Final = 10**12
"""Seconds: thirty thousand years, and no overflow."""

_COLUMNS: Final = {
    "listened_at": "listened_at",
    "user_id": "listener",
    "artist_name": "artist",
    "recording_name": "title",
    "release_name": "release",
    "recording_mbid": "mbid",
}
"""Of a Spark dump's Parquet files; others are passed over."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Listens of one part: a file, or a member of an archive."""

    part: str
    listens: pa.Table


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A listen, or all of a part from here on."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Finished:
    """No more comes of this part."""

    part: str


Read = Iterator[Batch | Unreadable | Finished]


def read_dump(dump: Dump, known: Container[str], scratch: Path, reporter: Reporter) -> Read:
    """All listens of the dump but those of the parts in `known`.

    Parquet can't be read as a stream: a member is copied to `scratch` first. `FixityError` where a file
    isn't what the checksums beside it say.
    """
    for path in dump.files:
        part = path.relative_to(dump.base).as_posix() if path.is_relative_to(dump.base) else path.name
        if part in known:
            continue
        checksums.check(path, checksums.published(path, "SHA256SUMS"), reporter)
        reporter.phase(f"read {path.name}", total_bytes=path.stat().st_size)
        try:
            if path.suffix == ".parquet":
                yield from _parquet(path, part)
            elif path.suffix == ".listens":
                with open_dump(path, reporter) as stream:
                    yield from _json_lines(stream, part)
            else:
                yield from _archive(path, known, scratch, reporter)
        except BadInputError as error:
            yield Unreadable(part, str(error))
        yield Finished(part)


class _Parts:
    """The names of an archive's members that hold listens and aren't known yet."""

    def __init__(self, archive: str, known: Container[str]) -> None:
        self._archive, self._known = archive, known

    def __contains__(self, name: object) -> bool:
        wanted = isinstance(name, str) and name.endswith((".parquet", ".listens"))
        return wanted and f"{self._archive}: {name}" not in self._known


def _archive(path: Path, known: Container[str], scratch: Path, reporter: Reporter) -> Read:
    copy = scratch / "member.parquet"
    with open_dump(path, reporter) as archive:
        for name, member in members(archive, _Parts(archive.where, known)):
            if name.endswith(".listens"):
                yield from _json_lines(member, member.where)
            else:
                with copy.open("wb") as file:
                    shutil.copyfileobj(member, file, CHUNK)
                yield from _parquet(copy, member.where)
                copy.unlink()
            yield Finished(member.where)


def _parquet(path: Path, part: str) -> Read:
    number = 1
    try:
        with pq.ParquetFile(path) as file:
            _check_groups(file)
            for batch in file.iter_batches(batch_size=_ROWS, columns=_present(file)):
                yield Batch(part, _as_schema(batch, number))
                number += len(batch)
    except (pa.ArrowException, OSError, BadInputError) as error:
        what = str(error).splitlines()[0][:200]
        yield Unreadable(f"{part}:{number}", f"the file can't be read from this listen on ({what})")


def _check_groups(file: pq.ParquetFile) -> None:
    metadata = file.metadata
    groups = (metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups))
    if any(size > _GROUP_LIMIT for size in groups):
        raise BadInputError(f"a row group of more than {_GROUP_LIMIT} bytes")


def _present(file: pq.ParquetFile) -> list[str]:
    names = file.schema_arrow.names
    if missing := {"listened_at", "user_id", "artist_name", "recording_name"} - set(names):
        raise BadInputError(f"no column {', '.join(sorted(missing))}")
    return [name for name in _COLUMNS if name in names]


def _as_schema(batch: pa.RecordBatch, number: int) -> pa.Table:
    columns = {_COLUMNS[name]: batch.column(name) for name in batch.schema.names}
    columns["number"] = pa.array(range(number, number + len(batch)), pa.int64())
    return pa.table([_column(columns.get(field.name), field, len(batch)) for field in SCHEMA], schema=SCHEMA)


def _column(values: pa.Array | None, field: pa.Field, length: int) -> pa.Array:
    """Cast where nothing is lost by it; text that isn't UTF-8 becomes null."""
    if values is None:
        return pa.nulls(length, field.type)
    if pa.types.is_timestamp(field.type):
        if not pa.types.is_timestamp(values.type):
            raise BadInputError(f"{field.name} is no time but {values.type}")
        values = values.cast(pa.timestamp(values.type.unit))  # UTC, as it stands
    values = values.cast(field.type, safe=not pa.types.is_timestamp(field.type))
    try:
        values.validate(full=True)
    except pa.ArrowInvalid:
        texts = [_utf8(value) for value in values.cast(pa.binary()).to_pylist()]
        return pa.array(texts, pa.string())
    return values


def _utf8(value: bytes | None) -> str | None:
    try:
        return value.decode() if value is not None else None
    except UnicodeDecodeError:
        return None


_Cells = tuple[int, int | None, int | None, str | None, str | None, str | None, str | None]


class _Track(msgspec.Struct):
    artist_name: object = None
    track_name: object = None
    release_name: object = None
    additional_info: object = None
    mbid_mapping: object = None


class _Listen(msgspec.Struct):
    track_metadata: _Track
    listened_at: int | float | None = None
    timestamp: int | float | None = None
    user_id: int | None = None
    user_name: str | None = None


def _json_lines(stream: Stream, part: str) -> Read:
    decoder, listens = msgspec.json.Decoder(_Listen), list[_Cells]()
    try:
        for number, line in lines(stream, limit=_LINE_LIMIT):
            try:
                listens.append(_cells(number, decoder.decode(whole(line))))
            except (BadInputError, msgspec.MsgspecError, UnicodeError) as error:
                yield Unreadable(f"{part}:{number}", f"not a listen ({error})")
            if len(listens) == _ROWS:
                yield _batch(part, listens)
                listens = []
    except BadInputError:
        yield _batch(part, listens)  # what stands before the damage counts
        raise
    yield _batch(part, listens)


def _cells(number: int, listen: _Listen) -> _Cells:
    """In the order of `SCHEMA`. A recording that ListenBrainz matched goes before the listener's own word."""
    track = listen.track_metadata
    mbid = _member(track.mbid_mapping, "recording_mbid") or _member(track.additional_info, "recording_mbid")
    names = (_text(track.artist_name), _text(track.track_name), _text(track.release_name))
    return (number, _microseconds(listen), _listener(listen), *names, mbid)


def _microseconds(listen: _Listen) -> int | None:
    seconds = listen.timestamp if listen.listened_at is None else listen.listened_at
    return None if seconds is None else int(max(-_FAR, min(seconds, _FAR)) * 1_000_000)


def _listener(listen: _Listen) -> int | None:
    """A number that is the listener's within this dump."""
    if listen.user_id is not None and abs(listen.user_id) < 2**63:
        return listen.user_id
    name = (listen.user_name or "").encode()
    return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), signed=True) if name else None


def _member(members: object, name: str) -> str | None:
    return _text(members.get(name)) if isinstance(members, dict) else None


def _text(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    value.encode()
    return value


def _batch(part: str, listens: list[_Cells]) -> Batch:
    columns = zip(*listens, strict=True) if listens else ((),) * len(SCHEMA)
    arrays = [pa.array(values, field.type) for values, field in zip(columns, SCHEMA, strict=True)]
    return Batch(part, pa.table(arrays, schema=SCHEMA))
