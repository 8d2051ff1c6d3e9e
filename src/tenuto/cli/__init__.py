"""The command line: one module per command, loaded when it is asked for; no logic here."""

import importlib
import signal
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NoReturn

import click

from tenuto import __version__
from tenuto.fsync import space_or
from tenuto.model.errors import TenutoError

COMMANDS: Mapping[str, str] = {
    "init": "Lay out a new archive.",
    "status": "What the archive holds and what was done.",
    "config": "Settings, and where each value came from.",
    "harvest": "Rows from a source into the archive.",
    "catalogue": "What exists: merged, identified, ranked by listens.",
    "rank": "Rank the current catalogue by listens.",
    "plan": "Choose each recording's tier within a disk budget.",
    "acquire": "Bring the planned audio into quarantine.",
    "characterise": "Decode once what waits in quarantine, and store it.",
    "duplicates": "Recordings that are held more than once.",
    "identify": "What AcoustID knows held recordings as; asks only on demand.",
    "publish": "Publish what is held and cleared as an edition.",
    "keys": "Keys that sign editions, and their ceremonies.",
    "run": "Walk all stages; does only what is missing.",
    "rights": "Decisions on what may be published, with their evidence.",
    "seed": "Seed the current edition out of the store, or a mirror.",
    "mirror": "Mirror an archive: signed metadata and volumes, verified.",
    "adopt": "Choose what to hold of an archive: neediest first.",
    "health": "Who holds the volumes: proved by mirrors, claimed by trackers.",
    "get": "Fetch one published recording, verified.",
    "verify": "Prove a bare copy, with no database.",
    "export": "The catalogue as tables; what is held as BagIt or OCFL.",
    "serve": "The explorer, in a browser.",
    "demo": "The whole journey on real, freely licensed music.",
}
"""Command to its line in `tenuto --help`, in the order of the journey. Module `tenuto.cli.<command>`."""


class JourneyGroup(click.Group):
    """Lists the commands in the order of the journey, and imports only the one that runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"tenuto.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """An unknown word gets the nearest command: click knows only those that are loaded."""
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as error:
            raise click.NoSuchCommand(error.command_name, possibilities=COMMANDS, ctx=ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """From the table above: loading every command for its help would take seconds."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


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


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """SIGTERM raises `SystemExit`, as Ctrl-C raises `KeyboardInterrupt`; in the middle of a query, too.

    DuckDB raises an error of its own there, whatever the handler raises.
    """
    caught: list[int] = []

    def end(number: int, _: object) -> NoReturn:
        caught.append(number)
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, end)
    try:
        yield
    except RuntimeError as error:
        if str(error) != "Query interrupted":
            raise
        raise SystemExit(128 + caught[0]) if caught else KeyboardInterrupt from error


def main() -> NoReturn:
    """The entry point: every error that is the user's or the world's ends in one line and its exit code."""
    try:
        with _ended_by_signals():
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
    except (OSError, sqlite3.Error) as error:
        wrapped = space_or(error, getattr(error, "filename", None) or "")
        click.echo(f"tenuto: {wrapped}", err=True)
        code = wrapped.exit_code if isinstance(wrapped, TenutoError) else 1
    sys.exit(code)
