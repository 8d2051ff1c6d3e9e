"""The README's own commands, run as they stand, on a collection in place of the reader's music."""

import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.app.music import make_collection

README = Path(__file__).resolve().parents[2] / "README.md"
LOOPBACK = {"TENUTO_SWARM_DHT": "false", "TENUTO_SWARM_INTERFACES": "127.0.0.1:0", "TENUTO_WEB_PORT": "0"}
"""Tests listen on loopback only."""
STAYING = {"serve", "seed"}
"""Commands that run until they are stopped."""


def commands() -> list[list[str]]:
    """The words of each `tenuto` command under "Use it on your own music", `cd` left out."""
    block = README.read_text(encoding="utf-8").split("## Use it on your own music")[1].split("\n## ")[0]
    lines = re.findall(r"^    (.*)$", block, flags=re.MULTILINE)
    parts = [part.strip() for line in lines for part in line.split("#")[0].split("&&")]
    return [shlex.split(part) for part in parts if part.startswith("tenuto ")]


def run(words: list[str], folder: Path, environment: dict[str, str]) -> int:
    """Its exit status; a command that stays is stopped when it says that it is ready."""
    argv = [sys.executable, "-m", "tenuto", *words[1:]]
    with subprocess.Popen(argv, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = ""
        if words[1] in STAYING:
            for line in process.stderr:
                said += line
                if line.startswith(("serving", "seeding")):
                    process.send_signal(signal.SIGTERM)
                    break
        said += process.stderr.read()
        status = process.wait(120)
    assert "Traceback" not in said, said
    return status


@pytest.mark.system
def test_the_commands_of_the_readme_work(tmp_path: Path) -> None:
    music = make_collection(tmp_path / "Music")
    environment = {**os.environ, **LOOPBACK, "HOME": str(tmp_path)}
    archive = tmp_path / "my-archive"
    found = commands()
    assert [words[1] for words in found] == ["init", "harvest", "run", "status", "serve", "seed"]
    statuses = {}
    for words in found:
        expanded = [word.replace("~/Music", str(music)) for word in words]
        folder = tmp_path if words[1] == "init" else archive
        statuses[words[1]] = run(expanded, folder, environment)
    # The collection has broken files on purpose: 4 is "done in part". 143: stopped by SIGTERM.
    assert statuses == {"init": 0, "harvest": 4, "run": 4, "status": 0, "serve": 143, "seed": 143}
    assert (archive / "editions" / "current").read_text(encoding="ascii") == "e0001\n"
