"""`tenuto rights show|log`."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from tenuto.app.view import View
from tenuto.cli.common import archive_option, json_option, open_with
from tenuto.model.rights import Cleared


@click.group("rights")
def command() -> None:
    """Decisions on what may be published, with their evidence."""


@command.command("show")
@click.argument("identifier")
@json_option
@archive_option
def show(identifier: str, as_json: bool, root: Path | None) -> None:
    """The decision on one recording (id, ISRC or MBID) and each piece of evidence."""
    with View(open_with(root)) as view:
        detail = view.catalogue().show(identifier)
        verdict = view.decision(detail)
    cleared = isinstance(verdict, Cleared)
    decision = verdict.licence if isinstance(verdict, Cleared) else f"{verdict.reason}: {verdict.detail}"
    if as_json:
        evidence = [
            {"kind": str(e.kind), "statement": e.statement, "origin": e.origin, "holder": e.holder}
            for e in detail.evidence
        ]
        document = {
            "recording": detail.summary.id,
            "cleared": cleared,
            "decision": decision,
            "evidence": evidence,
        }
        click.echo(json.dumps({"schema": "tenuto/rights/1", **document}))
        return
    click.echo(f"{detail.summary.title} ({detail.summary.id})")
    click.echo(("cleared under " if cleared else "dark, ") + decision)
    for e in detail.evidence:
        click.echo(f"  {e.kind} ({e.kind.strength}): {e.statement}  [{e.origin}]")


@command.command("log")
@json_option
@archive_option
def log(as_json: bool, root: Path | None) -> None:
    """The decision log: what the operator decided, when, and where it was set. Oldest first."""
    with open_with(root).ledger(read_only=True) as ledger:
        decisions = list(ledger.decisions())
    if as_json:
        click.echo(json.dumps({"schema": "tenuto/decisions/1", "decisions": [asdict(d) for d in decisions]}))
        return
    for decision in decisions:
        click.echo(f"{decision.at}  {decision.subject} {decision.action}  [{decision.reason}]")
