"""Damage made on purpose: who notices? Beside `ffmpeg -xerror`, and FFmpeg with everything that it says.

python -m benchmarks.audio.bench_integrity [--size FILES]

Each real track, cut to 15 seconds and encoded in six formats, is damaged in five ways at seeded places. What
counts is damage that changes the decoded audio, as FFmpeg decodes it.
"""

import random
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.audio.bench_characterise import music
from benchmarks.report import need, show, size_option
from tenuto.audio import characterise
from tenuto.model.audio import Integrity

ENCODERS = {
    "flac": ("-c:a", "flac"),
    "mp3": ("-c:a", "libmp3lame", "-b:a", "160k"),
    "ogg": ("-c:a", "libvorbis", "-q:a", "4"),
    "opus": ("-c:a", "libopus", "-b:a", "96k"),
    "m4a": ("-c:a", "aac", "-b:a", "160k", "-movflags", "+faststart"),
    "wav": ("-c:a", "pcm_s16le"),
}
CHECKED = ("flac", "ogg", "opus")
"""Formats whose files carry a checksum of all audio."""
_TRACKS = 4
_FFMPEG = ("ffmpeg", "-nostdin", "-v", "error", "-xerror", "-i")


def flipped(data: bytearray, draw: random.Random) -> None:
    """One bit in the audio."""
    data[draw.randrange(len(data) // 10, len(data))] ^= 1 << draw.randrange(8)


def flipped_header(data: bytearray, draw: random.Random) -> None:
    """One bit in the first 200 bytes."""
    data[draw.randrange(200)] ^= 1 << draw.randrange(8)


def truncated(data: bytearray, draw: random.Random) -> None:
    del data[draw.randrange(len(data) // 2, len(data) - 1) :]


def zeroed(data: bytearray, draw: random.Random) -> None:
    """512 bytes, as of a lost sector."""
    at = draw.randrange(len(data) // 10, len(data) - 512)
    data[at : at + 512] = bytes(512)


def spliced(data: bytearray, draw: random.Random) -> None:
    """4,096 bytes from elsewhere in the file, in between."""
    at, other = (draw.randrange(len(data) // 10, len(data) - 4096) for _ in range(2))
    data[at:at] = data[other : other + 4096]


MUTATIONS: tuple[Callable[[bytearray, random.Random], None], ...] = (
    *(flipped, flipped_header, truncated, zeroed, spliced),
)


@dataclass(slots=True)
class Counts:
    """Of one format, or of one kind of damage."""

    files: int = 0
    changed: int = 0
    """Whose decoded audio differs, or which don't decode any more."""
    tenuto: int = 0
    """Of the changed ones: called damaged or unplayable."""
    xerror: int = 0
    """Of the changed ones: `ffmpeg -xerror` fails."""
    said: int = 0
    """Of the changed ones: it fails, or prints anything."""
    unchanged_blamed: int = 0
    """Of the others: Tenuto finds a fault in the file all the same."""


def encoded(folder: Path, tracks: Sequence[Path]) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {extension: [] for extension in ENCODERS}
    for number, track in enumerate(tracks):
        for extension, options in ENCODERS.items():
            path = folder / f"{number}.{extension}"
            cut = ("ffmpeg", "-nostdin", "-y", "-v", "error", "-ss", "20", "-t", "15", "-i", str(track))
            subprocess.run([*cut, "-vn", "-map_metadata", "-1", *options, str(path)], check=True)
            found[extension].append(path)
    return found


def decoded(path: Path) -> str:
    """A digest of all samples; empty where nothing can be decoded."""
    command = ["ffmpeg", "-nostdin", "-v", "quiet", "-i", str(path), "-map", "0:a:0", "-c:a", "pcm_s16le"]
    ran = subprocess.run([*command, "-f", "md5", "-"], check=False, capture_output=True)
    return ran.stdout.decode().strip()


def damaged(paths: Sequence[Path], files: int) -> Iterator[tuple[Path, str, bytes]]:
    """(the sound file, the kind of damage, the damaged bytes)."""
    for number in range(files):
        path, mutation = paths[number % len(paths)], MUTATIONS[number % len(MUTATIONS)]
        data = bytearray(path.read_bytes())
        mutation(data, random.Random(number))
        yield path, mutation.__name__, bytes(data)


def judge(path: Path, changed: bool, counts: Sequence[Counts]) -> None:  # noqa: FBT001 -- what it is about
    blamed = characterise(path).characterisation.integrity is not Integrity.SOUND
    ran = subprocess.run([*_FFMPEG, str(path), "-f", "null", "-"], check=False, capture_output=True)
    for each in counts:
        each.files += 1
        each.changed += changed
        each.tenuto += changed and blamed
        each.xerror += changed and ran.returncode != 0
        each.said += changed and (ran.returncode != 0 or bool(ran.stderr))
        each.unchanged_blamed += not changed and blamed


def false_alarms(formats: dict[str, list[Path]]) -> Counter[str]:
    return Counter(
        extension
        for extension, paths in formats.items()
        for path in paths
        if characterise(path).characterisation.integrity is not Integrity.SOUND
    )


def report(title: str, counts: dict[str, Counts]) -> None:
    show(
        title,
        ("what", "files", "changed", "Tenuto finds", "ffmpeg -xerror", "or says anything", "others blamed"),
        [
            [
                *(name, str(each.files), str(each.changed), _share(each.tenuto, each.changed)),
                *(_share(each.xerror, each.changed), _share(each.said, each.changed)),
                str(each.unchanged_blamed),
            ]
            for name, each in counts.items()
        ],
    )  # fmt: skip


def _share(part: int, whole: int) -> str:
    return f"{part} ({part / whole:.1%})" if whole else "-"


def main(arguments: Sequence[str] | None = None) -> None:
    files = size_option(__doc__, "damaged files", 600, arguments)
    need("ffmpeg")
    by_format = {extension: Counts() for extension in ENCODERS}
    by_kind = {mutation.__name__: Counts() for mutation in MUTATIONS}
    with tempfile.TemporaryDirectory(prefix="tenuto-bench-") as name:
        folder = Path(name)
        formats = encoded(folder, music(_TRACKS))
        for extension, paths in formats.items():
            sound = {path: decoded(path) for path in paths}
            for path, kind, data in damaged(paths, files // len(ENCODERS)):
                broken = folder / f"damaged.{extension}"
                broken.write_bytes(data)
                judge(broken, decoded(broken) != sound[path], (by_format[extension], by_kind[kind]))
        alarms = false_alarms(formats)
        report("audio: damage noticed, by format", by_format)
        report("audio: damage noticed, by kind", by_kind)
        sound_files = sum(map(len, formats.values()))
        print(f"\nFalse alarms on the {sound_files} sound files: {dict(alarms) or 'none'}")


if __name__ == "__main__":
    main()
