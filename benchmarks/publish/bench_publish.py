"""Publishing, measured: `python -m benchmarks.publish.bench_publish [--megabytes N] [--files N]`.

1. A volume of 10,000 files of 3.5 MB (35 GB) from digests alone: seconds, peak memory, size of the .torrent.
2. A first publish of real files that are in the store already, against mktorrent over the same files:
   v1 only and one process, as Debian ships it. Publishing writes hybrid, twin, indexes and signatures.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.publish.archive import CountingStore, cleared, publish_example, synthetic_digests

from tenuto.formats.volume import VolumeContent
from tenuto.publish.edition import Layout
from tenuto.publish.pack import pack
from tenuto.publish.volume import build_volume

PAPERS = 5


def largest_volume(files: int = 10_000, length: int = 3_500_000) -> None:
    """The largest default volume, assembled from digests of nothing that exists."""
    items = [cleared(rank, synthetic_digests(rank, length + rank)) for rank in range(files - PAPERS)]
    before = _peak_megabytes()
    start = time.perf_counter()
    volumes = [volume for volume in pack(items, archive="bench") if isinstance(volume, VolumeContent)]
    packed = time.perf_counter()
    for content in volumes:
        built = build_volume(content)
        print(
            f"  {built.summary.files} files, {built.summary.bytes / 1e9:.1f} GB: .torrent "
            f"{len(built.torrents.hybrid) / 1e6:.2f} MB, twin {len(built.torrents.twin) / 1e6:.2f} MB"
        )
    end = time.perf_counter()
    print(f"  packed in {packed - start:.2f} s, papers and torrents in {end - packed:.2f} s")
    print(f"  peak memory {_peak_megabytes():.0f} MB, of which {before:.0f} MB before (items, libraries)")


def against_mktorrent(folder: Path, files: int, megabytes: int) -> None:
    """First publish of files in the store, and mktorrent over the same files; both with a warm page cache."""
    store = CountingStore(folder / "objects")
    length = megabytes * 1_000_000 // files
    ingest = time.perf_counter()
    items = [cleared(rank, store.add(os.urandom(length))) for rank in range(files)]
    print(f"  ingest (random bytes, all digests, writing): {time.perf_counter() - ingest:.2f} s")
    start = time.perf_counter()
    summary, _, store, _ = publish_example(folder, items=lambda _: items, layout=Layout("bench"))
    ours = time.perf_counter() - start
    opened = sum(store.opened.values())
    print(f"  tenuto publish: {ours:.3f} s, {len(summary.volumes)} volume(s), {opened} objects opened")
    mktorrent = shutil.which("mktorrent")
    if mktorrent is None:
        sys.exit("mktorrent isn't installed: apt-get install mktorrent")
    start = time.perf_counter()
    subprocess.run(
        [mktorrent, "-l", "19", "-o", folder / "peer.torrent", store.root],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    theirs = time.perf_counter() - start
    print(f"  mktorrent: {theirs:.3f} s; ratio {theirs / ours:.1f}")


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--megabytes", type=int, default=2000)
    arguments = parser.parse_args()
    print("largest default volume, from digests")
    largest_volume()
    print(f"{arguments.megabytes} MB in {arguments.files} files, in the store already")
    with tempfile.TemporaryDirectory() as folder:
        against_mktorrent(Path(folder), arguments.files, arguments.megabytes)


if __name__ == "__main__":
    main()
