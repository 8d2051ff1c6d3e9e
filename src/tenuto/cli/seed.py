"""`tenuto seed`."""

from pathlib import Path

import click

from tenuto.app.swarm import seeding
from tenuto.app.sizes import format_size
from tenuto.cli.common import archive_option, open_with, progress_option, showing


@click.command("seed")
@click.option("--interfaces", help="Where to listen, like 0.0.0.0:6881. Default: swarm.interfaces.")
@click.option("--bwlimit", help="Upload limit a second, like 2MB. Default: none.")
@progress_option
@archive_option
def command(interfaces: str | None, bwlimit: str | None, progress_style: str, root: Path | None) -> None:
    """Seed the current edition straight out of the store, until Ctrl-C."""
