"""`tenuto export parquet|sqlite|csv|jsonl|bagit|ocfl`."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from tenuto.app.stages import export as stage
from tenuto.app.stages import packages
from tenuto.app.stages.publish import today
from tenuto.catalogue.export import Format
from tenuto.cli.common import dry_run_option, finish, open_with, showing, writing_options

F = TypeVar("F", bound=Callable[..., Any])


@click.group("export")
def command() -> None:
    """The catalogue as tables or documents, or what is held as packages for other archives."""


def _common(function: F) -> F:
    """What every format has."""
    options: list[Callable[[F], F]] = [
        click.argument("folder", metavar="DIR", type=click.Path(path_type=Path)),
        click.option("--public", is_flag=True, help="Only what may be republished."),
        click.option(
            "--without", multiple=True, metavar="SOURCE", help="With --public: leave this source out too."
        ),
        click.option("--snapshot", metavar="ID", help="Default: the current snapshot."),
        dry_run_option,
        writing_options,
    ]
    for option in reversed(options):
        function = option(function)
    return function


_table_option = click.option(
    "--table", "tables", multiple=True, metavar="NAME", help="Only this table; may be given several times."
)


@command.command("parquet")
@_table_option
@_common
def parquet(**words: Any) -> None:  # noqa: ANN401 -- click's parameters, named in `_run`
    """Live rows of every table as Parquet, for queries with any engine."""
    _run(Format.PARQUET, **words)


@command.command("sqlite")
@_table_option
@_common
def sqlite(**words: Any) -> None:  # noqa: ANN401 -- as above
    """All tables in one SQLite file, indexed."""
    _run(Format.SQLITE, **words)


@command.command("csv")
@click.option("--raw", is_flag=True, help="Leave texts as they are that spreadsheets would run as formulas.")
@_table_option
@_common
def csv(**words: Any) -> None:  # noqa: ANN401 -- as above
    """Every table as CSV (RFC 4180)."""
    _run(Format.CSV, **words)


@command.command("jsonl")
@_common
def jsonl(**words: Any) -> None:  # noqa: ANN401 -- as above
    """Recordings as JSON documents, a line each, in seekable zstd."""
    _run(Format.JSONL, **words)


def _run(
    kind: Format,
    *,
    folder: Path,
    public: bool,
    without: tuple[str, ...],
    snapshot: str | None,
    dry_run: bool,
    root: Path | None,
    as_json: bool,
    progress_style: str,
    tables: tuple[str, ...] = (),
    raw: bool = False,
) -> None:
    if without and not public:
        raise click.UsageError("--without goes with --public: otherwise everything is exported")
    wish = stage.Wish(kind, folder, tables, public, without, snapshot, raw)
    with showing(progress_style) as progress:
        result = stage.export(open_with(root), wish, progress, dry_run=dry_run)
    finish(result, as_json=as_json)


def _packing(function: F) -> F:
    """What both kinds of package have."""
    options: list[Callable[[F], F]] = [
        click.argument("selection"),
        click.argument("folder", metavar="DIR", type=click.Path(path_type=Path)),
        click.option("--link", is_flag=True, help="Hard links to the store's objects, unread, not copies."),
        click.option(
            "--date",
            "on",
            type=click.DateTime(["%Y-%m-%d"]),
            help="The day that stands in the package. Default: SOURCE_DATE_EPOCH, else today (UTC).",
        ),
        dry_run_option,
        writing_options,
    ]
    for option in reversed(options):
        function = option(function)
    return function


@command.command("bagit")
@_packing
def bagit(**words: Any) -> None:  # noqa: ANN401 -- click's parameters, named in `_pack`
    """What is held of SELECTION as a bag (RFC 8493): for preservation, not a publication.

    SELECTION: all, published, artist:ID, release:ID, query:WORDS, ids:FILE (- for standard input), or one
    recording's id, ISRC, MBID or SOURCE:KEY.
    """
    _pack(packages.BAGIT, **words)


@command.command("ocfl")
@_packing
def ocfl(**words: Any) -> None:  # noqa: ANN401 -- as above
    """What is held of SELECTION (as for bagit) as an OCFL 1.1 storage root, an object a recording."""
    _pack(packages.OCFL, **words)


def _pack(
    kind: str,
    *,
    selection: str,
    folder: Path,
    link: bool,
    on: datetime | None,
    dry_run: bool,
    root: Path | None,
    as_json: bool,
    progress_style: str,
) -> None:
    wish = packages.PackageWish(kind, selection, folder, on.date() if on else today(), link)
    with showing(progress_style) as progress:
        result = packages.package(open_with(root), wish, progress, dry_run=dry_run)
    finish(result, as_json=as_json)
