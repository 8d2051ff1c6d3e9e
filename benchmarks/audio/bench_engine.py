"""What the engine costs: beside plain calls, with two workers, on short files, and on a Dask cluster.

python -m benchmarks.audio.bench_engine [--size SHORT_FILES]

Figures a file are differences between a longer and a shorter list, so that start-up cancels out.
"""

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it has no types
from tests.engine.dask_cluster import DaskCluster, dask_cluster

from benchmarks.audio.bench_characterise import decode_check, music
from benchmarks.report import Measured, machine, need, race, run_programs, show, size_option
from tenuto.audio import Task, process
from tenuto.engine import DaskEngine, Engine, LocalEngine, run_items

LONG_SECONDS, SHORT_SECONDS = 180, 3
LONG_FILES = 6
PLAIN, ONE, TWO, PROGRAM = "plain calls", "one worker", "two workers", "an ffmpeg process each"


def cuts(folder: Path, count: int, seconds: int) -> list[Path]:
    """Pieces of the package's tracks, in Vorbis as they are."""
    tracks = music(16)
    folder.mkdir()
    paths = [folder / f"{number:05}.ogg" for number in range(count)]
    for number, path in enumerate(paths):
        begin = str(number // len(tracks) % 20 * SHORT_SECONDS)
        place = ("-ss", begin, "-t", str(seconds), "-stream_loop", "-1", "-i", tracks[number % len(tracks)])
        run_programs([["ffmpeg", "-nostdin", "-y", "-v", "error", *place, "-vn", "-c:a", "copy", path]])
    return paths


def plain(paths: Sequence[Path]) -> None:
    for path in paths:
        process(Task(path.stem, path, None, path.parent))


def through(engine: Engine, paths: Sequence[Path]) -> None:
    tasks = [Task(path.stem, path, None, path.parent) for path in paths]
    for _ in run_items(process, tasks, engine=engine):
        pass


def by_local(jobs: int, paths: Sequence[Path]) -> None:
    through(LocalEngine(jobs), paths)


def programs(paths: Sequence[Path]) -> None:
    run_programs([decode_check(path) for path in paths])


@dataclass(frozen=True, slots=True)
class Each:
    """Seconds a file."""

    cpu: float
    wall: float


def each(paths: Sequence[Path], runs: dict[str, Measured[None]], name: str, fewer: int) -> Each:
    """From the longer list less the shorter one."""
    long, short, files = runs[f"{name}, all"], runs[f"{name}, few"], len(paths) - fewer
    return Each((long.cpu - short.cpu) / files, (long.wall - short.wall) / files)


def compare(title: str, paths: Sequence[Path], names: Sequence[str]) -> None:
    fewer = len(paths) // 3
    calls: dict[str, Callable[[Sequence[Path]], None]] = {
        PLAIN: plain,
        ONE: partial(by_local, 1),
        TWO: partial(by_local, 2),
        PROGRAM: programs,
    }
    chosen = {name: calls[name] for name in names}
    runs = race(
        {
            f"{name}, {which}": partial(call, some)
            for name, call in chosen.items()
            for which, some in (("all", paths), ("few", paths[:fewer]))
        },
        rounds=2,
    )
    found = {name: each(paths, runs, name, fewer) for name in names}
    rows = [
        [
            name,
            f"{1000 * it.cpu:.2f}",
            f"{100 * (it.cpu / found[PLAIN].cpu - 1):+.1f} %",
            f"{1000 * it.wall:.2f}",
            f"{found[ONE].wall / it.wall:.2f}",
        ]
        for name, it in found.items()
    ]
    columns = ("way", "processor ms a file", "against plain calls", "wall ms a file", "x one worker")
    show(f"{title}: {len(paths)} files", columns, rows, f"machine: {machine()}")


def empty(items: int) -> None:
    """All that the engine does, with nothing to be done."""
    tasks = [Task(str(number), Path(str(number)), None, Path()) for number in range(items)]
    for _ in run_items(hash, tasks, engine=LocalEngine(1)):
        pass


def cost_of_nothing() -> None:
    runs = race({str(n): partial(empty, n) for n in (1, 5001)})
    item = (runs["5001"].cpu - runs["1"].cpu) / 5000
    rows = [["an item", f"{1000 * item:.3f}"], ["start and end of a process", f"{1000 * runs['1'].cpu:.0f}"]]
    show("engine: with nothing to be done", ("what", "processor ms"), rows)


def processor_seconds(cluster: DaskCluster) -> float:
    """Of the scheduler, the workers and all that they started."""
    trees = [psutil.Process(process.pid) for process in cluster.processes]
    every = [one for tree in trees for one in (tree, *tree.children(recursive=True))]
    return sum(sum(one.cpu_times()[:2]) for one in every)


def warm_cluster(paths: Sequence[Path]) -> list[str]:
    """A cluster that has worked before, as its users find it."""
    with tempfile.TemporaryDirectory(prefix="tenuto-bench-") as folder, dask_cluster(Path(folder)) as cluster:
        through(DaskEngine(cluster.url, 30), paths[:100])
        cpu, wall = processor_seconds(cluster), time.perf_counter()
        own = time.process_time()
        through(DaskEngine(cluster.url, 30), paths)
        wall, own = time.perf_counter() - wall, time.process_time() - own
        return row("Dask, two workers, warm", len(paths), wall, processor_seconds(cluster) - cpu + own)


def warm_pool(paths: Sequence[Path]) -> list[str]:
    run = race({TWO: partial(by_local, 2, paths)}, rounds=2)[TWO]
    return row("two local workers, start included", len(paths), run.wall, run.cpu)


def row(name: str, files: int, wall: float, cpu: float) -> list[str]:
    return [name, f"{wall:.2f}", f"{files / wall:,.0f}", f"{1000 * cpu / files:.2f}"]


def main(arguments: Sequence[str] | None = None) -> None:
    count = size_option(__doc__, "short files", 300, arguments)
    need("ffmpeg")
    with tempfile.TemporaryDirectory(prefix="tenuto-bench-") as folder:
        long = cuts(Path(folder) / "long", LONG_FILES, LONG_SECONDS)
        cost_of_nothing()
        compare("engine: 3 minutes each", long, (PLAIN, ONE, TWO))
        short = cuts(Path(folder) / "short", count, SHORT_SECONDS)
        compare("engine: 3 seconds each", short, (PLAIN, ONE, TWO, PROGRAM))
        show(
            f"engine: {count} files of 3 seconds",
            ("where", "wall s", "files a second", "processor ms a file"),
            [warm_pool(short), warm_cluster(short)],
            f"machine: {machine()}",
        )


if __name__ == "__main__":
    main()
