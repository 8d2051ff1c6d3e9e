"""`tenuto acquire`."""

from pathlib import Path

import click

from tenuto.app.stages import intake
from tenuto.cli.common import dry_run_option, finish, open_with, showing, writing_options


@click.command("acquire")
@dry_run_option
@writing_options
def command(dry_run: bool, root: Path | None, as_json: bool, progress_style: str) -> None:
    """Bring the planned audio into quarantine, with resume."""
    archive = open_with(root)
    with archive.writing("tenuto acquire") as ledger, showing(progress_style) as progress:
        result = intake.acquire_only(archive, ledger, progress, dry_run=dry_run)
    finish(result, as_json=as_json)
