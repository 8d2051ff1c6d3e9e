"""`tenuto plan`."""

from pathlib import Path

import click

from tenuto.app.stages import plan as stage
from tenuto.cli.common import dry_run_option, finish, open_with, showing, writing_options


@click.command("plan")
@click.option("--budget", help="Disk budget, like 80MB, 300TB or 1.5TiB. Default: plan.budget.")
@dry_run_option
@writing_options
def command(budget: str | None, dry_run: bool, root: Path | None, as_json: bool, progress_style: str) -> None:
    """Choose each recording's tier so that the most listens are held within the budget."""
    archive = open_with(root, plan__budget=budget)
    with archive.writing("tenuto plan") as ledger, showing(progress_style) as progress:
        result = stage.plan(archive, ledger, progress, dry_run=dry_run)
    finish(result, as_json=as_json)
