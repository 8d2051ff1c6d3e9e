"""`tenuto seed`."""

import os
import time
from collections.abc import Sequence
from pathlib import Path

import click

from tenuto import words
from tenuto.app.archive import open_archive
from tenuto.app.config import Value, load
from tenuto.app.mirror import mirrored_volumes
from tenuto.app.swarm import current_edition, seed_volumes
from tenuto.cli.common import archive_option, progress_option, showing
from tenuto.sizes import parse_size
from tenuto.swarm.seeder import Seeder, SeedStatus
from tenuto.swarm.session import SessionSettings

_EVERY_SECONDS = 10


@click.command("seed")
@click.option("--interfaces", help="Where to listen, like 0.0.0.0:6881. Default: swarm.interfaces.")
@click.option("--bwlimit", help="Upload limit a second, like 2MB. Default: none.")
@click.option(
    "--mirror",
    "mirrored",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Seed this mirror's volumes; no archive is needed.",
)
@progress_option
@archive_option
def command(
    interfaces: str | None, bwlimit: str | None, mirrored: Path | None, progress_style: str, root: Path | None
) -> None:
    """Seed the current edition until Ctrl-C: straight out of the store, or a mirror's volumes."""
    flags: dict[str, Value] = {"swarm.interfaces": interfaces} if interfaces else {}
    if mirrored:
        config = load(None, flags, os.environ)
        edition, volumes = mirrored_volumes(mirrored)
    else:
        archive = open_archive(root, flags)
        config = archive.config
        folder, edition = current_edition(archive)
        volumes = seed_volumes(archive, folder, edition)
    settings = SessionSettings(
        interfaces=config.text("swarm.interfaces"),
        discovery=config.flag("swarm.dht"),
        port_mapping=config.flag("swarm.dht"),
        upload_rate=parse_size(bwlimit) if bwlimit else 0,
    )
    trackers = [] if mirrored else config.list("publish.trackers")
    with (
        showing(progress_style) as progress,
        Seeder(settings, trackers=trackers, reporter=progress) as seeder,
    ):
        added = seeder.add_all(volumes, total=2 * len(edition.volumes))
        click.echo(f"seeding edition {edition.id}, {added} torrents, port {seeder.port}", err=True)
        while True:
            time.sleep(_EVERY_SECONDS)
            click.echo(_line(seeder.status()), err=True)


def _line(state: Sequence[SeedStatus]) -> str:
    """Faults were reported with their objects when they were met; here is how many there are."""
    peers, uploaded = sum(s.peers for s in state), sum(s.uploaded for s in state)
    faults, silent = sum(len(s.faults) for s in state), {t for s in state for t in s.tracker_faults}
    parts = [f"peers {peers}", f"uploaded {words.size(uploaded)}"]
    parts += [f"{faults} faults"] if faults else []
    parts += [f"tracker {fault}" for fault in sorted(silent)]
    return ", ".join(parts)
