"""What a chain of builds leaves: generations, new bytes, and what a look-up costs then."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import quantiles

from benchmarks.catalogue.ranges import Requests, by_name, over_http
from benchmarks.report import machine, show
from tenuto.catalogue import Resources, current
from tenuto.catalogue.latest import LatestOpener, latest_folder, local_latest, write_latest
from tenuto.catalogue.lookup import PartReader, local_opener
from tenuto.catalogue.snapshots import load
from tenuto.formats.snapshot import Snapshot

LOOK_UPS = 200


@dataclass(frozen=True, slots=True)
class Left:
    """By one build. Times are seconds; look-ups are in warm files, each reader opening them anew."""

    build: int
    wall: float | None
    generations: int
    """Of the table with the most."""
    new_bytes: int
    all_bytes: int
    latest_bytes: int
    latest_wall: float
    requests: dict[str, Requests]
    times: dict[str, list[float]]


def left_by(root: Path, build: int, wall: float | None) -> Left:
    """Of the current snapshot, which is the `build`th of its line and took `wall` seconds."""
    identity = current(root)
    assert identity is not None
    snapshot = load(root, identity)
    known = set(_files(load(root, snapshot.parent))) if snapshot.parent else set()
    files = _files(snapshot)
    began = time.perf_counter()
    write_latest(root, identity, snapshot, Resources())
    latest_wall = time.perf_counter() - began
    latest = latest_folder(root, identity)
    return Left(
        build,
        wall,
        max(len({part.generation for part in parts}) for parts in snapshot.parts.values()),
        sum(size for name, size in files.items() if name not in known),
        sum(files.values()),
        sum(path.stat().st_size for path in latest.iterdir()),
        latest_wall,
        over_http(root),
        _times(root, snapshot, local_latest(root, identity)),
    )


def _files(snapshot: Snapshot) -> dict[str, int]:
    """Bytes of the core tables' files."""
    return {
        f"{name}/{part.file_name}": part.bytes for name, parts in snapshot.parts.items() for part in parts
    }


def _times(root: Path, snapshot: Snapshot, latest: LatestOpener | None) -> dict[str, list[float]]:
    opener = local_opener(root / "catalogue" / "core")
    local = PartReader(snapshot, opener, latest)
    draw, ids, names = random.Random(3), list[bytes](), list[str]()
    while len(ids) < LOOK_UPS:
        number = draw.randrange(snapshot.numbers["recordings"])
        for row in local.rows("recordings", "number", number):
            ids.append(row["id"].bytes)
            named = local.rows("identifiers", "number", number, entity="recording")
            names += [f"{each['scheme']}:{each['value']}" for each in named]
    fresh = {name: PartReader(snapshot, opener, latest) for name in ("id", "ISRC")}
    return {
        "id": list(_timed(partial(fresh["id"].rows, "recordings", "id", each) for each in ids)),
        "ISRC": list(_timed(partial(by_name, each, fresh["ISRC"]) for each in names)),
    }


def _timed(calls: Iterator[Callable[[], object]]) -> Iterator[float]:
    for call in calls:
        began = time.perf_counter()
        call()
        yield time.perf_counter() - began


def report_left(title: str, builds: Sequence[Left]) -> None:
    show(
        title,
        (
            *("build", "wall s", "generations", "new MB", "of all", "latest MB", "s"),
            *("requests by id (most)", "by ISRC", "id p95 ms", "ISRC p95 ms"),
        ),
        [
            [
                *(str(each.build), f"{each.wall:,.1f}" if each.wall else "", str(each.generations)),
                *(f"{each.new_bytes / 1e6:,.2f}", f"{each.new_bytes / each.all_bytes:.2%}"),
                *(f"{each.latest_bytes / 1e6:,.2f}", f"{each.latest_wall:.1f}"),
                str(max(each.requests["recording by id"].counts)),
                str(max(each.requests["recording by ISRC"].counts)),
                *(f"{quantiles(each.times[name], n=20)[-1] * 1e3:.2f}" for name in ("id", "ISRC")),
            ]
            for each in builds
        ],
        machine(),
    )
