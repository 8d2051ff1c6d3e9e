"""`tenuto identify ask|show`."""

import json
from pathlib import Path

import click

from tenuto.app.stages import identify as stage
from tenuto.app.stages.catalogue import open_current
from tenuto.cli.common import archive_option, finish, json_option, open_with, showing, writing_options


@click.group("identify")
def command() -> None:
    """What AcoustID knows the held recordings as. Nothing is sent unless a key is configured and you ask."""


@command.command("ask")
@click.option("--url", help="A server that speaks the same API. Default: acoustid.url.")
@writing_options
def ask(url: str | None, root: Path | None, as_json: bool, progress_style: str) -> None:
    """Send the fingerprint and duration of each held file to the service, once, three a second at most."""
    archive = open_with(root, acoustid__url=url)
    with archive.writing("tenuto identify ask") as ledger, showing(progress_style) as progress:
        result = stage.identify(archive, ledger, progress)
    finish(result, as_json=as_json)


@command.command("show")
@click.argument("identifier")
@json_option
@archive_option
def show(identifier: str, as_json: bool, root: Path | None) -> None:
    """What was answered about one recording. Changes nothing in the catalogue."""
    archive = open_with(root)
    recording = open_current(archive).show(identifier).summary.id
    with archive.ledger(read_only=True) as ledger:
        answer = stage.answer_about(ledger, recording)
    if as_json:
        click.echo(json.dumps({"schema": "tenuto/identified/1", "recording": recording, **answer}))
        return
    for match in answer["matches"]:
        for mbid in match["mbids"] or ["no recording of MusicBrainz's"]:
            click.echo(f"{match['score']:.3f}  {mbid}  {match['acoustid']}")
    click.echo(f"{len(answer['matches']):,} matches at {answer['service']}", err=True)
