"""`tenuto duplicates`."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from tenuto.app.stages import duplicates as stage
from tenuto.audio.duplicates import Pair, Tie, clusters
from tenuto.cli.common import archive_option, json_option, open_with


@click.command("duplicates")
@json_option
@archive_option
def command(as_json: bool, root: Path | None) -> None:
    """Recordings that are held more than once: as the same bytes, the same audio, or in another encoding.

    Changes nothing. Pairs in doubt are for somebody to listen to; to say that two are one recording, use
    `tenuto catalogue link join`.
    """
    archive = open_with(root)
    with archive.ledger(read_only=True) as ledger:
        pairs = stage.duplicates(archive, ledger)
    found = clusters(pairs)
    if as_json:
        document = {"clusters": found, "pairs": [asdict(pair) for pair in pairs]}
        click.echo(json.dumps({"schema": "tenuto/duplicates/1", **document}))
        return
    for pair in pairs:
        click.echo(_line(pair))
    recordings = sum(map(len, found))
    click.echo(f"{recordings:,} recordings in {len(found):,} clusters of duplicates", err=True)


def _line(pair: Pair) -> str:
    measured = f"  {pair.error:.1%} of bits differ, {pair.offset_s:+.1f} s"
    compared = pair.tie in {Tie.LIKENESS, Tie.DOUBT}
    return f"{pair.one}  {pair.other}  {pair.tie}{measured if compared else ''}"
