"""All digests of a file in one pass, beside each digest alone and beside sha256sum with mktorrent.

python -m benchmarks.store.bench_hashing [--size MEGABYTES]
"""

import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from hashlib import file_digest, sha1, sha256
from pathlib import Path
from random import Random

from blake3 import blake3

from benchmarks.report import (
    Measured,
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
from tenuto.model.objects import BLOCK_LENGTH, PIECE_LENGTH
from tenuto.store import digest_file

_READ = 2**20


def sha256_alone(path: Path) -> None:
    with path.open("rb") as file:
        file_digest(file, "sha256")


def blake3_alone(path: Path) -> None:
    """One thread, as in the one pass."""
    hasher = blake3()
    with path.open("rb") as file:
        while data := file.read(_READ):
            hasher.update(data)


def v1_pieces_alone(path: Path) -> None:
    _blocks(path, PIECE_LENGTH, lambda data: sha1(data).digest())


def v2_leaves_alone(path: Path) -> None:
    """Leaves only, without the tree above them: 1/512 more hashing."""
    _blocks(path, BLOCK_LENGTH, lambda data: sha256(data).digest())


def _blocks(path: Path, length: int, digest: Callable[[memoryview], bytes]) -> None:
    hashes = []
    with path.open("rb") as file:
        while data := memoryview(file.read(_READ)):
            hashes += [digest(data[start : start + length]) for start in range(0, len(data), length)]


def one_pass(path: Path) -> None:
    digest_file(path)


_PARTS = {
    "SHA-256 alone": sha256_alone,
    "SHA-1 pieces alone": v1_pieces_alone,
    "BEP 52 leaves alone": v2_leaves_alone,
    "BLAKE3 alone": blake3_alone,
}


def contenders(path: Path) -> dict[str, Callable[[], None]]:
    """Each reads the file; it is in the page cache."""
    return {
        "Tenuto: all digests, one pass": partial(one_pass, path),
        **{name: partial(part, path) for name, part in _PARTS.items()},
        "sha256sum": program("sha256sum", path),
        "mktorrent (v1 only)": partial(mktorrent, path, path.with_suffix(".torrent")),
    }


def report(length: int, runs: dict[str, Measured[None]]) -> None:
    cpu = {name: run.cpu for name, run in runs.items()}
    ours, *others = cpu
    cpu["sum of the four alone"] = sum(cpu[name] for name in _PARTS)
    cpu["sha256sum + mktorrent"] = cpu["sha256sum"] + cpu["mktorrent (v1 only)"]
    rows = [
        [name, seconds(cpu[name]), megabytes(length / cpu[name]), ratio(cpu[name], cpu[ours])]
        for name in (ours, *others[:4], "sum of the four alone", *others[4:], "sha256sum + mktorrent")
    ]
    title = f"store: hashing one file of {length / 1e6:.0f} MB, in the page cache"
    show(title, ("what", "processor s", "MB a processor s", "÷ Tenuto"), rows)


def main(arguments: Sequence[str] | None = None) -> None:
    length = size_option(__doc__, "megabytes", 256, arguments) * 10**6
    need("mktorrent")
    with tempfile.TemporaryDirectory(prefix="tenuto-bench-") as folder:
        path = Path(folder) / "audio"
        with path.open("wb") as file:
            for portion in range(0, length, 10**7):
                file.write(Random(portion).randbytes(min(10**7, length - portion)))
        report(length, race(contenders(path)))


if __name__ == "__main__":
    main()
