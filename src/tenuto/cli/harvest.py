"""`tenuto harvest SOURCE`."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path

import click

from tenuto.app.archive import Archive
from tenuto.app.stages import harvest as stage
from tenuto.cli.common import finish, open_with, showing, writing_options
from tenuto.model.ports import Source
from tenuto.sources.listenbrainz import MONTHLY_CAP

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


@command.command("bagit")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@_harvesting
def bagit(archive: Archive, folder: Path, name: str | None, priority: int) -> Source:
    """The audio in a bag (RFC 8493); every file is checked, and each damaged one is named."""
    return stage.bag_source(archive, folder, name, priority)


@command.command("ocfl")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@_harvesting
def ocfl(_: Archive, folder: Path, name: str | None, priority: int) -> Source:
    """The audio in an OCFL storage root; every file is checked, and each damaged one is named."""
    return stage.ocfl_source(folder, name, priority)


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
    """A table (CSV, TSV, JSON Lines, Parquet), read as MAPPING says: a file, or a shipped mapping's name."""
    return stage.table_source(mapping, data, name, priority)


@command.command("musicbrainz")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--genres", is_flag=True, help="Genres too, which are CC BY-NC-SA 3.0; the rest is CC0.")
@_harvesting
def musicbrainz(
    archive: Archive, paths: tuple[Path, ...], genres: bool, name: str | None, priority: int
) -> Source:
    """MusicBrainz dumps: PATHS are JSON dumps or a PostgreSQL dump, or the folder that holds them."""
    return stage.musicbrainz_source(archive, paths, genres=genres, name=name, priority=priority)


@command.command("listenbrainz")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option(
    "--monthly-cap",
    type=click.IntRange(min=1),
    default=MONTHLY_CAP,
    show_default=True,
    help="Listens of one recording that count for one listener in one month.",
)
@_harvesting
def listenbrainz(
    archive: Archive, paths: tuple[Path, ...], monthly_cap: int, name: str | None, priority: int
) -> Source:
    """ListenBrainz: PATHS are a full dump of listens and the incrementals after it, or popularity files."""
    return stage.listenbrainz_source(archive, paths, monthly_cap=monthly_cap, name=name, priority=priority)


@command.command("discogs")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@_harvesting
def discogs(_: Archive, folder: Path, name: str | None, priority: int) -> Source:
    """Discogs: one month's XML dumps in FOLDER, checked against their CHECKSUM file where it is there."""
    return stage.discogs_source(folder, name, priority)


_url = click.option("--url", help="Another server that speaks the same API: a mirror, or one for tests.")


@command.command("internet-archive")
@click.option("--query", default="", help="A search, in the archive's own query language.")
@click.option("--item", "items", multiple=True, help="An item by its identifier; may be repeated.")
@_url
@_harvesting
def internet_archive(
    archive: Archive, query: str, items: tuple[str, ...], url: str | None, name: str | None, priority: int
) -> Source:
    """Items of the Internet Archive: the original audio files of a search, or of items by name."""
    return stage.internet_archive_source(archive, query, items, url=url, name=name, priority=priority)


@command.command("jamendo")
@click.option(
    "--filter", "filters", multiple=True, help="NAME=VALUE as the API documents it; may be repeated."
)
@_url
@_harvesting
def jamendo(
    archive: Archive, filters: tuple[str, ...], url: str | None, name: str | None, priority: int
) -> Source:
    """Tracks of Jamendo through its API, all of them or those that every filter lets through."""
    return stage.jamendo_source(archive, filters, url=url, name=name, priority=priority)


@command.command("again")
@_force
@writing_options
def again(force: bool, root: Path | None, as_json: bool, progress_style: str) -> None:
    """All sources of the archive once more; those that haven't changed are skipped."""
    archive = open_with(root)
    with archive.writing("tenuto harvest again") as ledger, showing(progress_style) as progress:
        results = stage.again(archive, ledger, progress, force=force)
    finish(*results, as_json=as_json)
