"""A disk that fills up at every stage, in mid-write: exit code 7, one line, and the rerun completes."""

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from tenuto.publish.ceremony import create_keys
from tests.app.full_disk import COMMANDS
from tests.app.music import make_collection
from tests.app.tenuto_command import TODAY, edition_bytes, tenuto

ROOT = Path(__file__).resolve().parents[2]


def may_mount(folder: Path) -> bool:
    words = ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", str(folder)]
    try:
        return subprocess.run(words, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def test_every_stage_survives_a_full_disk(tmp_path: Path) -> None:
    disk, music, keys = tmp_path / "disk", tmp_path / "music", tmp_path / "keys"
    disk.mkdir()
    if not may_mount(disk):
        pytest.skip("mounting a tmpfs in a namespace of its own isn't permitted here")
    make_collection(music)
    create_keys(keys, on=date.fromisoformat(TODAY))
    words = [sys.executable, "-m", "tests.app.full_disk", str(disk), str(music), str(keys)]
    run = subprocess.run(
        ["unshare", "--mount", *words], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    fates = json.loads(run.stdout)
    full = [(stage, err) for stage, _, code, err in fates if code == 7]
    assert {stage for stage, _ in full} == {command[0] for command in COMMANDS}
    assert all(err.count("\n") == 1 and "Free some space" in err for _, err in full), full
    in_mid_write = [stage for stage, err in full if "/lock:" not in err and "ledger.sqlite:" not in err]
    assert {"catalogue", "acquire", "characterise", "publish"} <= set(in_mid_write)
    assert {code for _, room, code, _ in fates if room is not None} <= {0, 4, 7}, fates
    assert all(code in {0, 4} for _, room, code, _ in fates if room is None), fates
    assert edition_bytes(tmp_path / "kept") == undisturbed(tmp_path / "undisturbed", music, keys)


def undisturbed(archive: Path, music: Path, keys: Path) -> dict[str, bytes]:
    tenuto(archive, "init", str(archive), "--name", "tones")
    subprocess.run(["cp", "-r", f"{keys}/.", str(archive / "keys")], check=True)
    tenuto(archive, "harvest", "folder", str(music), "--name", "music", expect=4)
    tenuto(archive, "run", "--budget", "300kB", "--date", TODAY, expect=4)
    return edition_bytes(archive)
