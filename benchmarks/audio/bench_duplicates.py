"""Re-encoded music among fingerprints that nobody plays: recall, precision, and what finding them costs.

python -m benchmarks.audio.bench_duplicates [--size DISTRACTORS]

Each real track is encoded in seven other ways. The distractors are made of pieces of the real tracks' own
fingerprints, up to three bits of each value flipped, so that they share terms as music of a kind does.
"""

import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np

from benchmarks.audio.bench_characterise import music
from benchmarks.report import machine, seconds, show, size_option
from tenuto.audio import characterise
from tenuto.audio.alike import Values
from tenuto.audio.duplicates import Entry, Pair, Tie, find_pairs
from tenuto.audio.fingerprint import decoded
from tenuto.model.ids import RecordingId, Sha256, SourceKey, SourceName, recording_id

VARIANTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "original": ("wav", ()),
    "MP3 128": ("mp3", ("-b:a", "128k")),
    "Opus 64": ("opus", ("-c:a", "libopus", "-b:a", "64k")),
    "Opus 75": ("opus", ("-c:a", "libopus", "-b:a", "75k")),
    "Opus 96": ("opus", ("-c:a", "libopus", "-b:a", "96k")),
    "AAC 128": ("m4a", ("-c:a", "aac", "-b:a", "128k")),
    "trimmed 1 s": ("wav", ("-ss", "1")),
    "+3 dB": ("wav", ("-af", "volume=3dB")),
}
_TRACKS = 16
_LENGTH = 948
"""Values of two minutes."""


@dataclass(slots=True)
class Shelf:
    """What is compared."""

    entries: list[Entry]
    variants: dict[RecordingId, tuple[int, str]]
    """Of the real ones: the track and the encoding."""

    def put(self, name: str, values: Values) -> RecordingId:
        identity = recording_id(SourceName("bench"), SourceKey(name))
        unique = Sha256(f"{len(self.entries):064x}")
        self.entries.append(Entry(identity, unique, unique, None, values))
        return identity


def fingerprint_of(path: Path) -> Values:
    return decoded(characterise(path).characterisation.fingerprint or "")


def real(shelf: Shelf, tracks: Sequence[Path]) -> None:
    with tempfile.TemporaryDirectory(prefix="tenuto-bench-") as name:
        for number, track in enumerate(tracks):
            source = Path(name) / "source.wav"
            _ffmpeg("-t", "140", "-i", str(track), str(source))
            for variant, (extension, options) in VARIANTS.items():
                path = Path(name) / f"variant.{extension}"
                _ffmpeg("-i", str(source), *options, str(path))
                identity = shelf.put(f"{number} {variant}", fingerprint_of(path))
                shelf.variants[identity] = (number, variant)


def _ffmpeg(*words: str) -> None:
    subprocess.run(["ffmpeg", "-nostdin", "-y", "-v", "error", *words], check=True)


def distractors(pool: Values, count: int) -> Iterator[Values]:
    draw = np.random.default_rng(11)
    for _ in range(count):
        starts = draw.integers(0, len(pool) - 8, _LENGTH // 6)
        values = pool[(starts[:, None] + np.arange(6)).ravel()]
        flips = np.zeros(len(values), dtype=np.uint32)
        for _ in range(3):
            flips |= np.uint32(1) << draw.integers(0, 32, len(values), dtype=np.uint32)
        yield values ^ flips


def find(shelf: Shelf) -> tuple[list[Pair], float]:
    """The pairs, and the processor seconds that they took."""
    prints = {entry.recording: entry.fingerprint for entry in shelf.entries}
    began = time.process_time()
    with tempfile.TemporaryDirectory(prefix="tenuto-bench-") as scratch:
        pairs = list(find_pairs(shelf.entries, prints.__getitem__, Path(scratch)))
    return pairs, time.process_time() - began


def report(shelf: Shelf, pairs: Sequence[Pair], spent: float, distracting: int) -> None:
    found = {frozenset((pair.one, pair.other)) for pair in pairs if pair.tie is Tie.LIKENESS}
    by_variant = {name: [0, 0] for name in VARIANTS if name != "original"}
    right = 0
    for one, other in combinations(shelf.variants, 2):
        (track, variant), (other_track, other_variant) = shelf.variants[one], shelf.variants[other]
        if track == other_track:
            hit = frozenset((one, other)) in found
            right += hit
            if "original" in {variant, other_variant}:
                name = other_variant if variant == "original" else variant
                by_variant[name][0] += hit
                by_variant[name][1] += 1
    show(
        f"audio: {len(shelf.variants)} fingerprints of {_TRACKS} tracks among {distracting:,} distractors",
        ("encoding", "found as the original's"),
        [[name, f"{hits} of {all_}"] for name, (hits, all_) in by_variant.items()],
        machine(),
    )
    tracks = len({track for track, _ in shelf.variants.values()})
    due = tracks * len(VARIANTS) * (len(VARIANTS) - 1) // 2
    doubts = sum(pair.tie is Tie.DOUBT for pair in pairs)
    same = len(found)
    print(f"\nPairs: {right} of {due} found (recall {right / due:.2%}), {same} called the same")
    print(f"(precision {right / max(1, same):.2%}), {doubts} in doubt. {seconds(spent)} processor s for all,")
    print(f"{spent / len(shelf.entries) * 1e3:.3f} ms a fingerprint.")


def main(arguments: Sequence[str] | None = None) -> None:
    count = size_option(__doc__, "distractors", 100_000, arguments)
    shelf = Shelf([], {})
    real(shelf, music(_TRACKS))
    originals = [
        each.fingerprint for each in shelf.entries if shelf.variants[each.recording][1] == "original"
    ]
    pool = np.concatenate([values for values in originals if values is not None])
    for number, values in enumerate(distractors(pool, count)):
        shelf.put(f"distractor {number}", values)
    pairs, spent = find(shelf)
    report(shelf, pairs, spent, count)


if __name__ == "__main__":
    main()
