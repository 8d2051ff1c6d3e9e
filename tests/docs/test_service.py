"""The systemd unit in contrib/ is one that systemd takes, and its command one that `tenuto` takes."""

import shlex
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import click
import pytest

from tenuto.cli import tenuto
from tenuto.swarm.exporter import Exporter

UNIT = Path(__file__).resolve().parents[2] / "contrib" / "tenuto-seed.service"


def service() -> dict[str, str]:
    parser = ConfigParser(interpolation=None, comment_prefixes="#")
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # the documented way to keep the case
    parser.read_string(UNIT.read_text(encoding="utf-8"))
    return dict(parser["Service"])


def test_its_command_is_one_of_ours() -> None:
    program, name, *words = shlex.split(service()["ExecStart"])
    assert Path(program).name == "tenuto"
    command = tenuto.get_command(click.Context(tenuto), name)
    assert command is not None
    given = command.make_context(name, words).params
    assert given["root"] == Path("/srv/archive")
    Exporter(given["metrics"])


def test_its_exit_codes_are_ours() -> None:
    """128 and the signal's number end in order; what only a person can mend isn't tried again."""
    found = service()
    assert found["SuccessExitStatus"].split() == ["130", "143"]
    assert found["RestartPreventExitStatus"].split() == ["2", "3"]


@pytest.mark.system
@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is missing")
def test_systemd_takes_it(tmp_path: Path) -> None:
    """A user and a program of this machine stand in for those of the unit."""
    text = UNIT.read_text(encoding="utf-8")
    text = text.replace("/usr/local/bin/tenuto", sys.executable).replace("=tenuto\n", "=daemon\n")
    copy = tmp_path / UNIT.name
    copy.write_text(text, encoding="utf-8")
    words = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(copy)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
