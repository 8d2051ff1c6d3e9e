"""`tenuto status`."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from tenuto import words
from tenuto.app.status import Status, faults, status
from tenuto.cli.common import archive_option, json_option, open_with, stage_document, stage_text


@click.command("status")
@click.option("--faults", "faulty", is_flag=True, help="List all that is damaged, and all that failed.")
@json_option
@archive_option
def command(faulty: bool, as_json: bool, root: Path | None) -> None:
    """What the archive holds and what was done; answers at once whatever its size."""
    archive = open_with(root)
    if faulty:
        for each in faults(archive):
            click.echo(json.dumps(asdict(each)) if as_json else f"{each.state}: {each.item}: {each.what}")
        return
    state = status(archive)
    if as_json:
        click.echo(json.dumps(_document(state)))
        return
    click.echo(f"archive {state.name}")
    click.echo(f"snapshot {state.snapshot or 'none yet: tenuto catalogue build'}")
    click.echo(f"plan {state.plan or 'none yet: tenuto plan'}")
    click.echo(f"edition {state.edition or 'none yet: tenuto publish'}")
    for tier, (items, size) in state.held.items():
        click.echo(f"held as {tier}: {items:,} recordings, {words.size(size)}")
    if state.damaged:
        click.echo(f"damaged, held as they are: {state.damaged:,}; named by: tenuto status --faults")
    for result in state.stages:
        click.echo(stage_text(result))
    for stage, failures in state.failures.items():
        for failure in failures:
            click.echo(f"  failed in {stage}: {failure.key}: {failure.detail}")


def _document(state: Status) -> dict[str, object]:
    return {
        "schema": "tenuto/status/1",
        "archive": state.name,
        "snapshot": state.snapshot,
        "plan": state.plan,
        "edition": state.edition,
        "held": {str(tier): {"recordings": n, "bytes": size} for tier, (n, size) in state.held.items()},
        "damaged": state.damaged,
        "stages": [stage_document(result) for result in state.stages],
        "failures": {
            str(stage): [{"item": f.key, "error": f.detail} for f in failures]
            for stage, failures in state.failures.items()
        },
    }
