"""`tenuto demo`."""

from pathlib import Path

import click

from tenuto.cli.common import progress_option, showing
from tenuto.demo import demonstrate


@click.command("demo")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo"),
    show_default=True,
    help="Where the demonstration's archive and downloads go.",
)
@click.option(
    "--serve/--no-serve", default=None, help="Serve the explorer at the end. Default: on a terminal."
)
@progress_option
def command(folder: Path, serve: bool | None, progress_style: str) -> None:
    """An archive of real, freely licensed music from Debian packages, from nothing to a verified download."""
    with showing(progress_style) as progress:
        demonstrate(folder, progress, serve=serve)
