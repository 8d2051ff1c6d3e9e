"""`tenuto harvest folder|debian|table|again`."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path

import click

from tenuto.app.archive import Archive
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


def _harvesting(make: Callable[..., Source]) -> Callable[..., None]:
    """Gives a command the options that all sources have; `make` gives the source for its own words."""

    @_name
    @_priority
    @_force
    @writing_options
    @wraps(make)
    def run(root: Path | None, as_json: bool, progress_style: str, force: bool, **words: object) -> None:
        archive = open_with(root)
        source = make(archive, **words)
        with archive.writing("tenuto harvest") as ledger, showing(progress_style) as progress:
            result = stage.harvest(archive, ledger, source, progress, force=force)
        finish(result, as_json=as_json)

    return run


@command.command("folder")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@_harvesting
def folder(_: Archive, folder: Path, name: str | None, priority: int) -> Source:
    """Every audio file under FOLDER: tags, durations, rights.toml."""
    return stage.folder_source(folder, name, priority)


@command.command("debian")
@click.argument("packages", nargs=-1, required=True)
@_harvesting
def debian(archive: Archive, packages: tuple[str, ...], name: str | None, priority: int) -> Source:
    """The audio in Debian PACKAGES, fetched from apt's configured mirrors without being root."""
    return stage.debian_source(archive, packages, name, priority)


@command.command("table")
@click.argument("mapping")
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True),
    help="The folder of the table's files. Default: the mapping file's folder.",
)
@_harvesting
def table(_: Archive, mapping: str, data: Path | None, name: str | None, priority: int) -> Source:
    """A CSV, TSV, JSON Lines or Parquet table, read as MAPPING says (a file, or a shipped mapping's name)."""
    return stage.table_source(mapping, data, name, priority)


@command.command("again")
@_force
@writing_options
def again(force: bool, root: Path | None, as_json: bool, progress_style: str) -> None:
    """All sources of the archive once more; those that haven't changed are skipped."""
    archive = open_with(root)
    with archive.writing("tenuto harvest again") as ledger, showing(progress_style) as progress:
        results = stage.again(archive, ledger, progress, force=force)
    finish(*results, as_json=as_json)
