"""`tenuto seed`."""

import time
from collections.abc import Sequence
from pathlib import Path

import click

from tenuto import words
from tenuto.app.swarm import current_edition, seed_volumes
from tenuto.cli.common import archive_option, open_with, progress_option, showing
from tenuto.sizes import parse_size
from tenuto.swarm.seeder import Seeder, SeedStatus
from tenuto.swarm.session import SessionSettings

_EVERY_SECONDS = 10


@click.command("seed")
@click.option("--interfaces", help="Where to listen, like 0.0.0.0:6881. Default: swarm.interfaces.")
@click.option("--bwlimit", help="Upload limit a second, like 2MB. Default: none.")
@progress_option
@archive_option
def command(interfaces: str | None, bwlimit: str | None, progress_style: str, root: Path | None) -> None:
    """Seed the current edition straight out of the store, until Ctrl-C."""
    archive = open_with(root, swarm__interfaces=interfaces)
    folder, edition = current_edition(archive)
    settings = SessionSettings(
        interfaces=archive.config.text("swarm.interfaces"),
        discovery=archive.config.flag("swarm.dht"),
        port_mapping=archive.config.flag("swarm.dht"),
        upload_rate=parse_size(bwlimit) if bwlimit else 0,
    )
    trackers = archive.config.list("publish.trackers")
    with (
        showing(progress_style) as progress,
        Seeder(settings, trackers=trackers, reporter=progress) as seeder,
    ):
        seeder.add_all(seed_volumes(archive, folder, edition), total=2 * len(edition.volumes))
        click.echo(
            f"seeding edition {edition.id}, {len(edition.volumes)} volumes, port {seeder.port}", err=True
        )
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
