"""`tenuto get IDENTIFIER`."""

import json
from pathlib import Path

import click

from tenuto import words
from tenuto.app.stages.catalogue import open_current
from tenuto.app.swarm import Wanted, current_edition, find_published
from tenuto.cli.common import archive_option, json_option, open_with, progress_option, showing
from tenuto.model.errors import UsageError
from tenuto.swarm.get import get
from tenuto.swarm.session import SessionSettings


@click.command("get")
@click.argument("identifier")
@click.option(
    "--edition",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="A copy of an edition's folder; no archive is needed then. Default: the archive's current one.",
)
@click.option("--output", type=click.Path(path_type=Path), help="Default: the file's own name, here.")
@click.option("--peer", "peers", multiple=True, metavar="HOST:PORT", help="A peer to ask; also several.")
@click.option("--tracker", "trackers", multiple=True, metavar="URL", help="A tracker to ask; also several.")
@click.option("--dht", is_flag=True, help="Also ask the distributed hash table.")
@click.option("--timeout", type=float, default=60, show_default=True, help="Seconds without a new byte.")
@json_option
@progress_option
@archive_option
def command(
    identifier: str,
    edition: Path | None,
    output: Path | None,
    peers: tuple[str, ...],
    trackers: tuple[str, ...],
    dht: bool,
    timeout: float,
    as_json: bool,
    progress_style: str,
    root: Path | None,
) -> None:
    """Fetch one published recording (id, ISRC, MBID, or magnet link with so=INDEX), verified."""
    linked = identifier.startswith("magnet:")
    if edition is None and not linked:
        archive = open_with(root)
        identifier = open_current(archive).show(identifier).summary.id
        edition, _ = current_edition(archive)
        dht = dht or archive.config.flag("swarm.dht")
    wanted = find_published(edition, identifier) if edition and not linked else Wanted(identifier)
    if output is None and wanted.path is None:
        raise UsageError("a magnet link gives no name of a file", remedy="Give --output FILE")
    with showing(progress_style) as progress:
        result = get(
            wanted.torrent,
            file=wanted.path,
            expected=wanted.expected,
            destination=output or Path(str(wanted.path).rpartition("/")[2]),
            peers=[peer_address(text) for text in peers],
            trackers=trackers,
            settings=SessionSettings(interfaces="0.0.0.0:0,[::]:0", discovery=dht),
            timeout=timeout,
            reporter=progress,
        )
    if as_json:
        document = {"path": str(result.path), "bytes": result.length, "downloaded": result.downloaded}
        click.echo(json.dumps({"schema": "tenuto/get/1", "asked": identifier, **document}))
    else:
        click.echo(f"{result.path}: {words.size(result.length)}, verified (SHA-256 {result.sha256})")


def peer_address(text: str) -> tuple[str, int]:
    """`HOST:PORT`, `[IPV6]:PORT`. `UsageError`."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise UsageError(f"{text!r} is no peer", remedy="Write HOST:PORT")
    return host.strip("[]"), int(port)
