"""`tenuto verify PATH`."""

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from tenuto.app.sizes import format_size
from tenuto.cli.common import json_option, progress_option, showing
from tenuto.model.errors import FixityError
from tenuto.verify import verify_tree


@click.command("verify")
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@click.option(
    "--torrent",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Also check a volume against its .torrent.",
)
@json_option
@progress_option
def command(path: Path, torrent: Path | None, as_json: bool, progress_style: str) -> None:
    """Prove a bare copy of a volume or an edition, with no database. Exits 6 where anything is wrong."""
    with showing(progress_style) as progress:
        report = verify_tree(path, torrent=torrent, now=datetime.now(UTC), reporter=progress)
    if as_json:
        faults = [{"path": fault.path, "what": fault.what} for fault in report.faults]
        document = {
            "schema": "tenuto/verify/1",
            "files": report.files,
            "bytes": report.bytes,
            "faults": faults,
        }
        click.echo(json.dumps(document))
    else:
        click.echo(f"{report.kind}: {report.files:,} files, {format_size(report.bytes)} checked")
        for fault in report.faults:
            click.echo(f"  {fault.path}: {fault.what}")
    if report.faults:
        raise FixityError(f"{len(report.faults)} faults", where=str(path), remedy="Fetch what is wrong again")
    if not as_json:
        click.echo("intact")
