"""`tenuto duplicates find|list`."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import click

from tenuto.app.stages import duplicates as stage
from tenuto.app.stages.catalogue import open_current
from tenuto.cli.common import archive_option, open_with, showing, writing_options
from tenuto.model.duplicates import DuplicatesSummary, Pair, Tie


@click.group("duplicates")
def command() -> None:
    """Recordings that are held more than once: the same bytes, the same audio, or in another encoding."""


@command.command("find")
@writing_options
def find(root: Path | None, as_json: bool, progress_style: str) -> None:
    """Compare what is held and new with all that is held; the plan then wants one copy of each.

    Merges nothing: to say that two are one recording, use `tenuto catalogue link join`.
    """
    archive = open_with(root)
    with showing(progress_style) as progress, archive.writing("tenuto duplicates find") as ledger:
        found = stage.find_duplicates(archive, ledger, progress)
    click.echo(json.dumps({"schema": "tenuto/duplicates/2", **asdict(found)}) if as_json else _words(found))


@command.command("list")
@click.argument("identifier", required=False)
@click.option("--doubtful", is_flag=True, help="Those that somebody should listen to.")
@click.option("--jsonl", "as_lines", is_flag=True, help="One JSON document a pair.")
@archive_option
def list_(identifier: str | None, doubtful: bool, as_lines: bool, root: Path | None) -> None:
    """The pairs that were found, or those of one recording. `catalogue link show` has the keys to join."""
    archive = open_with(root)
    pairs: Iterable[Pair]
    if identifier is None:
        click.echo(_words(stage.current_duplicates(archive)), err=True)
        pairs = (p for p in stage.current_pairs(archive, doubtful=doubtful) if p.one < p.other)
    else:
        recording = open_current(archive).show(identifier).summary.id
        pairs = (p for p in stage.pairs_of(archive, recording) if (p.tie is Tie.DOUBT) is doubtful)
    for pair in pairs:
        click.echo(json.dumps(asdict(pair)) if as_lines else _line(pair))


def _words(found: DuplicatesSummary) -> str:
    ties = ", ".join(f"{count:,} by {tie}" for tie, count in found.pairs.items() if tie is not Tie.DOUBT)
    return (
        f"{found.objects:,} objects: {found.members:,} recordings in {found.clusters:,} clusters\n"
        f"  pairs: {ties}; {found.pairs[Tie.DOUBT]:,} in doubt"
    )


def _line(pair: Pair) -> str:
    measured = f"  {pair.error:.1%} of bits differ, {pair.offset_s:+.1f} s"
    compared = pair.tie in {Tie.LIKENESS, Tie.DOUBT}
    return f"{pair.one}  {pair.other}  {pair.tie}{measured if compared else ''}"
