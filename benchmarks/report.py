"""What the benchmarks share: a fresh process a contender, its processor time and memory, and a table."""

import argparse
import multiprocessing
import os
import platform
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Measured(Generic[T]):
    """`cpu` counts user and system seconds of the process and of the programs that it started."""

    result: T
    wall: float
    cpu: float
    peak_bytes: int
    """Largest resident size of the Python process, interpreter and libraries included."""


def measure(call: Callable[[], T]) -> Measured[T]:
    """Runs `call` (picklable) in a process of its own: no contender's memory or caches help another."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_measured, call).result()


def race(contenders: Mapping[str, Callable[[], T]], *, rounds: int = 3) -> dict[str, Measured[T]]:
    """All contenders by turns, `rounds` times; of each, its round with the least processor time."""
    best: dict[str, Measured[T]] = {}
    for _ in range(rounds):
        for name, call in contenders.items():
            run = measure(call)
            if name not in best or run.cpu < best[name].cpu:
                best[name] = run
    return best


def program(*words: str | Path) -> Callable[[], None]:
    """A contender that is a program."""
    return partial(run_programs, [list(words)])


def run_programs(commands: Sequence[Sequence[str | Path]]) -> None:
    """One after the other; what they print is dropped, a failure isn't."""
    for command in commands:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def mktorrent(source: Path, torrent: Path) -> None:
    """A peer of two benchmarks: v1 only, pieces of 512 KiB as Tenuto's."""
    torrent.unlink(missing_ok=True)
    run_programs([["mktorrent", "-l", "19", "-o", torrent, source]])


def need(*programs: str) -> None:
    """Ends with a sentence when a peer isn't installed."""
    missing = [name for name in programs if shutil.which(name) is None]
    if missing:
        sys.exit(f"a peer isn't installed: {', '.join(missing)}. Run: make system")


def size_option(about: str | None, unit: str, default: int, arguments: Sequence[str] | None) -> int:
    """The one option that every benchmark has."""
    parser = argparse.ArgumentParser(description=(about or "").splitlines()[0])
    parser.add_argument(
        "--size", type=int, default=default, metavar="N", help=f"{unit} (default {default:,})"
    )
    size: int = parser.parse_args(arguments).size
    return size


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *notes: str) -> None:
    """A Markdown table that is also readable as it is; all columns but the first stand right."""
    widths = [max(len(row[i]) for row in (columns, *rows)) for i in range(len(columns))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    print(f"\n{title}\n")
    for row in (columns, rule, *rows):
        cells = (c.rjust(w) if i else c.ljust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True)))
        print(f"| {' | '.join(cells)} |")
    for note in notes:
        print(f"\n{note}")
    sys.stdout.flush()


def seconds(value: float) -> str:
    return f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def ratio(peer: float, ours: float) -> str:
    """How many times what Tenuto takes the peer takes: above 1 Tenuto is the cheaper one."""
    return f"{peer / ours:.2f}"


def megabytes(count: float) -> str:
    """In units of 10^6 bytes."""
    return f"{count / 1e6:,.0f}" if count >= 1e7 else f"{count / 1e6:.2f}"


def machine() -> str:
    """What the figures depend on."""
    words = (
        Path("/proc/cpuinfo").read_text(encoding="utf-8").split() if Path("/proc/cpuinfo").exists() else []
    )
    sha = "with" if "sha_ni" in words else "without"
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores {sha} SHA instructions, {memory:.0f} GB, Python {platform.python_version()},"
        f" load {load:.1f} before the start"
    )


def _measured(call: Callable[[], T]) -> Measured[T]:
    cpu, wall = _processor(), time.perf_counter()
    result = call()
    wall, cpu = time.perf_counter() - wall, _processor() - cpu
    return Measured(result, wall, cpu, _peak())


def _processor() -> float:
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def _peak() -> int:
    """From the kernel's own mark (proc(5), VmHWM): getrusage's outlives `exec` and may be the parent's."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024
