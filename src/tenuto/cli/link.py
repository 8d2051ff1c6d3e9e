"""`tenuto catalogue link show|join|split`."""

import json
from pathlib import Path

import click
import msgspec

from tenuto.app.stages import links as stage
from tenuto.app.stages.catalogue import open_current
from tenuto.cli.common import archive_option, json_option, open_with

_reason = click.option("--reason", default="", help="Why; kept in the decision log.")


@click.group("link")
def command() -> None:
    """Why source rows are one recording, and the operator's word on it."""


@command.command("show")
@click.argument("identifier")
@json_option
@archive_option
def show(identifier: str, as_json: bool, root: Path | None) -> None:
    """What ties a recording's source rows together, with confidence and evidence; and what nearly did."""
    archive = open_with(root)
    reader = open_current(archive)
    recording = reader.show(identifier).summary
    links = (*reader.links(recording.id), *stage.audio_links(archive, reader, recording.id))
    if as_json:
        document = {"recording": recording.id, "links": msgspec.to_builtins(links)}
        click.echo(json.dumps({"schema": "tenuto/links/1", **document}))
        return
    click.echo(f"{recording.title} - {recording.artist} ({recording.id}): {len(links):,} links")
    for link in links:
        verdict = "tied" if link.merged else "left apart"
        click.echo(f"  {_one_line(link.source, link.key)} = {_one_line(link.other_source, link.other_key)}")
        click.echo(f"    {verdict} by {link.method}, confidence {link.confidence:.4f}: {link.evidence}")


def _one_line(source: str, key: str) -> str:
    r"""A key as `join` and `split` take it: a line feed between its columns is shown as \n."""
    return f"{source}:{key}".replace("\n", r"\n")


@command.command("join")
@click.argument("one")
@click.argument("other")
@_reason
@archive_option
def join(one: str, other: str, reason: str, root: Path | None) -> None:
    """Two keys (SOURCE:KEY each) are one recording. Takes effect with the next build."""
    archive = open_with(root)
    with archive.writing("tenuto catalogue link join") as ledger:
        stage.join(archive, ledger, one, other, reason)
    click.echo("noted; build the catalogue again for it to take effect: tenuto catalogue build", err=True)


@command.command("split")
@click.argument("key")
@_reason
@archive_option
def split(key: str, reason: str, root: Path | None) -> None:
    """KEY (SOURCE:KEY) is a recording of its own, whatever identifiers and likeness say."""
    archive = open_with(root)
    with archive.writing("tenuto catalogue link split") as ledger:
        stage.split(archive, ledger, key, reason)
    click.echo("noted; build the catalogue again for it to take effect: tenuto catalogue build", err=True)
