"""`tenuto harvest folder|debian|table|again`."""

from pathlib import Path

import click

from tenuto.app.stages import harvest as stage
from tenuto.cli.common import finish, open_with, showing, writing_options
from tenuto.model.ports import Source

_name = click.option("--name", help="The source's name in the archive. Default: made from what is harvested.")
_priority = click.option(
    "--priority", type=int, default=100, show_default=True, help="Lower wins where sources disagree."
)
_force = click.option("--force", is_flag=True, help="Harvest again although the source hasn't changed.")


@click.group("harvest")
def command() -> None:
    """Rows from a source into the archive."""


@command.command("folder")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@_name
@_priority
@_force
@writing_options
def folder(
    folder: Path,
    name: str | None,
    priority: int,
    force: bool,
    root: Path | None,
    as_json: bool,
    progress_style: str,
) -> None:
    """Every audio file under FOLDER: tags, durations, rights.toml."""
    source = stage.folder_source(folder, name, priority)
    _harvest(source, force=force, root=root, as_json=as_json, style=progress_style)


@command.command("debian")
@click.argument("packages", nargs=-1, required=True)
@_name
@_priority
@_force
@writing_options
def debian(
    packages: tuple[str, ...],
    name: str | None,
    priority: int,
    force: bool,
    root: Path | None,
    as_json: bool,
    progress_style: str,
) -> None:
    """The audio in Debian PACKAGES, fetched from apt's configured mirrors without being root."""
    source = stage.debian_source(open_with(root), packages, name, priority)
    _harvest(source, force=force, root=root, as_json=as_json, style=progress_style)


@command.command("table")
@click.argument("mapping")
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True),
    help="The folder of the table's files. Default: the mapping file's folder.",
)
@_name
@_priority
@_force
@writing_options
def table(
    mapping: str,
    data: Path | None,
    name: str | None,
    priority: int,
    force: bool,
    root: Path | None,
    as_json: bool,
    progress_style: str,
) -> None:
    """A CSV, TSV, JSON Lines or Parquet table, read as MAPPING says (a file, or a shipped mapping's name)."""
    source = stage.table_source(mapping, data, name, priority)
    _harvest(source, force=force, root=root, as_json=as_json, style=progress_style)


@command.command("again")
@_force
@writing_options
def again(force: bool, root: Path | None, as_json: bool, progress_style: str) -> None:
    """All sources of the archive once more; those that haven't changed are skipped."""
    archive = open_with(root)
    with archive.writing("tenuto harvest again") as ledger, showing(progress_style) as progress:
        results = stage.again(archive, ledger, progress, force=force)
    finish(*results, as_json=as_json)


def _harvest(source: Source, *, force: bool, root: Path | None, as_json: bool, style: str) -> None:
    archive = open_with(root)
    with archive.writing("tenuto harvest") as ledger, showing(style) as progress:
        result = stage.harvest(archive, ledger, source, progress, force=force)
    finish(result, as_json=as_json)
