"""One seeder and three mirrors, each in a network namespace of its own; one of them is killed in between.

Needs root (namespaces), `ip` and `curl`. Run: `python -m benchmarks.swarm.bench_mirror --size MEGABYTES`.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from tests.audio_files import RATE, write_samples

from benchmarks.report import megabytes, need, seconds, show, size_option
from tenuto.app.archive import Archive, init, open_archive
from tenuto.app.run import after_harvest
from tenuto.app.stages.harvest import folder_source, harvest
from tenuto.app.swarm import current_edition
from tenuto.testing.reporter import Notes

FILES = 25
ARCHIVE, MIRRORS, COPIER = "tenuto-archive", ("tenuto-m1", "tenuto-m2", "tenuto-m3"), "tenuto-copier"
ADDRESSES = {name: f"10.77.0.{n}" for n, name in enumerate((ARCHIVE, *MIRRORS, COPIER), 1)}
WEB, SEED, PEER = 8000, 6881, 7000
ENVIRONMENT = {**os.environ, "TENUTO_SWARM_DHT": "false"}


@dataclass(frozen=True, slots=True)
class Ended:
    wall: float
    cpu: float
    status: int


def main(arguments: Sequence[str] | None = None) -> None:
    size = size_option(__doc__, "megabytes of audio", 500, arguments) * 10**6
    need("ip", "curl")
    if os.geteuid() != 0:
        sys.exit("network namespaces need root")
    with tempfile.TemporaryDirectory(prefix="tenuto-bench-") as name, namespaces():
        folder = Path(name)
        archive, music = make_archive(folder, size)
        rows = [copied(archive, folder), *mirrored(archive, folder)]
        withdraw(archive, music)
        rows += updated(archive, folder)
        proven = [verified(folder, mirror) for mirror in MIRRORS]
    columns = ("what", "s", "processor s", "MB from the archive", "exit code")
    title = f"{size / 1e6:.0f} MB in {FILES} files, one volume, over a bridge between namespaces:"
    show(title, columns, rows, f"tenuto verify, each mirror: {', '.join(proven)}")


def make_archive(folder: Path, size: int) -> tuple[Archive, Path]:
    """Noise as WAV: what isn't compressed any further."""
    init(folder / "archive", "bench")
    noise, music = np.random.default_rng(1), folder / "music"
    length = size // FILES // 4
    for number in range(FILES):
        samples = noise.integers(-20_000, 20_000, length, dtype=np.int16)
        write_samples(music / f"{number:02}.wav", samples)
    (music / "rights.toml").write_text('version = 1\nstatement = "CC-BY-4.0"\n', encoding="utf-8")
    print(f"{FILES} files of {length / RATE:.0f} s", file=sys.stderr)
    return publish(open_archive(folder / "archive"), music), music


def publish(archive: Archive, music: Path) -> Archive:
    with archive.writing("bench") as ledger:
        harvest(archive, ledger, folder_source(music, "music", 100), Notes())
        after_harvest(archive, ledger, Notes(), on=datetime.now(UTC).date())
    return archive


def withdraw(archive: Archive, music: Path) -> None:
    with (music / "rights.toml").open("a", encoding="utf-8") as file:
        file.write(
            '\n[[files]]\nglob = "07.wav"\nstatement = "https://rightsstatements.org/vocab/InC/1.0/"\n'
        )
    publish(archive, music)


@contextmanager
def namespaces() -> Iterator[None]:
    """A bridge, and a namespace with one interface for each address."""
    with ExitStack() as stack:
        ip("link", "add", "tenuto-br", "type", "bridge")
        stack.callback(ip, "link", "del", "tenuto-br")
        ip("link", "set", "tenuto-br", "up")
        for number, (name, address) in enumerate(ADDRESSES.items()):
            ip("netns", "add", name)
            stack.callback(ip, "netns", "del", name)
            ip("link", "add", f"tnt{number}", "type", "veth", "peer", "name", "eth0", "netns", name)
            ip("link", "set", f"tnt{number}", "master", "tenuto-br", "up")
            ip("-n", name, "addr", "add", f"{address}/24", "dev", "eth0")
            ip("-n", name, "link", "set", "lo", "up")
            ip("-n", name, "link", "set", "eth0", "up")
        yield


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


