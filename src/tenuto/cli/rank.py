"""`tenuto rank`."""

from pathlib import Path

import click

from tenuto.app.stages import catalogue as stage
from tenuto.cli.common import finish, open_with, showing, writing_options


@click.command("rank")
@click.option(
    "--synthetic",
    "seed",
    type=int,
    help="Draw listens from a law with this seed instead of counting them. Every screen and file says so.",
)
@writing_options
def command(seed: int | None, root: Path | None, as_json: bool, progress_style: str) -> None:
    """Rank the current catalogue by listens: a new snapshot that shares its core with the old one."""
    archive = open_with(root)
    with archive.writing("tenuto rank") as ledger, showing(progress_style) as progress:
        result = stage.rank(archive, ledger, progress, synthetic_seed=seed)
    finish(result, as_json=as_json)
