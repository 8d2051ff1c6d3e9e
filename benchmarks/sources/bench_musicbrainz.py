"""Harvesting MusicBrainz's JSON dump, beside decoding its documents with nothing else to do.

python -m benchmarks.sources.bench_musicbrainz [--size RELEASES]
"""

import io
import json
import lzma
import random
import tarfile
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from benchmarks.report import Measured, megabytes, race, ratio, seconds, show, size_option
from tenuto.model.ids import SourceName
from tenuto.sources.harvest import harvest
from tenuto.sources.musicbrainz import MusicBrainzSource
from tenuto.testing.source import Silence

TRACKS = 12
"""On each release; with the release's own row, thirteen rows a line."""

TENUTO, ROWS, READER = (
    "Tenuto: harvest to Parquet",
    "Tenuto: rows alone",
    "tarfile + json.loads, writing nothing",
)


def write_dump(path: Path, releases: int) -> int:
    """About 4.4 kB of JSON a track, most of it relations, as in the real dump; returns its length."""
    chance = random.Random(1)
    data = b"\n".join(
        json.dumps(_release(i, chance), ensure_ascii=False, separators=(",", ":")).encode()
        for i in range(releases)
    )
    info = tarfile.TarInfo("mbdump/release")
    info.size = len(data)
    with tarfile.open(path, "w:xz", preset=1) as archive:
        archive.addfile(info, io.BytesIO(data))
    return len(data)


def _mbid(number: int) -> str:
    return f"{number * 2654435761 % 2**32:08x}-0000-4000-8000-{number:012}"


def _credit(number: int) -> list[dict[str, object]]:
    artist = {
        "id": _mbid(number),
        "name": f"Sångare {number}",
        "sort-name": f"{number}, Sångare",
        "disambiguation": "",
    }
    return [{"name": artist["name"], "joinphrase": "", "artist": artist}]


def _relations(count: int, chance: random.Random) -> list[dict[str, object]]:
    return [
        {
            "type": "instrument",
            "type-id": _mbid(1),
            "target-type": "artist",
            "direction": "backward",
            "begin": None,
            "end": None,
            "ended": False,
            "attributes": ["guitar", "solo"],
            "attribute-ids": {"guitar": _mbid(2), "solo": _mbid(3)},
            "attribute-values": {},
            "attribute-credits": {"guitar": "lead guitar"},
            "target-credit": "",
            "artist": _credit(chance.randrange(10**6))[0]["artist"],
        }
        for _ in range(count)
    ]


def _release(number: int, chance: random.Random) -> dict[str, object]:
    tracks = [_track(number * TRACKS + place, place + 1, chance) for place in range(TRACKS)]
    return {
        "id": _mbid(number),
        "title": f"Skivan {number}",
        "date": f"{1960 + number % 65}-05-20",
        "barcode": "4006381333931",
        "artist-credit": _credit(number % 5_000),
        "label-info": [
            {"catalog-number": f"X {number}", "label": {"id": _mbid(number % 500), "name": "Etiketten"}}
        ],
        "media": [{"position": 1, "format": "CD", "title": "", "track-count": TRACKS, "tracks": tracks}],
        "relations": _relations(6, chance),
    }


def _track(number: int, position: int, chance: random.Random) -> dict[str, object]:
    recording = {
        "id": _mbid(number % 10**6),
        "title": f"Sång {number}",
        "length": 180_000 + number % 90_000,
        "video": False,
        "artist-credit": _credit(number % 5_000),
        "isrcs": [f"GBSYN{number:07}"],
        "genres": [{"name": "jazz", "count": 2, "id": _mbid(4), "disambiguation": ""}],
        "tags": [{"name": "jazz", "count": 2}, {"name": "heard live", "count": 1}],
        "relations": _relations(7, chance),
    }
    return {
        "id": _mbid(number + 10**6),
        "position": position,
        "number": str(position),
        "title": f"Sång {number}",
        "length": 180_000,
        "artist-credit": _credit(number % 5_000),
        "recording": recording,
    }


def _source(folder: Path) -> MusicBrainzSource:
    return MusicBrainzSource(SourceName("bench"), [folder / "release.tar.xz"], folder / "scratch")


def tenuto(folder: Path) -> int:
    result = harvest(_source(folder), folder / "harvests", Silence(), force=True)
    assert result.counts.failed == 0
    return sum(segment.stat().st_size for segment in result.segments)


def rows(folder: Path) -> int:
    for _ in _source(folder).rows(Silence()):
        pass
    return 0


def reader(folder: Path) -> int:
    """The least that any reader written in Python with the standard library does to a document."""
    with lzma.open(folder / "release.tar.xz") as file, tarfile.open(fileobj=file, mode="r|") as archive:
        for member in archive:
            for line in archive.extractfile(member) or ():
                json.loads(line)
    return 0


def report(count: int, length: int, runs: dict[str, Measured[int]]) -> None:
    ours = runs[TENUTO].cpu
    show(
        f"sources: MusicBrainz's release.tar.xz, {count:,} rows, {megabytes(length)} MB of JSON",
        ("what", "processor s", "rows a processor s", "÷ Tenuto", "peak MB", "MB written"),
        [
            [
                *(name, seconds(run.cpu), f"{count / run.cpu:,.0f}", ratio(run.cpu, ours)),
                *(megabytes(run.peak_bytes), megabytes(run.result) if run.result else ""),
            ]
            for name, run in runs.items()
        ],
    )


def main(arguments: Sequence[str] | None = None) -> None:
    releases = size_option(__doc__, "releases", 2_500, arguments)
    with tempfile.TemporaryDirectory(prefix="tenuto-bench-") as name:
        folder = Path(name)
        length = write_dump(folder / "release.tar.xz", releases)
        calls: dict[str, Callable[[], int]] = {TENUTO: partial(tenuto, folder)}
        calls |= {ROWS: partial(rows, folder), READER: partial(reader, folder)}
        report(releases * (TRACKS + 1), length, race(calls))


if __name__ == "__main__":
    main()
