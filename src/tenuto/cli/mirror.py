"""`tenuto mirror URL DIR`."""

import json
import sys
from pathlib import Path

import click

from tenuto import words
from tenuto.app.adopt import LONGEST_REPORT, adopted_volumes
from tenuto.app.mirror import offered_root, update_mirror
from tenuto.cli.common import dry_run_option, json_option, progress_option, showing
from tenuto.cli.get import peer_address
from tenuto.cli.given import given_bytes
from tenuto.model.errors import PARTIAL_EXIT_CODE, UsageError
from tenuto.sizes import parse_size
from tenuto.swarm.mirror import Mirrored, MirrorOptions
from tenuto.swarm.session import SessionSettings


@click.command("mirror")
@click.argument("url")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--root",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The archive's 1.root.json, had from elsewhere. Needed once.",
)
@click.option("--trust-first-use", is_flag=True, help="Trust the keys that the server offers; prints them.")
@click.option("--volume", "volumes", multiple=True, metavar="NAME", help="Only this volume; also several.")
@click.option("--adopted", metavar="FILE", help="Only what `tenuto adopt --json` chose; - for stdin.")
@click.option("--peer", "peers", multiple=True, metavar="HOST:PORT", help="A peer to ask; also several.")
@click.option("--tracker", "trackers", multiple=True, metavar="URL", help="A tracker to ask; also several.")
@click.option("--dht", is_flag=True, help="Also ask the distributed hash table.")
@click.option("--interfaces", default="0.0.0.0:0,[::]:0", show_default=True, help="Where to listen.")
@click.option("--bwlimit", help="Download limit a second, like 2MB. Default: none.")
@click.option("--timeout", type=float, default=60, show_default=True, help="Seconds without a new byte.")
@click.option("--yes", is_flag=True, help="Delete volumes that the archive no longer publishes.")
@dry_run_option
@json_option
@progress_option
def command(
    url: str,
    folder: Path,
    root: Path | None,
    trust_first_use: bool,
    volumes: tuple[str, ...],
    adopted: str | None,
    peers: tuple[str, ...],
    trackers: tuple[str, ...],
    dht: bool,
    interfaces: str,
    bwlimit: str | None,
    timeout: float,
    yes: bool,
    dry_run: bool,
    as_json: bool,
    progress_style: str,
) -> None:
    """Mirror the archive whose editions stand at URL into DIR, or bring DIR up to date."""
    options = MirrorOptions(
        trusted=_trusted(url, folder, root, first_use=trust_first_use),
        volumes=(*volumes, *(adopted_volumes(given_bytes(adopted, LONGEST_REPORT)) if adopted else ())),
        peers=[peer_address(text) for text in peers],
        trackers=trackers,
        settings=SessionSettings(
            interfaces=interfaces,
            discovery=dht,
            outgoing_utp=False,  # a bulk download, with a limit of its own: TCP took a quarter of the time
            download_rate=parse_size(bwlimit) if bwlimit else 0,
        ),
        timeout=timeout,
        delete=yes,
    )
    with showing(progress_style) as progress:
        done = update_mirror(url, folder, options, progress, dry_run=dry_run)
    click.echo(_document(done) if as_json else _text(done, dry_run=dry_run))
    if done.failed:
        sys.exit(PARTIAL_EXIT_CODE)


def _trusted(url: str, folder: Path, root: Path | None, *, first_use: bool) -> bytes | None:
    """None where the mirror knows its archive's keys already."""
    if root and first_use:
        raise UsageError("--root and --trust-first-use exclude each other", remedy="Leave one of them out")
    if root:
        return root.read_bytes()
    if not first_use or (folder / "state" / "root.json").exists():
        return None
    offered, fingerprint = offered_root(url)
    click.echo(f"trusting on first use: {fingerprint}", err=True)
    return offered


def _document(done: Mirrored) -> str:
    found = {
        "schema": "tenuto/mirror/1",
        "edition": done.edition,
        "brought": done.brought,
        "kept": done.kept,
        "failed": done.failed,
        "deleted": done.deleted,
        "to_delete": done.to_delete,
        "withdrawn": done.withdrawn,
        "reused_bytes": done.reused_bytes,
        "received_bytes": done.received_bytes,
    }
    return json.dumps(found)


def _text(done: Mirrored, *, dry_run: bool) -> str:
    volumes = len(done.brought) + len(done.kept) + len(done.failed)
    brought, received = ("to bring", "at most to receive") if dry_run else ("brought", "received")
    counts = f"{len(done.brought)} {brought} + {len(done.kept)} kept + {len(done.failed)} failed"
    lines = [f"edition {done.edition}: {volumes} volumes = {counts}"]
    lines += [
        f"  {words.size(done.received_bytes)} {received}, {words.size(done.reused_bytes)} from older volumes"
    ]
    lines += [f"  failed: {name}: {what}" for name, what in done.failed.items()]
    if done.withdrawn:
        deleted = "to delete" if dry_run else "deleted"
        lines += [f"  {len(done.withdrawn)} withdrawn files {deleted}:"]
        lines += [f"    {path}" for path in done.withdrawn]
    lines += [f"  deleted: {name}" for name in done.deleted]
    lines += [f"  no longer published, delete it with --yes: {name}" for name in done.to_delete]
    return "\n".join(lines)
