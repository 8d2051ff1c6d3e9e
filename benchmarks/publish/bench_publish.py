"""Publishing from stored digests, beside mktorrent, which reads every file.

python -m benchmarks.publish.bench_publish [--size MEGABYTES]

1. The largest default volume (10,000 files of 3.5 MB, 35 GB) from digests of nothing that exists.
2. A first publish of 1,000 real files that are in the store already: hybrid and twin, indexes, signatures.
   Their digests were computed once, on the way in; that is timed too.
"""

import os
import pickle
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.publish.archive import CountingStore, cleared, publish_example, synthetic_digests

from benchmarks.report import (
    Measured,
    measure,
    megabytes,
    mktorrent,
    need,
    race,
    ratio,
    seconds,
    show,
    size_option,
)
from tenuto.formats.volume import VolumeContent
from tenuto.publish.edition import Layout
from tenuto.publish.pack import pack
from tenuto.publish.volume import build_volume
from tenuto.store import digest_file

_PAPERS = 5
_FILES = 1000
INGEST, PUBLISH, BOTH, PEER = (
    "Tenuto: digests, once ever",
    "Tenuto: publish",
    "Tenuto: both",
    "mktorrent (v1 only)",
)


@dataclass(frozen=True, slots=True)
class Largest:
    """Of one volume; sizes in bytes."""

    files: int
    volume_bytes: int
    hybrid_bytes: int
    twin_bytes: int


def largest_volume(*, assembled: bool, files: int = 10_000, length: int = 3_500_000) -> Largest | None:
    """Items of the largest default volume; packed and assembled only if asked, to tell the two apart."""
    items = [cleared(rank, synthetic_digests(rank, length + rank)) for rank in range(files - _PAPERS)]
    if not assembled:
        return None
    (content,) = [volume for volume in pack(items, archive="bench") if isinstance(volume, VolumeContent)]
    built = build_volume(content)
    return Largest(
        built.summary.files, built.summary.bytes, len(built.torrents.hybrid), len(built.torrents.twin)
    )


def digest_all(objects: Path, digests: Path) -> int:
    """What ingest pays, once: every digest of every file, kept in the file `digests`."""
    found = [digest_file(path) for path in sorted(objects.iterdir())]
    digests.write_bytes(pickle.dumps(found))
    return 0


def publish_all(objects: Path, digests: Path) -> int:
    """A first edition of all files; returns how many objects were opened."""
    found = pickle.loads(digests.read_bytes())
    with tempfile.TemporaryDirectory(dir=digests.parent) as folder:
        (Path(folder) / "objects").symlink_to(objects)
        items = [cleared(rank, each) for rank, each in enumerate(found)]
        _, _, store, _ = publish_example(Path(folder), items=lambda _: items, layout=Layout("bench"))
    return sum(store.opened.values())


def peer(objects: Path, torrent: Path) -> int:
    mktorrent(objects, torrent)
    return _FILES


def write_objects(folder: Path, total: int) -> Path:
    store = CountingStore(folder / "objects")
    for _ in range(_FILES):
        store.add(os.urandom(total // _FILES))
    return store.root


def report_largest() -> None:
    items, built = (measure(partial(largest_volume, assembled=assembled)) for assembled in (False, True))
    about = built.result
    assert about is not None
    show(
        "publish: the largest default volume, from digests alone",
        ("files", "GB", ".torrent MB", "twin MB", "processor s", "peak MB", "of it items and libraries"),
        [
            [
                *(f"{about.files:,}", f"{about.volume_bytes / 1e9:.1f}", megabytes(about.hybrid_bytes)),
                *(megabytes(about.twin_bytes), seconds(built.cpu - items.cpu)),
                *(megabytes(built.peak_bytes), megabytes(items.peak_bytes)),
            ]
        ],
    )


def report_peer(total: int, runs: dict[str, Measured[int]]) -> None:
    cpu = {name: run.cpu for name, run in runs.items()}
    cpu[BOTH] = cpu[INGEST] + cpu[PUBLISH]
    rows = [[PUBLISH, seconds(cpu[PUBLISH]), "1.00", "", str(runs[PUBLISH].result)]]
    rows += [[INGEST, seconds(cpu[INGEST]), "", "", f"{_FILES}"], [BOTH, seconds(cpu[BOTH]), "", "1.00", ""]]
    rows += [
        [PEER, seconds(cpu[PEER]), ratio(cpu[PEER], cpu[PUBLISH]), ratio(cpu[PEER], cpu[BOTH]), f"{_FILES}"]
    ]
    columns = ("what", "processor s", "÷ publish", "÷ both", "files read")
    show(f"publish: {total / 1e6:,.0f} MB in {_FILES:,} files, in the page cache", columns, rows)


def main(arguments: Sequence[str] | None = None) -> None:
    total = size_option(__doc__, "megabytes", 1000, arguments) * 10**6
    need("mktorrent")
    report_largest()
    with tempfile.TemporaryDirectory(prefix="tenuto-bench-") as name:
        folder = Path(name)
        objects, digests = write_objects(folder, total), folder / "digests"
        calls: dict[str, Callable[[], int]] = {
            INGEST: partial(digest_all, objects, digests),
            PUBLISH: partial(publish_all, objects, digests),
            PEER: partial(peer, objects, folder / "peer.torrent"),
        }
        report_peer(total, race(calls))


if __name__ == "__main__":
    main()
