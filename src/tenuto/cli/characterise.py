"""`tenuto characterise`."""

from pathlib import Path

import click

from tenuto.app.stages import intake
from tenuto.cli.common import (
    dry_run_option,
    engine_option,
    finish,
    jobs_option,
    open_with,
    showing,
    writing_options,
)


@click.command("characterise")
@jobs_option
@engine_option
@dry_run_option
@writing_options
def command(
    jobs: int | None,
    engine: str | None,
    dry_run: bool,
    root: Path | None,
    as_json: bool,
    progress_style: str,
) -> None:
    """Decode once what waits in quarantine, make planned access copies, and take it all into the store."""
    archive = open_with(root, work__jobs=jobs, work__engine=engine)
    with archive.writing("tenuto characterise") as ledger, showing(progress_style) as progress:
        result = intake.characterise_only(archive, ledger, progress, dry_run=dry_run)
    finish(result, as_json=as_json)
