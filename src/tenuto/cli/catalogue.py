"""`tenuto catalogue build|search|show`; versions stand in `tenuto.cli.versions`."""

import json
from pathlib import Path

import click
import msgspec

from tenuto.app.stages import catalogue as stage
from tenuto.app.stages.plans import planned_tiers
from tenuto.cli import versions
from tenuto.cli.common import archive_option, finish, json_option, open_with, showing, writing_options
from tenuto.cli.link import command as link_command
from tenuto.cli.stats import command as stats_command
from tenuto.model.catalogue import FacetCounts, Facets, RecordingDetail
from tenuto.model.plan import Tier


@click.group("catalogue")
def command() -> None:
    """What exists: merged, identified, ranked by listens."""


command.add_command(link_command)
command.add_command(stats_command)
command.add_command(versions.diff)
command.add_command(versions.delta)
command.add_command(versions.apply)
command.add_command(versions.rows)


@command.command("build")
@writing_options
def build(root: Path | None, as_json: bool, progress_style: str) -> None:
    """Merge the harvested rows into a new snapshot."""
    archive = open_with(root)
    with archive.writing("tenuto catalogue build") as ledger, showing(progress_style) as progress:
        result = stage.build(archive, ledger, progress)
    finish(result, as_json=as_json)


def _years(context: click.Context, parameter: click.Parameter, text: str | None) -> tuple[int, int] | None:
    """`1997` or `1990-1999`."""
    del context, parameter
    if text is None:
        return None
    first, _, last = text.partition("-")
    if not (first.isdecimal() and (last.isdecimal() or not last)):
        raise click.BadParameter(f"{text!r} is neither a year nor FIRST-LAST")
    return int(first), int(last or first)


@command.command("search")
@click.argument("query", nargs=-1)
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="Recordings at most."
)
@click.option("--year", "years", callback=_years, metavar="YEAR|FIRST-LAST", help="Released then.")
@click.option("--genre", help="Of this genre.")
@click.option("--licence", help="With this rights statement, as found.")
@click.option("--source", help="From this source.")
@click.option("--tier", type=click.Choice([tier.value for tier in Tier]), help="Planned to be held so.")
@click.option("--counts", "counting", is_flag=True, help="How the most heard hits divide, too.")
@json_option
@archive_option
def search(
    query: tuple[str, ...],
    limit: int,
    counting: bool,
    as_json: bool,
    root: Path | None,
    years: tuple[int, int] | None,
    genre: str | None,
    licence: str | None,
    source: str | None,
    tier: str | None,
) -> None:
    """Recordings by the words of QUERY, each a prefix; most heard first, typing errors forgiven."""
    facets = Facets(years, genre, licence, source, Tier(tier) if tier else None)
    archive = open_with(root)
    tiers = planned_tiers(archive) if facets.tier is not None or counting else b""
    reader = stage.open_current(archive, tiers=tiers)
    found = reader.find(" ".join(query), facets=facets, limit=limit)
    counts = reader.counts(" ".join(query), facets=facets) if counting else None
    if as_json:
        document = {**msgspec.to_builtins(found), "counts": msgspec.to_builtins(counts)}
        click.echo(json.dumps({"schema": "tenuto/search/2", **document}))
        return
    for recording in found.recordings:
        heard = recording.popularity
        listens = "" if heard.basis == "none" else f", {heard.listens:,.1f} listens ({heard.basis})"
        click.echo(f"{heard.rank:>9,}  {recording.id}  {recording.title} - {recording.artist}{listens}")
    for typed, words in found.corrections:
        click.echo(f"looked for {', '.join(words)} in place of {typed}", err=True)
    if found.unsearched:
        click.echo(f"the {found.unsearched:,} least heard recordings weren't looked at", err=True)
    if counts is not None:
        _show_counts(counts)


def _show_counts(counts: FacetCounts) -> None:
    click.echo(f"{'all' if counts.complete else 'of the first'} {counts.hits:,} hits:")
    for name in ("years", "genres", "licences", "sources", "tiers"):
        values = ", ".join(f"{value} {hits:,}" for value, hits in getattr(counts, name)[:10])
        click.echo(f"  {name}: {values or 'none'}")


@command.command("show")
@click.argument("identifier")
@json_option
@archive_option
def show(identifier: str, as_json: bool, root: Path | None) -> None:
    """Everything known of one recording: id, ISRC, MBID or SOURCE:KEY."""
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
        *(
            f"  from {source}: {key}" + (f" ({rows} rows)" if rows > 1 else "")
            for (source, key), rows in detail.rows_by_key().items()
        ),
    ]
    return "\n".join(lines)
