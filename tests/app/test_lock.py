"""One writer at a time; a crash leaves no lock behind."""

import subprocess
import sys
from pathlib import Path

import pytest

from tenuto.app.lock import writer_lock
from tenuto.model.errors import LockedError

HOLD = """
import sys, time
from pathlib import Path
from tenuto.app.lock import writer_lock
with writer_lock(Path(sys.argv[1]), "tenuto acquire"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_the_holder_is_named_and_a_killed_holder_frees_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(LockedError, match=f"`tenuto acquire`, process {holder.pid} on"),
            writer_lock(path, "tenuto plan"),
        ):
            pass
        holder.kill()
    with writer_lock(path, "tenuto plan"):
        assert "tenuto plan" in path.read_text(encoding="utf-8")
