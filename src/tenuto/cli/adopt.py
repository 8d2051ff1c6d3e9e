"""`tenuto adopt PLACE --space SIZE`."""

import json
import os
import secrets
import sys
from datetime import datetime
from pathlib import Path

import click
import msgspec

from tenuto import words
from tenuto.app.adopt import LONGEST_REPORT, Published, adopt, open_published
from tenuto.app.mirror import offered_root
from tenuto.app.stages.publish import today
from tenuto.cli.common import dry_run_option, json_option
from tenuto.cli.given import given_bytes
from tenuto.cli.publish import date_option
from tenuto.model.edition import VolumeSummary
from tenuto.model.errors import PARTIAL_EXIT_CODE, UsageError
from tenuto.sizes import parse_size
from tenuto.swarm.clients import CLIENTS, Handed, Login, hand_over, open_client
from tenuto.swarm.health.choose import Choice

PASSWORD = "TENUTO_CLIENT_PASSWORD"  # noqa: S105 - the variable's name


@click.command("adopt")
@click.argument("place")
@click.option("--space", required=True, help="Disk to fill, like 2TB; what is here already counts.")
@click.option("--health", help="File or URL of a health.json. Default: the one beside the editions.")
@click.option("--seed", help="The same seed chooses the same. Default: a new one, which is printed.")
@click.option(
    "--mirror",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The mirror that is to hold them: what it has stays, and its keys are trusted.",
)
@click.option(
    "--root",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The archive's 1.root.json, had from elsewhere; for a URL.",
)
@click.option("--trust-first-use", is_flag=True, help="Trust the keys that the server offers; prints them.")
@click.option(
    "--print",
    "form",
    type=click.Choice(["table", "magnets", "torrents", "names"]),
    default="table",
    show_default=True,
    help="A line each: for people, magnet links, places of .torrent files, or volumes' names.",
)
@click.option("--client", type=click.Choice(sorted(CLIENTS)), help="Hand the torrents to this client.")
@click.option("--client-url", help="Its web interface, like http://127.0.0.1:8080.")
@click.option("--user", default="", help="Of the client's web interface.")
@click.option(
    "--password-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help=f"Its first line is the password. Default: the variable {PASSWORD}.",
)
@click.option("--save-path", help="Where the client puts the volumes, on its side. Default: its own.")
@click.option("--paused", is_flag=True, help="The client doesn't begin by itself.")
@date_option
@dry_run_option
@json_option
def command(
    place: str,
    space: str,
    health: str | None,
    seed: str | None,
    mirror: Path | None,
    root: Path | None,
    trust_first_use: bool,
    form: str,
    client: str | None,
    client_url: str | None,
    user: str,
    password_file: Path | None,
    save_path: str | None,
    paused: bool,
    on: datetime | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Choose what this machine should hold of the archive at PLACE: neediest first, and not as others do."""
    if bool(client) != bool(client_url):
        raise UsageError("--client and --client-url belong together", remedy="Give both, or neither")
    seed, handed = seed or secrets.token_hex(8), None
    day, report = on.date() if on else today(), given_bytes(health, LONGEST_REPORT) if health else None
    with open_published(place, mirror, _trusted(place, root, first_use=trust_first_use)) as published:
        choice = adopt(published, report, space=parse_size(space), seed=seed, today=day, mirror=mirror)
        known = {volume.name: volume for volume in published.edition.volumes}
        if client and client_url and not dry_run:
            adopted = [known[volume.name] for volume in choice.adopted]
            torrents = published.torrents(adopted, twin=client == "transmission")
            with open_client(client, Login(client_url, user, _password(password_file))) as opened:
                handed = hand_over(opened, torrents, save_path, paused=paused)
    if as_json:
        click.echo(json.dumps(_document(published, choice, known, seed, handed)))
    else:
        _print(published, choice, known, form)
        _tell(choice, seed, handed)
    if handed and handed.failed:
        sys.exit(PARTIAL_EXIT_CODE)


def _trusted(place: str, root: Path | None, *, first_use: bool) -> bytes | None:
    if root and first_use:
        raise UsageError("--root and --trust-first-use exclude each other", remedy="Leave one of them out")
    if not first_use:
        return root.read_bytes() if root else None
    offered, fingerprint = offered_root(place)
    click.echo(f"trusting on first use: {fingerprint}", err=True)
    return offered


def _password(file: Path | None) -> str:
    """From the file's first line or the environment; never from the command line, which others can read."""
    if file:
        return file.read_text(encoding="utf-8").partition("\n")[0]
    return os.environ.get(PASSWORD, "")


def _document(
    published: Published,
    choice: Choice,
    known: dict[str, VolumeSummary],
    seed: str,
    handed: Handed | None,
) -> dict[str, object]:
    kept = {volume.name for volume in choice.kept}
    return {
        "schema": "tenuto/adopt/1",
        "edition": published.edition.id,
        "seed": seed,
        "bytes": choice.bytes,
        "too_large": choice.too_large,
        "volumes": [
            {
                **msgspec.to_builtins(volume),
                "kept": volume.name in kept,
                "magnet": known[volume.name].magnet,
                "magnet_twin": known[volume.name].magnet_twin,
                "torrent": published.torrent_place(known[volume.name]),
            }
            for volume in (*choice.kept, *choice.adopted)
        ],
        "handed": msgspec.to_builtins(handed),
    }


def _print(published: Published, choice: Choice, known: dict[str, VolumeSummary], form: str) -> None:
    """What is here already needs no magnet; a mirror's list of names has it too."""
    kept = choice.kept if form in ("table", "names") else ()
    for volume in (*kept, *choice.adopted):
        match form:
            case "magnets":
                line = known[volume.name].magnet
            case "torrents":
                line = published.torrent_place(known[volume.name])
            case "names":
                line = volume.name
            case _:
                claimed = "no reading" if volume.seeders is None else f"{volume.seeders} claimed"
                copies = f"{len(volume.replicas)} proved, {claimed}"
                line = f"{volume.name}: {words.size(volume.bytes)}, {copies}"
        click.echo(line)


def _tell(choice: Choice, seed: str, handed: Handed | None) -> None:
    counts = f"{len(choice.kept):,} kept + {len(choice.adopted):,} adopted, {words.size(choice.bytes)}"
    click.echo(f"{counts}; {choice.too_large:,} didn't fit; seed {seed}", err=True)
    if handed:
        total = len(handed.added) + len(handed.known) + len(handed.failed)
        parts = f"{len(handed.added)} added + {len(handed.known)} known + {len(handed.failed)} failed"
        click.echo(f"client: {total} torrents = {parts}", err=True)
        for name, what in handed.failed.items():
            click.echo(f"  failed: {name}: {what}", err=True)
