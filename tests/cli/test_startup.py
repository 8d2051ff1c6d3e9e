"""Help and version: complete, and quick because nothing heavy is loaded for them."""

import re
import subprocess
import sys
import time

import pytest

from tenuto import __version__
from tenuto.cli import COMMANDS
from tests.cli.conftest import call

HEAVY = ("duckdb", "libtorrent", "av", "pyarrow", "numpy", "httpx2", "starlette", "mutagen", "sqlite3.dump")
LOADED = """
import sys
from tenuto.cli import tenuto
try:
    tenuto(sys.argv[1:])
except SystemExit:
    pass
sys.stderr.write(" ".join(sys.modules))
"""


@pytest.mark.parametrize("words", [["--help"], ["--version"], []], ids=str)
def test_help_and_version_load_no_library_of_any_stage(words: list[str]) -> None:
    done = subprocess.run([sys.executable, "-c", LOADED, *words], capture_output=True, text=True, check=True)
    assert not set(HEAVY) & set(done.stderr.split())


def test_version_answers_at_once() -> None:
    """Measured: 0.08 s. The limit is generous, for a busy machine."""
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "tenuto", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"tenuto, version {__version__}\n"
    assert time.monotonic() - begun < 2


def test_help_lists_every_command_with_its_line() -> None:
    shown = call("--help").output
    for name, line in COMMANDS.items():
        assert re.search(rf"^  {name} +{re.escape(line)}$", shown, flags=re.MULTILINE)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str) -> None:
    shown = call(name, "--help")
    assert shown.exit_code == 0
    assert shown.output.startswith(f"Usage: tenuto {name}")
    assert call(name, "-h").output == shown.output


def test_an_unknown_command_is_a_usage_error() -> None:
    wrong = call("publsh")
    assert wrong.exit_code == 2
    assert "No such command 'publsh'. Did you mean 'publish'?" in wrong.output
