"""One decode for all that is learnt of a file and its access copy, beside a chain of separate programs.

python -m benchmarks.audio.bench_characterise [--size TRACKS]

The music is Debian's singularity-music, fetched once into benchmarks/.cache; without apt, generated noise.
"""

import subprocess
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from benchmarks.report import Measured, need, race, ratio, run_programs, seconds, show, size_option
from tenuto.audio import AccessSpec, TagSet, characterise

_CACHE = Path(__file__).parents[1] / ".cache"
_PACKAGE = "singularity-music"
_QUIET = ("ffmpeg", "-nostdin", "-y", "-v", "error", "-i")
_NOWHERE = ("-f", "null", "-")

DECODE, LOUDNESS, DIGEST = "ffmpeg: decode check", "ffmpeg: ebur128=peak=true", "sha256sum"
PRINT, WAVE, SPECTRUM = "fpcalc", "ffmpeg: showwavespic", "ffmpeg: showspectrumpic"
ANALYSIS = (DECODE, LOUDNESS, PRINT, WAVE, SPECTRUM, DIGEST)
OPUS, OPUS_5 = "ffmpeg: libopus 96k", "ffmpeg: libopus 96k, complexity 5"
TOGETHER = "one ffmpeg: ebur128 and libopus, complexity 5"
PLAIN, COPYING = "Tenuto", "Tenuto with access copy"
CHAIN, CHAIN_COPYING, CHAIN_5 = "chain", "chain with copy", "chain with copy, complexity 5"


def music(tracks: int, name: str = _PACKAGE) -> list[Path]:
    """The tracks of a package of Debian's in the order of their names, or generated ones."""
    package = _CACHE / name
    if not package.is_dir():
        _CACHE.mkdir(exist_ok=True)
        try:
            subprocess.run(["apt-get", "download", "-qq", name], cwd=_CACHE, check=True)
            run_programs([["dpkg-deb", "-x", next(_CACHE.glob(f"{name}_*.deb")), package]])
        except (OSError, subprocess.CalledProcessError):
            return _noise(tracks)
    return sorted(package.rglob("*.ogg"))[:tracks]


def _noise(tracks: int) -> list[Path]:
    """Pink noise in Vorbis, four minutes a track."""
    folder = _CACHE / "noise"
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{number}.ogg" for number in range(tracks)]
    for seed, path in enumerate(paths):
        source = f"anoisesrc=color=pink:seed={seed}:duration=240:sample_rate=44100"
        run_programs([["ffmpeg", "-y", "-f", "lavfi", "-i", source, "-ac", "2", "-c:a", "libvorbis", path]])
    return paths


def ours(paths: Sequence[Path], copy: Path | None) -> float:
    """Seconds of audio."""
    spec = None if copy is None else AccessSpec(TagSet("Title", "Artist"))
    found = [characterise(path, spec, copy) for path in paths]
    return sum(each.characterisation.duration_ms for each in found) / 1000


def theirs(paths: Sequence[Path], command: Callable[[Path], list[str | Path]]) -> float:
    run_programs([command(path) for path in paths])
    return 0.0


def decode_check(path: Path) -> list[str | Path]:
    return [*_QUIET, path, *_NOWHERE]


def loudness(path: Path) -> list[str | Path]:
    return ["ffmpeg", "-nostdin", "-i", path, "-af", "ebur128=peak=true", *_NOWHERE]


def digest(path: Path) -> list[str | Path]:
    return ["sha256sum", path]


def fingerprint(path: Path) -> list[str | Path]:
    return ["fpcalc", "-length", "120", path]


def picture(copy: Path, drawing: str, path: Path) -> list[str | Path]:
    return [*_QUIET, path, "-lavfi", drawing, "-frames:v", "1", copy.with_suffix(".png")]


def opus(copy: Path, options: Sequence[str], path: Path) -> list[str | Path]:
    return [*_QUIET, path, "-vn", *options, "-c:a", "libopus", "-b:a", "96k", copy]


def contenders(paths: Sequence[Path], copy: Path) -> dict[str, Callable[[], float]]:
    five = ("-compression_level", "5")
    commands: dict[str, Callable[[Path], list[str | Path]]] = {
        DECODE: decode_check,
        LOUDNESS: loudness,
        PRINT: fingerprint,
        WAVE: partial(picture, copy, "showwavespic=s=800x128"),
        SPECTRUM: partial(picture, copy, "showspectrumpic=s=512x128:legend=0"),
        DIGEST: digest,
        OPUS: partial(opus, copy, ()),
        OPUS_5: partial(opus, copy, five),
        TOGETHER: partial(opus, copy, ("-af", "ebur128=peak=true", *five)),
    }
    return {
        PLAIN: partial(ours, paths, None),
        COPYING: partial(ours, paths, copy),
        **{name: partial(theirs, paths, command) for name, command in commands.items()},
    }


def report(tracks: int, runs: dict[str, Measured[float]]) -> None:
    length = runs[PLAIN].result
    cpu = {name: run.cpu for name, run in runs.items()}
    cpu[CHAIN] = sum(cpu[name] for name in ANALYSIS)
    cpu[CHAIN_COPYING] = cpu[CHAIN] + cpu[OPUS]
    cpu[CHAIN_5] = cpu[CHAIN] + cpu[OPUS_5]
    rows = [
        [
            name,
            seconds(cpu[name]),
            f"{length / cpu[name]:.0f}",
            ratio(cpu[name], cpu[against]) if against else "",
        ]
        for name, against in (
            *((PLAIN, PLAIN), (CHAIN, PLAIN), *((name, "") for name in ANALYSIS)),
            *((COPYING, COPYING), (CHAIN_COPYING, COPYING), (CHAIN_5, COPYING)),
            *((OPUS, ""), (OPUS_5, ""), (TOGETHER, COPYING)),
        )
    ]
    show(
        f"audio: {tracks} tracks, {length:.0f} s of music",
        ("what", "processor s", "times real time a core", "÷ Tenuto"),
        rows,
        f"chain = {' + '.join(ANALYSIS)}.",
    )


def main(arguments: Sequence[str] | None = None) -> None:
    tracks = size_option(__doc__, "tracks, 16 at most", 2, arguments)
    need("ffmpeg", "fpcalc", "sha256sum")
    paths = music(tracks)
    with tempfile.TemporaryDirectory(prefix="tenuto-bench-") as folder:
        report(len(paths), race(contenders(paths, Path(folder) / "copy.opus"), rounds=2))


if __name__ == "__main__":
    main()
