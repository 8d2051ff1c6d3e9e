"""`tenuto init DIR`."""

from pathlib import Path

import click

from tenuto.app.archive import init


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--name", help="Short name of the archive, part of every volume's name. Default: the folder's name."
)
def command(folder: Path, name: str | None) -> None:
    """Lay out a new archive in FOLDER."""
    archive = init(folder, name)
    click.echo(f"archive {archive.name} in {archive.root}")
