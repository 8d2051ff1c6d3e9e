"""A driver in a mount namespace of its own: an archive on a tiny tmpfs that fills up at every stage.

Run by tests/app/test_full_disk.py under `unshare --mount`. Prints a JSON list of the commands' fates.
"""

import importlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import tenuto.cli
from tests.app.tenuto_command import TODAY

ROOMS_KB = (0, 24, 64, 96, 200)
"""Free space at a command's start, one attempt each."""

COMMANDS = (
    ("harvest", "folder", "{music}", "--name", "music"),
    ("catalogue", "build"),
    ("plan", "--budget", "300kB"),
    ("acquire",),
    ("characterise", "--jobs", "1"),
    ("publish", "--date", TODAY),
)


def tenuto_in_a_child(archive: Path, words: list[str]) -> tuple[int, str]:
    """Exit code and stderr. Forks, because loading everything anew takes longer than the command."""
    with tempfile.TemporaryFile("w+") as err:
        child = os.fork()
        if child == 0:
            os.environ["TENUTO_ARCHIVE"] = str(archive)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            os.dup2(err.fileno(), 2)
            sys.argv = ["tenuto", *words]
            tenuto.cli.main()
        _, status = os.waitpid(child, 0)
        err.seek(0)
        return os.waitstatus_to_exitcode(status), err.read()


def fill(disk: Path, room: int) -> None:
    """Leaves about `room` bytes free."""
    free = os.statvfs(disk)
    with (disk / "ballast").open("wb") as ballast:
        os.posix_fallocate(ballast.fileno(), 0, max(1, free.f_bavail * free.f_frsize - room))


def resize(disk: Path, size: str) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", str(disk)], check=True)


def main(disk: Path, music: Path, keys: Path) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=80m", "tmpfs", str(disk)], check=True)
    archive = disk / "archive"
    fates: list[tuple[str, int | None, int, str]] = []
    for module in tenuto.cli.COMMANDS:
        importlib.import_module(f"tenuto.cli.{module}")
    tenuto_in_a_child(archive, ["init", str(archive), "--name", "tones"])
    subprocess.run(["cp", "-r", f"{keys}/.", str(archive / "keys")], check=True)
    for command in COMMANDS:
        words = [word.format(music=music) for word in command] + ["--progress", "off"]
        for room in ROOMS_KB:
            fill(disk, room * 1024)
            fates.append((command[0], room, *tenuto_in_a_child(archive, words)))
            (disk / "ballast").unlink()
        resize(disk, "200m")
        if command[0] == "characterise":  # an object can be in the store already, but not in the ledger
            tenuto_in_a_child(archive, ["acquire"])
        fates.append((command[0], None, *tenuto_in_a_child(archive, words)))
    kept = disk.with_name("kept")
    kept.mkdir()
    subprocess.run(["cp", "-r", str(archive / "editions"), str(kept)], check=True)
    sys.stdout.write(json.dumps(fates))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
