"""`tenuto publish`."""

from datetime import datetime
from pathlib import Path

import click

from tenuto.app.stages import publish as stage
from tenuto.cli.common import dry_run_option, finish, open_with, showing, writing_options

date_option = click.option(
    "--date",
    "on",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Day from which the signatures' expiry counts. Default: SOURCE_DATE_EPOCH, else today (UTC).",
)


@click.command("publish")
@date_option
@dry_run_option
@writing_options
def command(
    on: datetime | None, dry_run: bool, root: Path | None, as_json: bool, progress_style: str
) -> None:
    """Publish what is held and cleared as an edition. Reads no audio: torrents come from stored hashes."""
    archive = open_with(root)
    with archive.writing("tenuto publish") as ledger, showing(progress_style) as progress:
        result = stage.publish(archive, ledger, progress, on=on.date() if on else None, dry_run=dry_run)
    finish(result, as_json=as_json)