def inside(name: str, *words: str | Path) -> "subprocess.Popen[bytes]":
    """A program in a namespace; `ip netns exec` becomes it, so its id is the program's."""
    argv = ["ip", "netns", "exec", name, *map(str, words)]
    return subprocess.Popen(argv, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@contextmanager
def serving(archive: Archive) -> Iterator[None]:
    """The archive's editions over HTTP, and its seeder."""
    address = ADDRESSES[ARCHIVE]
    tenuto = (sys.executable, "-m", "tenuto")
    folder = ("--bind", address, "-d", archive.root)
    web = inside(ARCHIVE, sys.executable, "-m", "http.server", str(WEB), *folder)
    seeder = inside(ARCHIVE, *tenuto, "seed", "--interfaces", f"{address}:{SEED}", "--archive", archive.root)
    time.sleep(3)
    try:
        yield
    finally:
        for process in (web, seeder):
            process.terminate()
            process.wait()


def copied(archive: Archive, folder: Path) -> list[str]:
    """The peer: the same objects with curl, unproven."""
    objects = [path.relative_to(archive.root) for path in archive.objects.rglob("*") if path.is_file()]
    urls = [f"http://{ADDRESSES[ARCHIVE]}:{WEB}/{path}" for path in objects]
    target = folder / "copied"
    target.mkdir()
    with serving(archive):
        before = sent()
        ended = awaited(inside(COPIER, "curl", "-s", "--output-dir", target, "--remote-name-all", *urls))
        return row("curl over HTTP, proving nothing", ended, sent() - before)


def mirrored(archive: Archive, folder: Path) -> list[list[str]]:
    """One mirror alone, then all three from nothing, the third of them killed on its way."""
    with serving(archive):
        before = sent()
        alone = awaited(mirror(archive, folder, MIRRORS[0]))
        one = row("one mirror alone", alone, sent() - before)
    shutil.rmtree(folder / MIRRORS[0])
    with serving(archive):
        before, began = sent(), time.perf_counter()
        running = [mirror(archive, folder, name) for name in MIRRORS]
        killed_at = kill_on_its_way(running[2], folder / MIRRORS[2])
        running[2] = mirror(archive, folder, MIRRORS[2])
        ended = [awaited(process) for process in running]
        whole = Ended(time.perf_counter() - began, sum(e.cpu for e in ended), max(e.status for e in ended))
        three = row(f"three, one killed at {megabytes(killed_at)} MB", whole, sent() - before)
    return [one, three]


def updated(archive: Archive, folder: Path) -> list[list[str]]:
    with serving(archive):
        before, began = sent(), time.perf_counter()
        ended = [awaited(process) for process in [mirror(archive, folder, name, "--yes") for name in MIRRORS]]
        whole = Ended(time.perf_counter() - began, sum(e.cpu for e in ended), max(e.status for e in ended))
        return [row("three, updated after a withdrawal", whole, sent() - before)]


def mirror(archive: Archive, folder: Path, name: str, *more: str) -> "subprocess.Popen[bytes]":
    edition, _ = current_edition(archive)
    peers = [f"{ADDRESSES[other]}:{PEER}" for other in MIRRORS if other != name]
    asked = [word for peer in (f"{ADDRESSES[ARCHIVE]}:{SEED}", *peers) for word in ("--peer", peer)]
    command = (sys.executable, "-m", "tenuto", "mirror", f"http://{ADDRESSES[ARCHIVE]}:{WEB}/editions")
    options = ("--interfaces", f"{ADDRESSES[name]}:{PEER}", *asked, *more)
    return inside(name, *command, folder / name, "--root", edition / "metadata" / "1.root.json", *options)


def kill_on_its_way(process: "subprocess.Popen[bytes]", target: Path) -> int:
    """When 100 MB are there; returns how many bytes were."""
    while process.poll() is None:
        there = sum(path.stat().st_blocks * 512 for path in (target / "incoming").rglob("*.wav"))
        if there > 100_000_000:
            process.send_signal(signal.SIGKILL)
            process.wait()
            return there
        time.sleep(0.02)
    sys.exit("it was done before it could be killed: choose a larger --size")


def awaited(process: "subprocess.Popen[bytes]") -> Ended:
    began = time.perf_counter()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Ended(time.perf_counter() - began, usage.ru_utime + usage.ru_stime, process.returncode)


def sent() -> int:
    """Bytes that have left the archive's namespace."""
    words = ["ip", "netns", "exec", ARCHIVE, "cat", "/sys/class/net/eth0/statistics/tx_bytes"]
    return int(subprocess.run(words, check=True, capture_output=True).stdout)


def verified(folder: Path, name: str) -> str:
    words = [sys.executable, "-m", "tenuto", "verify", str(folder / name), "--progress", "off"]
    return "intact" if subprocess.run(words, capture_output=True, check=False).returncode == 0 else "FAULTY"


def row(what: str, ended: Ended, bytes_sent: int) -> list[str]:
    return [what, seconds(ended.wall), seconds(ended.cpu), megabytes(bytes_sent), str(ended.status)]


if __name__ == "__main__":
    main()
