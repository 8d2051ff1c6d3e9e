"""Publishing from stored digests, beside peers that read every file.

python -m benchmarks.publish.bench_publish [--size MEGABYTES]

1. The largest default volume (10,000 files of 3.5 MB, 35 GB) from digests of nothing that exists.
2. First publishes of files whose digests are stored, by number of files and by bytes: what it grows with.
3. A first publish of 1,000 real files, and the next edition without one of them, beside mktorrent and
   libtorrent, which read them all, both times, and make torrents only: that part of ours is timed by itself.
   What their digests cost, once, on the way in, is timed too, and the checksums that the Internet Archive
   keeps of each file. torf takes part where it is installed, as by `make bench`.
4. 200 GB in stored digests, published again without one recording: as default volumes, and as one volume.
"""

import hashlib
import os
import pickle
import shutil
import tempfile
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import libtorrent as lt
from tests.publish.archive import (
    EDITION,
    CountingStore,
    cleared,
    fixed_keys,
    publish_example,
    synthetic_digests,
)

from benchmarks.report import (
    Measured,
    measure,
    megabytes,
    mktorrent,
    need,
    program,
    race,
    ratio,
    seconds,
    show,
    size_option,
)
from tenuto.formats.torrent import Limits, TorrentFile, assemble
from tenuto.formats.volume import PAPERS, VolumeContent
from tenuto.model.edition import Publishable
from tenuto.model.ids import EditionId, Sha256
from tenuto.model.objects import PIECE_LENGTH, ObjectDigests
from tenuto.model.rights import Cleared
from tenuto.publish.pack import pack
from tenuto.publish.volume import Layout, build_volume
from tenuto.store import digest_file

_FILES = 1000
NEXT = EditionId("e0002")
ONE_VOLUME = Limits(files=100_000, bytes=10**12, torrent_bytes=10**9)
INGEST, TORRENTS = "Tenuto: digests, once ever", "Tenuto: torrents alone (hybrid and v1)"
FIRST, AGAIN = "Tenuto: first edition", "Tenuto: without one recording"
MKTORRENT, LIBTORRENT, TORF = "mktorrent (v1 only)", "libtorrent (hybrid)", "torf (v1 only)"
CHECKSUMS = "MD5, SHA-1 and CRC-32, as `ia` checks"


class StoredOnly(CountingStore):
    """Says of every object that it is there, with the length that its digests state."""

    lengths: dict[Sha256, int]

    def __contains__(self, object_id: Sha256) -> bool:
        return object_id in self.lengths or super().__contains__(object_id)

    def length(self, object_id: Sha256) -> int:
        return self.lengths.get(object_id) or super().length(object_id)


@dataclass(frozen=True, slots=True)
class Largest:
    """Of one volume; sizes in bytes."""

    files: int
    volume_bytes: int
    hybrid_bytes: int
    twin_bytes: int


def largest_volume(*, assembled: bool, files: int = 10_000, length: int = 3_500_000) -> Largest | None:
    """Items of the largest default volume; packed and assembled only if asked, to tell the two apart."""
    items = [cleared(rank, synthetic_digests(rank, length + rank)) for rank in range(files - len(PAPERS))]
    if not assembled:
        return None
    (content,) = [volume for volume in pack(items, archive="bench") if isinstance(volume, VolumeContent)]
    built = build_volume(content, Layout("bench"))
    twin = built.torrents.twin or b""
    return Largest(built.summary.files, built.summary.bytes, len(built.torrents.hybrid), len(twin))


class Archive:
    """Digests in memory, as they come out of the ledger, and a folder for editions."""

    def __init__(self, folder: Path, digests: Sequence[ObjectDigests], limits: Limits) -> None:
        self._folder, self._layout = folder, Layout("bench", limits=limits)
        self._items = [cleared(rank, each) for rank, each in enumerate(digests)]
        StoredOnly.lengths = {each.sha256: each.length for each in digests}
        fixed_keys()

    def first(self) -> int:
        return self._publish(self._items, EDITION, None)

    def again(self) -> int:
        """Without the recording in the middle."""
        middle = len(self._items) // 2
        return self._publish(self._items[:middle] + self._items[middle + 1 :], NEXT, EDITION)

    def _publish(
        self, items: list[Cleared[Publishable]], edition: EditionId, former: EditionId | None
    ) -> int:
        """Returns how many objects were opened."""
        _, _, store, _ = publish_example(
            self._folder,
            items=lambda _: items,
            layout=self._layout,
            edition=edition,
            former=former,
            store_kind=StoredOnly,
        )
        return sum(store.opened.values())


@dataclass(frozen=True, slots=True)
class Timed:
    """Processor and wall seconds of one publish, and the objects that it opened."""

    cpu: float
    wall: float
    opened: int


def publish_timed(
    digests: Path | Sequence[ObjectDigests], limits: Limits, *, again: bool
) -> tuple[Timed, Timed | None]:
    """A first publish, and the one after it. What makes the items isn't timed."""
    found = pickle.loads(digests.read_bytes()) if isinstance(digests, Path) else digests
    with tempfile.TemporaryDirectory(prefix="tenuto-bench-") as name:
        archive = Archive(Path(name), found, limits)
        return _timed(archive.first), _timed(archive.again) if again else None


def _timed(call: Callable[[], int]) -> Timed:
    cpu, wall = time.process_time(), time.perf_counter()
    opened = call()
    return Timed(time.process_time() - cpu, time.perf_counter() - wall, opened)


