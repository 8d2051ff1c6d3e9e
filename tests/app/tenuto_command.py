"""Runs `tenuto` as a user does, in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

TODAY = "2026-01-02"


def start(archive: Path, *words: str, jobs: int = 1) -> "subprocess.Popen[str]":
    environment = {**os.environ, "TENUTO_ARCHIVE": str(archive), "TENUTO_WORK_JOBS": str(jobs)}
    return subprocess.Popen(
        [sys.executable, "-m", "tenuto", *words],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def tenuto(archive: Path, *words: str, jobs: int = 1, expect: int = 0) -> str:
    """Its stdout; fails where it doesn't exit with `expect`, or shows a traceback."""
    with start(archive, *words, jobs=jobs) as process:
        out, err = process.communicate(timeout=300)
    assert "Traceback" not in err, err
    assert process.returncode == expect, f"exit {process.returncode}\n{out}\n{err}"
    return out


def stages(text: str) -> dict[str, dict[str, Any]]:
    """The stages of a `--json` document by name."""
    return {stage["stage"]: stage for stage in json.loads(text)["stages"]}


def edition_bytes(archive: Path) -> dict[str, bytes]:
    """Every file of every edition."""
    root = archive / "editions"
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}
