"""`tenuto run`."""

from datetime import datetime
from pathlib import Path

import click

from tenuto.app.run import run
from tenuto.cli.common import engine_option, finish, jobs_option, open_with, showing, writing_options
from tenuto.cli.publish import date_option


@click.command("run")
@click.option("--budget", help="Disk budget, like 80MB, 300TB or 1.5TiB. Default: plan.budget.")
@jobs_option
@engine_option
@date_option
@writing_options
def command(
    budget: str | None,
    jobs: int | None,
    engine: str | None,
    on: datetime | None,
    root: Path | None,
    as_json: bool,
    progress_style: str,
) -> None:
    """Walk all stages, from the registered sources to an edition. Does only what is missing."""
    archive = open_with(root, plan__budget=budget, work__jobs=jobs, work__engine=engine)
    with archive.writing("tenuto run") as ledger, showing(progress_style) as progress:
        results = run(archive, ledger, progress, on=on.date() if on else None)
    finish(*results, as_json=as_json)
