"""`tenuto catalogue build|search|show`."""

import json
from pathlib import Path

import click
import msgspec

from tenuto.app.stages import catalogue as stage
from tenuto.cli.common import archive_option, finish, json_option, open_with, showing, writing_options
from tenuto.model.catalogue import RecordingDetail


@click.group("catalogue")
def command() -> None:
    """What exists: merged, identified, ranked by listens."""


@command.command("build")
@writing_options
def build(root: Path | None, as_json: bool, progress_style: str) -> None:
    """Merge the harvested rows into a new snapshot."""
    archive = open_with(root)
    with archive.writing("tenuto catalogue build") as ledger, showing(progress_style) as progress:
        result = stage.build(archive, ledger, progress)
    finish(result, as_json=as_json)


@command.command("search")
@click.argument("query", nargs=-1)
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="Recordings at most."
)
@json_option
@archive_option
def search(query: tuple[str, ...], limit: int, as_json: bool, root: Path | None) -> None:
    """Recordings by the words of QUERY, each a prefix; most heard first."""
    reader = stage.open_current(open_with(root))
    found = reader.search(" ".join(query), limit=limit)
    if as_json:
        click.echo(json.dumps({"schema": "tenuto/search/1", "recordings": msgspec.to_builtins(found)}))
        return
    for recording in found:
        heard = recording.popularity
        listens = "" if heard.basis == "none" else f", {heard.listens:,.1f} listens ({heard.basis})"
        click.echo(f"{heard.rank:>9,}  {recording.id}  {recording.title} - {recording.artist}{listens}")


@command.command("show")
@click.argument("identifier")
@json_option
@archive_option
def show(identifier: str, as_json: bool, root: Path | None) -> None:
    """Everything known of one recording: id, ISRC or MBID."""
    detail = stage.open_current(open_with(root)).show(identifier)
    if as_json:
        click.echo(json.dumps({"schema": "tenuto/recording/1", **msgspec.to_builtins(detail)}))
        return
    click.echo(_text(detail))


def _text(detail: RecordingDetail) -> str:
    summary, heard = detail.summary, detail.summary.popularity
    lines = [
        f"{summary.title} - {summary.artist}",
        f"  id {summary.id}",
        f"  rank {heard.rank:,}, popularity {heard.popularity}, listens {heard.listens:,.1f} ({heard.basis})",
        *(f"  {identifier.scheme} {identifier.value}" for identifier in detail.identifiers),
        *(f"  on {place.title} ({place.year or 'year unknown'})" for place in detail.tracks),
        *(f"  at {place.uri} ({place.length or '?'} bytes)" for place in detail.locations),
        *(f"  {e.kind} ({e.kind.strength}): {e.statement} [{e.origin}]" for e in detail.evidence),
        *(f"  from {row.source} row {row.ordinal}: {row.key}" for row in detail.source_rows),
    ]
    return "\n".join(lines)
