"""Re-encoded music among fingerprints that nobody plays: recall, precision, and what finding them costs.

python -m benchmarks.audio.bench_duplicates [--sizes DISTRACTORS,…] [--tracks N]

Each real track is encoded and cut in further ways. The distractors are made of pieces of the real tracks' own
fingerprints, up to three bits of each value flipped, so that they share terms as music of a kind does. The
tracks are of a package that the terms weren't chosen by (docs/audio.md, Fingerprints).
"""

import argparse
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, combinations
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from benchmarks.audio.bench_characterise import music
from benchmarks.report import Measured, machine, measure, seconds, show
from tenuto.audio import characterise
from tenuto.audio.alike import SAME, Values
from tenuto.audio.fingerprint import decoded
from tenuto.audio.index import Entry, Index
from tenuto.model.ids import Sha256

PACKAGE = "wesnoth-1.16-music"
ORIGINAL = "original"
ASKED: dict[str, tuple[str, tuple[str, ...]]] = {
    "MP3 128": ("mp3", ("-b:a", "128k")),
    "Opus 64": ("opus", ("-c:a", "libopus", "-b:a", "64k")),
    "Opus 75": ("opus", ("-c:a", "libopus", "-b:a", "75k")),
    "Opus 96": ("opus", ("-c:a", "libopus", "-b:a", "96k")),
    "AAC 128": ("m4a", ("-c:a", "aac", "-b:a", "128k")),
    "trimmed 1 s": ("wav", ("-ss", "1")),
    "+3 dB (clips)": ("wav", ("-af", "volume=3dB")),
}
HARDER: dict[str, tuple[str, tuple[str, ...]]] = {
    "-3 dB": ("wav", ("-af", "volume=-3dB")),
    "trimmed 5 s": ("wav", ("-ss", "5")),
    "trimmed 20 s": ("wav", ("-ss", "20")),
    "MP3 64, mono": ("mp3", ("-b:a", "64k", "-ac", "1", "-ar", "22050")),
    "Opus 32": ("opus", ("-c:a", "libopus", "-b:a", "32k")),
}
VARIANTS = {ORIGINAL: ("wav", ()), **ASKED, **HARDER}
_SHORTEST = 900
_LENGTH = 948
"""Values of two minutes."""


