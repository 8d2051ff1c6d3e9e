"""Small catalogues of an open source and a private one, and exports of them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import duckdb
import pyarrow as pa

from tenuto.catalogue import Harvest
from tenuto.catalogue.export import Done, ExportRequest, Format, export
from tenuto.model.ids import SnapshotId
from tenuto.model.rights import Evidence, EvidenceKind
from tenuto.model.source import Access, Entity, Features, Identifier, Location, Mode, Scheme
from tenuto.testing.source import Silence
from tests.catalogue.harvests import SMALL, built, harvest, isrc, plays, row

SECRET = "hush"
"""Stands in everything that only the private source says."""

URL = "https://example.org/song.ogg"


class Catalogue(NamedTuple):
    """An archive's folder and a snapshot in it."""

    root: Path
    snapshot: SnapshotId


def build_catalogue(root: Path) -> Catalogue:
    """`open` and `private` share the recording `1` = `p` by its ISRC; the private source goes first.

    Each has a recording, a release and an artist of its own, too.
    """
    licensed = Evidence(EvidenceKind.TABLE, "CC-BY-4.0", "licence column")
    hidden = Evidence(EvidenceKind.TAG, f"{SECRET} licence", f"{SECRET} tag")
    mbid = Identifier(Scheme.MBID, "0b1e0d9c-0a49-4b8f-8f6e-6a1c6a7a0001")
    other = Identifier(Scheme.MBID, "1b1e0d9c-0a49-4b8f-8f6e-6a1c6a7a0002")
    ours = [
        row("1", "Song", artist="Ann", release="Album", year=1999, identifiers=(isrc(1),),
            evidence=(licensed,), location=Location(URL, Access.REMOTE, 10),
            features=Features(key=3, mode=Mode.MINOR)),
        row("2", "=1+1", artist="Bea", genre="folk", duration_ms=1000, release="Album"),
        row("a", "Ann", entity=Entity.ARTIST, identifiers=(mbid,)),
        plays("1", 5),
        plays("2", 2),
    ]  # fmt: skip
    theirs = [
        row("p", f"{SECRET} song", artist=f"{SECRET} Ann", release=f"{SECRET} album", genre=f"{SECRET} rock",
            year=1888, identifiers=(isrc(1), isrc(8888888)), evidence=(hidden,), label=f"{SECRET} label",
            location=Location(f"folder:private/{SECRET}.ogg", Access.HELD, 7), features=Features(tempo=88.0)),
        row("p", f"{SECRET} song", artist=f"{SECRET} Ann",
            location=Location(f"https://{SECRET}.org", Access.REMOTE)),
        row("q", f"{SECRET} tune", artist=f"{SECRET} Zed", release=f"{SECRET} album"),
        row("z", f"{SECRET} Zed", entity=Entity.ARTIST),
        row("r", f"{SECRET} album", entity=Entity.RELEASE, identifiers=(other,)),
    ]  # fmt: skip
    harvests = [
        harvest(root / "h", "open", ours, priority=5),
        harvest(root / "h", "private", theirs, priority=1, files=True),
    ]
    return of(root, harvests)


def of(root: Path, harvests: Sequence[Harvest]) -> Catalogue:
    return Catalogue(root, built(root, harvests))


def exported(of: Catalogue, kind: Format, folder: Path, *, dry_run: bool = False, **wish: Any) -> Done:
    request = ExportRequest(kind, licence="CC-BY-4.0", **wish)
    return export(of.root, of.snapshot, folder, request, Silence(), resources=SMALL, dry_run=dry_run)


PUBLIC: Final[dict[str, Any]] = {"public": True, "withheld": {"private": "private"}}


def parquet(folder: Path, table: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        return connection.execute(f"FROM '{folder}/{table}-*.parquet'").fetchall()


def documents(folder: Path) -> list[dict[str, Any]]:
    with pa.CompressedInputStream(str(folder / "recordings.jsonl.zst"), "zstd") as stream:
        return [json.loads(line) for line in stream.read().splitlines()]
