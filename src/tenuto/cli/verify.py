"""`tenuto verify PATH`."""

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from tenuto import words
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
@click.option(
    "--root",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The publisher's 1.root.json, had from elsewhere. Without it an edition's own is taken on trust.",
)
@json_option
@progress_option
def command(path: Path, torrent: Path | None, root: Path | None, as_json: bool, progress_style: str) -> None:
    """Prove a bare copy of a volume, an edition or a mirror, with no database. Exits 6 where it isn't."""
    with showing(progress_style) as progress:
        report = verify_tree(
            path,
            now=datetime.now(UTC),
            torrent=torrent,
            trusted_root=root.read_bytes() if root else None,
            reporter=progress,
        )
    if as_json:
        faults = [{"path": fault.where, "what": fault.what} for fault in report.faults]
        document = {
            "schema": "tenuto/verify/1",
            "files": report.files,
            "bytes": report.bytes,
            "faults": faults,
            "notes": report.notes,
        }
        click.echo(json.dumps(document))
    else:
        click.echo(f"{report.kind}: {report.files:,} files, {words.size(report.bytes)} checked")
        for note in report.notes:
            click.echo(f"  note: {note}")
        for fault in report.faults:
            click.echo(f"  {fault.where}: {fault.what}")
    if not report.sound:
        raise FixityError(
            f"{report.fault_count:,} faults", where=str(path), remedy="Fetch what is wrong again"
        )
    if not as_json:
        click.echo("intact")
