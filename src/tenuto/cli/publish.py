"""`tenuto publish`."""

from datetime import datetime
from pathlib import Path

import click

from tenuto.app.keys import renew_signatures
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
@click.option("--repack", is_flag=True, help="Pack everything anew: all volumes change.")
@click.option("--renew", is_flag=True, help="Only sign the current edition's metadata anew.")
@dry_run_option
@writing_options
def command(
    on: datetime | None,
    repack: bool,
    renew: bool,
    dry_run: bool,
    root: Path | None,
    as_json: bool,
    progress_style: str,
) -> None:
    """Publish what is held and cleared as an edition. Reads no audio: torrents come from stored hashes.

    What stands in a volume stays there; new recordings go to new volumes.
    """
    if repack and renew:
        raise click.UsageError("--repack publishes, --renew doesn't: say one of them")
    archive, day = open_with(root), on.date() if on else None
    with archive.writing("tenuto publish") as ledger, showing(progress_style) as progress:
        if renew:
            result = renew_signatures(archive, on=day or stage.today(), dry_run=dry_run)
        else:
            result = stage.publish(archive, ledger, progress, on=day, dry_run=dry_run, repack=repack)
    finish(result, as_json=as_json)