@dataclass(slots=True)
class Shelf:
    """What is compared: real fingerprints by object, and the seeds of the others."""

    real: dict[Sha256, Values] = field(default_factory=dict)
    variants: dict[Sha256, tuple[int, str]] = field(default_factory=dict)
    """Of the real ones: the track and the encoding."""
    pool: Values = field(default_factory=lambda: np.zeros(0, dtype=np.uint32))

    def fingerprint(self, name: Sha256) -> Values:
        return self.real[name] if name in self.real else self.distractor(int(name, 16))

    def distractor(self, number: int) -> Values:
        draw = np.random.default_rng((11, number))
        starts = draw.integers(0, len(self.pool) - 8, _LENGTH // 6)
        values: Values = self.pool[(starts[:, None] + np.arange(6)).ravel()]
        flips = np.zeros(len(values), dtype=np.uint32)
        for _ in range(3):
            flips |= np.uint32(1) << draw.integers(0, 32, len(values), dtype=np.uint32)
        return values ^ flips


@dataclass(frozen=True, slots=True)
class Found:
    """Pairs called the same, pairs in doubt, and bytes of the index."""

    same: frozenset[frozenset[Sha256]]
    doubts: int
    index_bytes: int
    late_seconds: float
    """Processor time for what came to the finished index: 100 fingerprints."""


def fingerprint_of(path: Path) -> Values:
    return decoded(characterise(path).characterisation.fingerprint or "")


def real(tracks: Sequence[Path], count: int) -> Shelf:
    """The first `count` tracks of two minutes and more, in all variants."""
    shelf = Shelf()
    originals: list[Values] = []
    with tempfile.TemporaryDirectory(prefix="tenuto-bench-") as name:
        source = Path(name) / "source.wav"
        for track in tracks:
            _ffmpeg("-t", "145", "-i", str(track), str(source))
            original = fingerprint_of(source)
            if len(original) < _SHORTEST or len(originals) == count:
                continue
            for place, (variant, (extension, options)) in enumerate(VARIANTS.items()):
                path = Path(name) / f"variant.{extension}"
                _ffmpeg("-i", str(source), *options, str(path))
                identity = Sha256(f"{(1 << 255) + 100 * len(originals) + place:064x}")
                shelf.real[identity] = fingerprint_of(path)
                shelf.variants[identity] = (len(originals), variant)
            originals.append(original)
    shelf.pool = np.concatenate(originals)
    return shelf


def _ffmpeg(*words: str) -> None:
    subprocess.run(["ffmpeg", "-nostdin", "-y", "-v", "error", *words], check=True)


def find(shelf: Shelf, count: int) -> Found:
    names = chain((Sha256(f"{number:064x}") for number in range(count)), shelf.real)
    late = [Sha256(f"{number:064x}") for number in range(count, count + 100)]
    with tempfile.TemporaryDirectory(prefix="tenuto-bench-") as name:
        scratch = Path(name) / "scratch"
        scratch.mkdir()
        index = Index(Path(name) / "index", scratch)
        index.add(_entries(shelf, names), shelf.fingerprint)
        rows = [row for each in index.segments() for row in pq.read_table(each.alike).to_pylist()]
        size = sum(path.stat().st_size for path in Path(name).rglob("*") if path.is_file())
        began = time.process_time()
        index.add(_entries(shelf, late), shelf.fingerprint)
        spent = time.process_time() - began
    same = frozenset(
        frozenset((Sha256(row["one"].hex()), Sha256(row["other"].hex())))
        for row in rows
        if row["error"] <= SAME
    )
    return Found(same, len(rows) - len(same), size, spent)


def generate(shelf: Shelf, count: int) -> None:
    """What the benchmark itself costs."""
    for _ in _entries(shelf, (Sha256(f"{number:064x}") for number in range(count))):
        pass


def _entries(shelf: Shelf, names: Iterator[Sha256] | Sequence[Sha256]) -> Iterator[Entry]:
    return (
        Entry(name, name, None, sound=True, duration_ms=0, bit_rate=0, fingerprint=shelf.fingerprint(name))
        for name in names
    )


def report(shelf: Shelf, run: Measured[Found], drawing: float, distracting: int) -> None:
    found = run.result
    by_variant = {name: [0, 0] for name in VARIANTS if name != ORIGINAL}
    asked, every = Counter[bool](), Counter[bool]()
    for one, other in combinations(shelf.variants, 2):
        (track, variant), (other_track, other_variant) = shelf.variants[one], shelf.variants[other]
        if track == other_track:
            hit = frozenset((one, other)) in found.same
            every[hit] += 1
            if {variant, other_variant} <= {ORIGINAL, *ASKED}:
                asked[hit] += 1
            if ORIGINAL in {variant, other_variant}:
                name = other_variant if variant == ORIGINAL else variant
                by_variant[name][0] += hit
                by_variant[name][1] += 1
    tracks = len({track for track, _ in shelf.variants.values()})
    show(
        f"audio: {len(shelf.variants)} fingerprints of {tracks} tracks among {distracting:,} distractors",
        ("encoding", "found as the original's"),
        [[name, f"{hits} of {all_}"] for name, (hits, all_) in by_variant.items()],
        machine(),
    )
    spent = run.cpu - drawing
    for what, pairs in (("as asked", asked), ("with harder ones", every)):
        share = pairs[True] / pairs.total()
        print(f"Pairs {what}: {pairs[True]:,} of {pairs.total():,} found (recall {share:.2%})")
    rightly = every[True] / max(1, len(found.same))
    print(f"Called the same: {len(found.same):,} (precision {rightly:.2%}); {found.doubts:,} in doubt.")
    each = spent / (distracting + len(shelf.real)) * 1e3
    print(f"{seconds(spent)} processor s without drawing the distractors, {each:.3f} ms a fingerprint;")
    print(f"100 more for the finished index: {found.late_seconds:.2f} s.")
    print(f"Index {found.index_bytes / 1e6:,.0f} MB, peak {run.peak_bytes / 1e6:,.0f} MB of memory.")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", default="100000", help="distractors, separated by commas")
    parser.add_argument("--tracks", type=int, default=8, help="real tracks; encoding each takes some 10 s")
    given = parser.parse_args(arguments)
    shelf = real(music(41, PACKAGE), given.tracks)
    for size in given.sizes.split(","):
        count = int(float(size))
        drawing = measure(partial(generate, shelf, count)).cpu
        report(shelf, measure(partial(find, shelf, count)), drawing, count)


if __name__ == "__main__":
    main()
