"""`tenuto seed`."""

import json
import os
from contextlib import ExitStack
from pathlib import Path

import click

from tenuto import words
from tenuto.app.archive import open_archive
from tenuto.app.config import Config, Value, load
from tenuto.app.seeding import ArchiveOffer, MirrorOffer, Offer, Remembered, SeedReport, last_report, seeding
from tenuto.app.seeding import metrics as metrics_of
from tenuto.cli.common import archive_option, json_option, progress_option, showing
from tenuto.swarm.exporter import Exporter
from tenuto.swarm.record import NAME
from tenuto.swarm.seeded import SeederStatus, State
from tenuto.swarm.seeder import Seeder, SeederSettings
from tenuto.swarm.session import SessionSettings

mirror_option = click.option(
    "--mirror",
    "mirrored",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="A mirror's volumes; no archive is needed.",
)


@click.group("seed", invoke_without_command=True)
@click.option("--interfaces", help="Where to listen, like 0.0.0.0:6881. Default: swarm.interfaces.")
@click.option("--bwlimit", help="Upload limit a second, like 2MB. Default: swarm.bwlimit.")
@click.option("--connections", type=click.IntRange(2), help="At most so many. Default: swarm.connections.")
@click.option("--metrics", metavar="127.0.0.1:PORT", help="Serve metrics for Prometheus. Default: none.")
@mirror_option
@progress_option
@archive_option
@click.pass_context
def command(
    context: click.Context,
    interfaces: str | None,
    bwlimit: str | None,
    connections: int | None,
    metrics: str | None,
    mirrored: Path | None,
    progress_style: str,
    root: Path | None,
) -> None:
    """Seed the current edition until Ctrl-C: straight out of the store, or a mirror's volumes."""
    if context.invoked_subcommand:
        context.obj = root
        return
    given = {"interfaces": interfaces, "bwlimit": bwlimit, "connections": connections}
    flags: dict[str, Value] = {f"swarm.{key}": value for key, value in given.items() if value is not None}
    offer, config = _offer(mirrored, root, flags)
    with ExitStack() as stack:
        exporter = stack.enter_context(Exporter(metrics)) if metrics else None
        progress = stack.enter_context(showing(progress_style))
        seeder = stack.enter_context(Seeder(_settings(config, offer, mirrored), progress))
        said = ""
        for report in seeding(seeder, offer, progress):
            if exporter:
                exporter.show(metrics_of(report))
            if (line := _line(report)) != said:
                click.echo(line, err=True)
                said = line


@command.command("status")
@mirror_option
@json_option
@archive_option
@click.pass_obj
def status(outer: Path | None, mirrored: Path | None, as_json: bool, root: Path | None) -> None:
    """How the seeder fares, from its own file; also while it runs."""
    found = last_report(mirrored or open_archive(root or outer).root)
    if as_json:
        faults = [{"volume": f.volume, "path": f.path, "what": f.what} for f in found.listed]
        counts = {"uploaded_ever": found.uploaded_ever, "faults": found.faults, "listed": faults}
        click.echo(json.dumps({"schema": "tenuto/seed/1", "report": found.report, **counts}))
        return
    click.echo(_remembered(found))


def _offer(mirrored: Path | None, root: Path | None, flags: dict[str, Value]) -> tuple[Offer, Config]:
    if mirrored:
        return MirrorOffer(mirrored), load(None, flags, os.environ)
    archive = open_archive(root, flags)
    return ArchiveOffer(archive), archive.config


def _settings(config: Config, offer: Offer, mirrored: Path | None) -> SeederSettings:
    return SeederSettings(
        SessionSettings(
            interfaces=config.text("swarm.interfaces"),
            discovery=config.flag("swarm.dht"),
            port_mapping=config.flag("swarm.dht"),
            upload_rate=config.number("swarm.bwlimit"),
            connections=config.number("swarm.connections"),
        ),
        trackers=() if mirrored else tuple(config.list("publish.trackers")),
        memory=config.number("swarm.memory"),
        record=offer.root / NAME,
    )


def _line(report: SeedReport) -> str:
    """Faults were reported with their objects when they were met; here is how many there are."""
    status = report.status
    loaded = status.torrents - status.states[State.WAITING] - status.states[State.FAILED]
    parts = [
        f"seeding {report.edition} on port {report.port}: {loaded:,} of {status.torrents:,} torrents loaded",
        f"{status.peers:,} peers",
        f"uploaded {words.size(status.uploaded)}",
        *_troubles(status),
    ]
    return ", ".join(parts)


def _troubles(status: SeederStatus) -> list[str]:
    troubles = [f"{status.faults:,} faults"] if status.faults else []
    if failed := status.states[State.FAILED]:
        troubles.append(f"{failed:,} torrents failed")
    return troubles + [f"tracker {fault}" for fault in status.tracker_faults]


def _remembered(found: Remembered) -> str:
    lines = [f"uploaded ever: {words.size(found.uploaded_ever)}", f"faults: {found.faults:,}"]
    if found.report is None:
        lines.insert(0, "not running")
    else:
        torrents = found.report["torrents"]
        assert isinstance(torrents, dict)  # as `document` writes it
        states = ", ".join(f"{count:,} {state}" for state, count in torrents.items() if count)
        when = f"edition {found.report['edition']}, at {found.report['at']}"
        lines.insert(0, f"{when}: {states or 'no torrents'}")
    lines += [f"  {fault.volume}/{fault.path}: {fault.what}" for fault in found.listed]
    return "\n".join(lines)
