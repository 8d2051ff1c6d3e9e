"""The command line: one module per command, loaded when it is asked for; no logic here."""

import importlib
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

import click

from tenuto import __version__
from tenuto.fsync import space_or
from tenuto.model.errors import TenutoError

COMMANDS: Mapping[str, str] = {
    "init": "init",
    "status": "status",
    "config": "config",
    "harvest": "harvest",
    "catalogue": "catalogue",
    "rank": "rank",
    "plan": "plan",
    "acquire": "acquire",
    "characterise": "characterise",
    "publish": "publish",
    "run": "run",
    "rights": "rights",
    "seed": "seed",
    "get": "get",
    "verify": "verify",
    "serve": "serve",
    "demo": "demo",
}
"""Command to module, in the order of the journey."""


class JourneyGroup(click.Group):
    """Lists the commands in the order of the journey, and imports only the one that runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        command: click.Command = importlib.import_module(f"tenuto.cli.{module}").command
        return command


@click.group(
    cls=JourneyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="tenuto")
def tenuto() -> None:
    """A preservation archive for music.

    sources -> catalogue -> plan -> acquire -> characterise -> publish -> seed -> serve

    Exit codes: 0 ok, 1 unexpected, 2 usage, 3 configuration or not found, 4 partial, 5 network,
    6 fixity mismatch, 7 budget or space, 8 refused by rights, 130 interrupted, 143 terminated.
    """


def _terminated(*_: object) -> NoReturn:
    raise SystemExit(143)


def main() -> NoReturn:
    """The entry point: every error that is the user's or the world's ends in one line and its exit code."""
    signal.signal(signal.SIGTERM, _terminated)
    try:
        tenuto(standalone_mode=False)
        code = 0
    except click.exceptions.Abort:
        code = 130
    except KeyboardInterrupt:
        code = 130
    except click.exceptions.Exit as stop:
        code = stop.exit_code
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except TenutoError as error:
        click.echo(f"tenuto: {error}", err=True)
        code = error.exit_code
    except BrokenPipeError:
        sys.stderr.close()
        code = 1
    except OSError as error:
        wrapped = space_or(error, Path(str(error.filename or "")))
        click.echo(f"tenuto: {wrapped}", err=True)
        code = wrapped.exit_code if isinstance(wrapped, TenutoError) else 1
    sys.exit(code)
