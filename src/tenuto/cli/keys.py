"""`tenuto keys show|create|renew|rotate|sign|accept`."""

import json
from datetime import datetime
from pathlib import Path

import click
import msgspec

from tenuto.app import keys as stage
from tenuto.app.stages.publish import today
from tenuto.cli.common import archive_option, json_option, open_with
from tenuto.cli.publish import date_option
from tenuto.publish import ceremony
from tenuto.publish.ceremony import DraftState


@click.group("keys")
def command() -> None:
    """Keys that sign editions: made, renewed, rotated, and a root that several people sign."""


@command.command("show")
@json_option
@archive_option
def show(as_json: bool, root: Path | None) -> None:
    """Each role's keys, which of them are here, until when they hold, and the draft that waits."""
    archive = open_with(root)
    roles, draft = ceremony.roles(archive.keys), ceremony.pending(archive.keys)
    if as_json:
        document = {"roles": msgspec.to_builtins(roles), "draft": msgspec.to_builtins(draft)}
        click.echo(json.dumps({"schema": "tenuto/keys/1", **document}))
        return
    for role in roles:
        until = f", until {role.expires:%Y-%m-%d}" if role.expires else ""
        click.echo(f"{role.role}: {role.threshold} of {len(role.keys)} must sign{until}")
        for keyid in role.keys:
            click.echo(f"  {keyid}{'' if keyid in role.here else '  (not here)'}")
    _tell(draft)


@command.command("create")
@click.option("--roots", type=int, default=1, show_default=True, help="How many root keys to make.")
@click.option("--threshold", type=int, default=1, show_default=True, help="How many of them must sign.")
@date_option
@archive_option
def create(roots: int, threshold: int, on: datetime | None, root: Path | None) -> None:
    """Make all keys and sign the first metadata. What is there already is kept."""
    archive = open_with(root)
    with archive.writing("tenuto keys create") as ledger:
        stage.create(archive, ledger, on=on.date() if on else today(), roots=roots, threshold=threshold)
    click.echo(f"keys are in {archive.keys}; take the root keys and targets.pem elsewhere", err=True)


@command.command("renew")
@date_option
@archive_option
def renew(on: datetime | None, root: Path | None) -> None:
    """The next root and targets metadata, naming the same keys: another year."""
    archive = open_with(root)
    with archive.writing("tenuto keys renew") as ledger:
        _tell(stage.renew(archive, ledger, on=on.date() if on else today()))


@command.command("rotate")
@click.argument("role")
@click.option("--key", default="", help="Of the root: the id of the key that goes, or its beginning.")
@click.option("--yes", is_flag=True, help="Do it: the old key counts no more.")
@date_option
@archive_option
def rotate(role: str, key: str, yes: bool, on: datetime | None, root: Path | None) -> None:
    """A new key for ROLE: root, targets, edition, withdrawals, snapshot or timestamp."""
    archive = open_with(root)
    if not yes:
        raise click.UsageError("the old key would count no more; say --yes to do it")
    with archive.writing("tenuto keys rotate") as ledger:
        _tell(stage.rotate(archive, ledger, role, on=on.date() if on else today(), replaced=key))


@command.command("sign")
@click.argument("draft", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("key", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def sign(draft: Path, key: Path) -> None:
    """Add the signature of KEY to DRAFT, a copy of root.draft.json. Needs no archive."""
    ceremony.sign_draft(draft, key)


@command.command("accept")
@click.argument("copies", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@archive_option
def accept(copies: tuple[Path, ...], root: Path | None) -> None:
    """Gather the signatures of COPIES of the draft; complete, it becomes the newest root."""
    archive = open_with(root)
    with archive.writing("tenuto keys accept") as ledger:
        _tell(stage.accept(archive, ledger, list(copies)))


def _tell(draft: DraftState | None) -> None:
    if draft is not None:
        click.echo(
            f"root version {draft.version} still lacks signatures; signed: {len(draft.signed)}", err=True
        )
        for keyid in draft.missing:
            click.echo(f"  could sign: {keyid}", err=True)