def torrents_timed(digests: Path) -> Timed:
    """What the peers make, and nothing else: a hybrid torrent and its v1 twin, in memory."""
    found: Sequence[ObjectDigests] = pickle.loads(digests.read_bytes())

    def made() -> int:
        assemble("bench", [TorrentFile((f"{rank:04}.ogg",), each) for rank, each in enumerate(found)])
        return 0

    return _timed(made)


def stored(files: int, length: int) -> list[ObjectDigests]:
    return [synthetic_digests(rank, length + rank) for rank in range(files)]


def publish_stored(files: int, length: int, limits: Limits, *, again: bool) -> tuple[Timed, Timed | None]:
    return publish_timed(stored(files, length), limits, again=again)


def digest_all(objects: Path, digests: Path) -> None:
    """What ingest pays, once: every digest of every file, kept in the file `digests`."""
    digests.write_bytes(pickle.dumps([digest_file(path) for path in sorted(objects.iterdir())]))


def libtorrent_hybrid(objects: Path) -> None:
    """Its own creator: v1 and v2 hashes of all files."""
    entries = [lt.create_file_entry(f"objects/{p.name}", p.stat().st_size) for p in sorted(objects.iterdir())]
    creator = lt.create_torrent(entries, PIECE_LENGTH)
    lt.set_piece_hashes(creator, str(objects.parent))
    lt.bencode(creator.generate())


def checksums(objects: Path) -> None:
    """Those of the Internet Archive's `_files.xml`, by Python's own libraries."""
    for path in sorted(objects.iterdir()):
        md5, sha1, crc = hashlib.md5(), hashlib.sha1(), 0
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                md5.update(block)
                sha1.update(block)
                crc = zlib.crc32(block, crc)


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


def report_growth() -> None:
    rows = []
    for files, length in ((1000, 2_000_000), (1000, 20_000_000), (10_000, 2_000_000), (50_000, 2_000_000)):
        run = measure(partial(publish_stored, files, length, Limits(), again=False))
        first = run.result[0]
        rows.append(
            [
                f"{files:,}",
                f"{files * length / 1e9:,.0f}",
                *(seconds(first.cpu), seconds(first.wall), f"{first.cpu / files * 1e6:.0f}"),
                megabytes(run.peak_bytes),
            ]
        )
    columns = ("files", "GB", "processor s", "wall s", "processor µs a file", "peak MB")
    show("publish: a first edition from stored digests", columns, rows)


def report_peers(
    total: int,
    torrents: Timed,
    own: Sequence[tuple[Timed, Timed | None]],
    peers: dict[str, Measured[None]],
) -> None:
    first = min((each[0] for each in own), key=lambda timed: timed.cpu)
    again = min((each[1] for each in own if each[1]), key=lambda timed: timed.cpu)
    ingest = peers[INGEST]
    rows = [[TORRENTS, seconds(torrents.cpu), seconds(torrents.wall), "1.00", "", "", str(torrents.opened)]]
    rows += [[FIRST, seconds(first.cpu), seconds(first.wall), "", "1.00", "", str(first.opened)]]
    rows += [[AGAIN, seconds(again.cpu), seconds(again.wall), "", "", "1.00", str(again.opened)]]
    rows += [[INGEST, seconds(ingest.cpu), seconds(ingest.wall), "", "", "", f"{_FILES:,}"]]
    for name, peer in peers.items():
        if name == INGEST:
            continue
        ratios = [ratio(peer.cpu, each.cpu) for each in (torrents, first, again)]
        rows.append([name, seconds(peer.cpu), seconds(peer.wall), *ratios, f"{_FILES:,}"])
    divided = ("÷ torrents alone", "÷ first edition", "÷ without one")
    columns = ("what", "processor s", "wall s", *divided, "files read")
    show(f"publish: {total / 1e6:,.0f} MB in {_FILES:,} files, in the page cache", columns, rows)


def report_200_gb() -> None:
    rows = []
    for name, limits in (("default volumes", Limits()), ("one volume", ONE_VOLUME)):
        run = measure(partial(publish_stored, 57_200, 3_500_000, limits, again=True))
        first, again = run.result
        assert again is not None  # it was asked for
        times = [seconds(each) for timed in (first, again) for each in (timed.cpu, timed.wall)]
        rows.append([name, *times, str(again.opened), megabytes(run.peak_bytes)])
    columns = (
        *("200 GB, 57,200 files, as", "first: processor s", "wall s", "without one: processor s", "wall s"),
        *("objects opened", "peak MB"),
    )
    show("publish: again after one withdrawal, from stored digests", columns, rows)


def main(arguments: Sequence[str] | None = None) -> None:
    total = size_option(__doc__, "megabytes", 2000, arguments) * 10**6
    need("mktorrent")
    report_largest()
    report_growth()
    with tempfile.TemporaryDirectory(prefix="tenuto-bench-") as name:
        folder = Path(name)
        objects, digests = write_objects(folder, total), folder / "digests"
        calls: dict[str, Callable[[], None]] = {
            INGEST: partial(digest_all, objects, digests),
            MKTORRENT: partial(mktorrent, objects, folder / "peer.torrent"),
            LIBTORRENT: partial(libtorrent_hybrid, objects),
            CHECKSUMS: partial(checksums, objects),
        }
        if shutil.which("torf"):
            calls[TORF] = program("torf", objects, "-y", "-o", folder / "torf.torrent")
        peers = race(calls)
        own = [measure(partial(publish_timed, digests, Limits(), again=True)).result for _ in range(3)]
        torrents = min((torrents_timed(digests) for _ in range(3)), key=lambda timed: timed.cpu)
        report_peers(total, torrents, own, peers)
    report_200_gb()


if __name__ == "__main__":
    main()
