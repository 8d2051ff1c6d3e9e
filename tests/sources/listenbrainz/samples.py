"""Small dumps in the shapes that ListenBrainz documents: Parquet in tar, JSON Lines by month in tar.zst."""

import io
import json
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

LIT = "7133862a-0fd3-4d1c-9cb6-3be5e051af13"
WEALTH = "0ca2a698-7280-4b40-a357-ca966bbd3a96"

SCHEMA = pa.schema(
    [
        pa.field("listened_at", pa.timestamp("ms"), nullable=True),
        pa.field("created", pa.timestamp("ms"), nullable=True),
        pa.field("user_id", pa.int64(), nullable=True),
        pa.field("recording_msid", pa.string(), nullable=True),
        pa.field("artist_name", pa.string(), nullable=True),
        pa.field("artist_credit_id", pa.int64()),
        pa.field("release_name", pa.string()),
        pa.field("release_mbid", pa.string()),
        pa.field("recording_name", pa.string(), nullable=True),
        pa.field("recording_mbid", pa.string()),
        pa.field("artist_credit_mbids", pa.list_(pa.string())),
    ]
)


@dataclass(frozen=True)
class Heard:
    """One listen; None is what it doesn't say."""

    user: int | None = 1
    at: datetime | None = datetime(2021, 3, 4, 19, 17, 40)  # noqa: DTZ001 -- UTC, as in the dumps
    mbid: str | None = LIT
    title: str | None = "Lit"
    artist: str | None = "Kiasmos"
    release: str | None = "Kiasmos"


def times(count: int, **words: Any) -> list[Heard]:
    return [Heard(**words)] * count


def parquet(listens: Sequence[Heard]) -> bytes:
    rows = [
        {
            "listened_at": each.at,
            "created": each.at,
            "user_id": each.user,
            "recording_msid": "192ec771-b710-4258-a8bf-13561f28fc72",
            "artist_name": each.artist,
            "release_name": each.release,
            "recording_name": each.title,
            "recording_mbid": each.mbid,
        }
        for each in listens
    ]
    return written(pa.Table.from_pylist(rows, schema=SCHEMA))


def written(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def json_lines(listens: Sequence[Heard]) -> bytes:
    return b"".join(json.dumps(_document(each)).encode() + b"\n" for each in listens)


def _document(each: Heard) -> dict[str, Any]:
    seconds = None if each.at is None else int((each.at - datetime(1970, 1, 1)).total_seconds())  # noqa: DTZ001
    track: dict[str, Any] = {
        "artist_name": each.artist,
        "track_name": each.title,
        "release_name": each.release,
        "additional_info": {"recording_mbid": each.mbid, "tags": []},
    }
    return {
        "user_id": each.user,
        "user_name": f"listener {each.user}",
        "listened_at": seconds,
        "recording_msid": "192ec771-b710-4258-a8bf-13561f28fc72",
        "track_metadata": track,
    }


def archive_name(number: int, *, full: bool = True, kind: str = "spark", end: str = "20260701-000004") -> str:
    return f"listenbrainz-{kind}-dump-{number}-{end}-{'full' if full else 'incremental'}"


def tar(folder: Path, name: str, members: dict[str, bytes], compression: str | None = None) -> Path:
    """`<name>.tar` or, compressed, `<name>.tar.<compression>`, with its members in the folder `<name>/`."""
    folder.mkdir(exist_ok=True)
    path = folder / (f"{name}.tar.{compression}" if compression else f"{name}.tar")
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        for member, data in {"TIMESTAMP": b"2026-07-01 00:00:04", **members}.items():
            info = tarfile.TarInfo(f"{name}/{member}")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    with pa.output_stream(path, compression=None) as plain:
        if compression:
            with pa.CompressedOutputStream(plain, {"zst": "zstd"}[compression]) as packed:
                packed.write(raw.getvalue())
        else:
            plain.write(raw.getvalue())
    return path


def spark(folder: Path, number: int, *parts: Sequence[Heard], full: bool = True) -> Path:
    members = {f"{place}.parquet": parquet(part) for place, part in enumerate(parts)}
    return tar(folder, archive_name(number, full=full), members)


def public(folder: Path, number: int, *months: Sequence[Heard], full: bool = True) -> Path:
    members = {f"listens/2021/{place}.listens": json_lines(month) for place, month in enumerate(months, 1)}
    return tar(folder, archive_name(number, full=full, kind="listens"), members, "zst")
