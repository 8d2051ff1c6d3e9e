"""`tenuto catalogue diff|delta|apply|rows`: versions of the catalogue, and what it was made from."""

import json
from dataclasses import asdict
from itertools import islice
from pathlib import Path

import click
import msgspec

from tenuto.app.stages import versions as stage
from tenuto.catalogue.diff import Difference
from tenuto.cli.common import archive_option, finish, json_option, open_with, showing, writing_options

_folder = click.Path(path_type=Path, file_okay=False)


@click.command("diff")
@click.argument("base")
@click.argument("target")
@click.option("--to", type=_folder, help="A new folder for the lists, as Parquet.")
@json_option
@archive_option
def diff(base: str, target: str, to: Path | None, as_json: bool, root: Path | None) -> None:
    """What snapshot TARGET has that BASE hasn't: ids, their beginnings, `current`, `current~1`."""
    found = stage.diff(open_with(root), base, target, to=to)
    click.echo(json.dumps({"schema": "tenuto/diff/1", **asdict(found)}) if as_json else _text(found))


@click.command("delta")
@click.argument("base")
@click.argument("target")
@click.argument("folder", type=_folder)
@writing_options
def delta(
    base: str, target: str, folder: Path, root: Path | None, as_json: bool, progress_style: str
) -> None:
    """Write the files that a mirror with snapshot BASE (or `nothing`) needs for TARGET to FOLDER."""
    archive = open_with(root)
    with showing(progress_style) as progress:
        result = stage.write_delta(archive, base, target, folder, progress)
    finish(result, as_json=as_json)


@click.command("apply")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@writing_options
def apply(folder: Path, root: Path | None, as_json: bool, progress_style: str) -> None:
    """Put the delta in FOLDER into the archive and make its snapshot current."""
    archive = open_with(root)
    with archive.writing("tenuto catalogue apply") as ledger, showing(progress_style) as progress:
        result = stage.apply_delta(archive, ledger, folder, progress)
    finish(result, as_json=as_json)


@click.command("rows")
@click.argument("source")
@click.option("--limit", type=click.IntRange(min=1), help="Rows at most. Default: all.")
@click.option("--jsonl", is_flag=True, help="One JSON object a line, with every field.")
@archive_option
def rows(source: str, limit: int | None, jsonl: bool, root: Path | None) -> None:
    """The rows that SOURCE brought into the current catalogue, rebuilt from it alone."""
    for row in islice(stage.source_rows(open_with(root), source), limit):
        if jsonl:
            click.echo(msgspec.json.encode(row))
        else:
            click.echo(f"{row.ordinal:>9,}  {row.entity:<9}  {row.key}  {row.title} - {row.artist}")


def _text(found: Difference) -> str:
    changed = ", ".join(f"{name} {number:,}" for name, number in found.changed_in.items())
    return (
        f"{found.base} -> {found.target}\n"
        f"  {found.before:,} recordings + {found.added:,} added + {found.split_off:,} split off"
        f" - {found.removed:,} removed - {found.merged:,} merged = {found.after:,}\n"
        f"  {found.changed:,} changed{': ' if changed else ''}{changed}\n"
        f"  {found.split:,} split"
    )
